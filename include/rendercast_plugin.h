/*
 * The C face of rendercast's video plugins, version 1.
 *
 * A plugin is a shared library that adds one video codec: an encoder, a decoder or both. It exports
 * one function, `rendercast_plugin`, which returns the plugin's descriptor: who it is, and which
 * functions it has. The host (the application that rendercast is part of) loads the library, calls
 * `init`, makes encoders and decoders when streams ask for them, and at the end calls `exit` and
 * unloads the library.
 *
 * The rules, for all that follows:
 *
 * Memory.   Whoever made something frees it. What a caller passes is valid for that call and no
 *           longer, unless it says otherwise. The descriptor and all that it points to stay as they
 *           are for as long as the library is loaded.
 * Strings.  UTF-8, ended by a NUL.
 * Threads.  `rendercast_plugin` and `create` are called by any thread, by several at once. `init` and
 *           `exit` are called by any thread, while nobody else calls the plugin. All else concerns
 *           one encoder or decoder and is called by one thread at a time for it, not always the
 *           same, while other threads do so with other encoders and decoders.
 * Order.    The host keeps it, so a plugin need not check it: `create`; `init` until it succeeds;
 *           then any number of frames; `close` at most once, no frames after it; `destroy`.
 *           Parameters, `last_error` and `identifier` may be asked for at any time between `create`
 *           and `destroy`. `exit` comes after the last `destroy`, exactly once, if `init` succeeded.
 *           A library that the system keeps loaded for other reasons may see another `init` then.
 * Faults.   A function never throws, unwinds or jumps out of itself, and never calls `exit` of the C
 *           library. What goes wrong is returned as one of the negative numbers below. What is
 *           neither 0 nor one of them counts as RENDERCAST_FAILED or RENDERCAST_INIT_FAILED.
 * Growth.   Structures that begin with `struct_size` may get more members at their end: whoever
 *           fills one sets it to `sizeof`, and whoever reads one reads no further than it says.
 *           Whatever else changes makes a new RENDERCAST_PLUGIN_ABI_VERSION, and the host refuses
 *           plugins of any other version than its own. `abi_version` stays where it is for ever.
 */
#ifndef RENDERCAST_PLUGIN_H
#define RENDERCAST_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What this header describes. */
#define RENDERCAST_PLUGIN_ABI_VERSION 1u
#define RENDERCAST_PLUGIN_TYPE "video v1"

/* A plugin's name has at most so many bytes, the NUL not counted, and at least one. */
#define RENDERCAST_MAX_NAME_BYTES 64u
/* Data of one call has at most so many bytes: what one RTMP message can carry. */
#define RENDERCAST_MAX_DATA_BYTES 16777215u

/* What every function returns that went well. */
#define RENDERCAST_OK 0

/* What `init` returns: the plugin's (INVALID_PARAMETERS, NO_DEVICE, FAILED), an encoder's or a
 * decoder's. Of a decoder, INVALID_PARAMETERS says that the data is none of its codec. */
#define RENDERCAST_INIT_INVALID_PARAMETERS (-1)
#define RENDERCAST_INIT_RESOLUTION_NOT_SUPPORTED (-2)
#define RENDERCAST_INIT_ALREADY_INITIALISED (-3)
#define RENDERCAST_INIT_NO_DEVICE (-4)
#define RENDERCAST_INIT_FAILED (-5)

/* What `encode_canvas`, `decode_canvas` and `close` return. Of a decoder, INVALID_PARAMETERS says
 * that the data is none of its codec. */
#define RENDERCAST_INVALID_PARAMETERS (-1)
#define RENDERCAST_NOT_INITIALISED (-2)
#define RENDERCAST_NO_MEMORY (-3)
#define RENDERCAST_FAILED (-4)

/* What a canvas's pixels are made of. Floats are of 32 bits in the machine's byte order, 0 to 1. */
#define RENDERCAST_PIXEL_GREY8 1u   /* 1 byte: black 0 to white 255 */
#define RENDERCAST_PIXEL_RGB8 2u    /* 3 bytes: red, green, blue */
#define RENDERCAST_PIXEL_RGBA8 3u   /* 4 bytes: red, green, blue, alpha */
#define RENDERCAST_PIXEL_BGRA8 4u   /* 4 bytes: blue, green, red, alpha */
#define RENDERCAST_PIXEL_RGB_F32 5u  /* 3 floats: red, green, blue */
#define RENDERCAST_PIXEL_RGBA_F32 6u /* 4 floats: red, green, blue, alpha */

/* Which row of a canvas comes first in memory. */
#define RENDERCAST_ROWS_TOP_DOWN 0u
#define RENDERCAST_ROWS_BOTTOM_UP 1u

/* What an encoder's data is. */
#define RENDERCAST_DATA_NONE 0u
#define RENDERCAST_DATA_SEQUENCE_HEADER 1u /* what a decoder needs before the first frame */
#define RENDERCAST_DATA_KEY_FRAME 2u       /* a frame that can be decoded by itself */
#define RENDERCAST_DATA_INTER_FRAME 3u     /* a frame that needs those before it */

/* How much a log line matters. */
#define RENDERCAST_LOG_ERROR 1u
#define RENDERCAST_LOG_WARN 2u
#define RENDERCAST_LOG_INFO 3u
#define RENDERCAST_LOG_DEBUG 4u
#define RENDERCAST_LOG_TRACE 5u

/* What the host offers. Given to the plugin's `init`; valid until its `exit` has returned. */
typedef struct rendercast_api {
    uint32_t struct_size;
    /* Lines that matter less than this are not read by anybody; 0: none is. */
    uint32_t log_level;
    /* For `log`. */
    void *context;
    /* Logs a line, under the plugin's name. Any thread may call it. Beyond 4096 bytes it is cut. */
    void (*log)(void *context, uint32_t level, const char *line);
} rendercast_api;

/* A picture. */
typedef struct rendercast_canvas {
    uint32_t struct_size;
    uint32_t width;      /* in pixels, at least 1 */
    uint32_t height;     /* in pixels, at least 1 */
    uint32_t pixel_type; /* RENDERCAST_PIXEL_... */
    uint32_t row_order;  /* RENDERCAST_ROWS_... */
    uint32_t reserved;   /* 0 */
    uint64_t row_bytes;  /* from the start of a row to that of the next in memory */
    uint64_t size;       /* of all pixels: height * row_bytes */
    const uint8_t *data; /* the row that comes first in memory */
} rendercast_canvas;

/* Where an encoder's data goes. Valid for the call that it is given to, on that call's thread. */
typedef struct rendercast_output {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* For `write`. */
    void *context;
    /* Appends `size` bytes, which it copies. May be called any number of times: the data is all of
     * it, in that order. RENDERCAST_OK, RENDERCAST_INVALID_PARAMETERS (beyond
     * RENDERCAST_MAX_DATA_BYTES in all, or no data), RENDERCAST_NO_MEMORY; after either of the
     * last, the call counts as failed whatever it returns. */
    int32_t (*write)(void *context, const uint8_t *data, uint64_t size);
} rendercast_output;

/* An encoder and a decoder: the plugin's own, of which the host knows no more than the address. */
typedef struct rendercast_encoder rendercast_encoder;
typedef struct rendercast_decoder rendercast_decoder;

/* What an encoder can do. A function said to be optional may be NULL. */
typedef struct rendercast_encoder_functions {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* A new encoder. NULL: none can be had now; say why with the host's `log`. */
    rendercast_encoder *(*create)(void);
    /* Frees it, closed or not. */
    void (*destroy)(rendercast_encoder *encoder);
    /* The pixel type that it takes, by index from 0, the one that costs least first; 0 behind the
     * last. Asked once after `create`. At least one; canvases of others are not given to it. */
    uint32_t (*supported_type)(rendercast_encoder *encoder, uint32_t index);
    /* Prepares for pictures of this size, neither side 0; canvases of others are not given to it.
     * What it writes is a sequence header. One of RENDERCAST_INIT_... */
    int32_t (*init)(rendercast_encoder *encoder, uint32_t width, uint32_t height,
                    const rendercast_output *output);
    /* Encodes a picture. What it writes is the frame, in the codec's own bytes without any header of
     * FLV's, and it sets `*kind` to a RENDERCAST_DATA_...; nothing, where the frame is left out. */
    int32_t (*encode_canvas)(rendercast_encoder *encoder, const rendercast_canvas *canvas,
                             const rendercast_output *output, uint32_t *kind);
    /* Optional. Ends the encoding; writes what is left, if anything, as `encode_canvas` does. */
    int32_t (*close)(rendercast_encoder *encoder, const rendercast_output *output, uint32_t *kind);
    /* Optional. Sets a parameter; 0: there is none of that name, or not with that value. Usual
     * names: "bitrate" (bit/s), "framerate" (frames/s), "keyframe_interval" (frames), "preset",
     * "quality", "force_keyframe" (the next frame is a key frame). */
    uint32_t (*set_parameter)(rendercast_encoder *encoder, const char *name, const char *value);
    /* Optional. A parameter's value, valid until the next call for this encoder; NULL: no such. */
    const char *(*parameter)(rendercast_encoder *encoder, const char *name);
    /* Optional. Why the last call failed, in words, valid until the next call for this encoder;
     * NULL where there is nothing to say. */
    const char *(*last_error)(rendercast_encoder *encoder);
    /* Optional. One line for people, name and version, valid until the next call for this encoder.
     * Asked once after `create`; without it, the plugin's name stands in. */
    const char *(*identifier)(rendercast_encoder *encoder);
} rendercast_encoder_functions;

/* What a decoder can do. */
typedef struct rendercast_decoder_functions {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* As an encoder's. */
    rendercast_decoder *(*create)(void);
    void (*destroy)(rendercast_decoder *decoder);
    /* Prepares for a stream. `data` is its sequence header, `size` 0 where there is none. One of
     * RENDERCAST_INIT_... */
    int32_t (*init)(rendercast_decoder *decoder, const uint8_t *data, uint64_t size);
    /* Decodes a frame. `canvas` comes with `struct_size` set and the rest 0; the decoder fills it
     * in, with pixels of its own that stay valid until the next call for this decoder. Rows may have
     * gaps between them. Left as it is, there is no picture yet. */
    int32_t (*decode_canvas)(rendercast_decoder *decoder, const uint8_t *data, uint64_t size,
                             rendercast_canvas *canvas);
    /* Optional. Fills in width, height and pixel type, once known; 0: not known yet. Without it,
     * they are those of the last picture. */
    uint32_t (*format)(rendercast_decoder *decoder, rendercast_canvas *format);
    /* Optional. Ends the decoding. */
    void (*close)(rendercast_decoder *decoder);
    /* Optional, as an encoder's. */
    uint32_t (*set_parameter)(rendercast_decoder *decoder, const char *name, const char *value);
    const char *(*parameter)(rendercast_decoder *decoder, const char *name);
    const char *(*last_error)(rendercast_decoder *decoder);
    const char *(*identifier)(rendercast_decoder *decoder);
} rendercast_decoder_functions;

/* A plugin. */
typedef struct rendercast_video_plugin {
    uint32_t abi_version; /* RENDERCAST_PLUGIN_ABI_VERSION */
    uint32_t struct_size;
    const char *type; /* RENDERCAST_PLUGIN_TYPE */
    /* The codec's name, by which streams choose it: "vp6", "sorenson", ... Which names RTMP can carry
     * is said at `carried_as` in rendercast's documentation. */
    const char *name;
    /* Optional. Called before all else. One of RENDERCAST_INIT_...; not 0: the plugin is unloaded,
     * without `exit`. */
    int32_t (*init)(const rendercast_api *api);
    /* Optional. Called after all else; the library may be unloaded as soon as it has returned, so
     * threads of the plugin's own have ended by then. */
    void (*exit)(void);
    /* NULL where the plugin does not encode, or does not decode; not both. */
    const rendercast_encoder_functions *encoder;
    const rendercast_decoder_functions *decoder;
} rendercast_video_plugin;

/* In front of the definition of `rendercast_plugin`. */
#ifdef _WIN32
#define RENDERCAST_EXPORT __declspec(dllexport)
#else
#define RENDERCAST_EXPORT __attribute__((visibility("default")))
#endif

/* What a plugin exports. May be called more than once, and returns the same each time. */
RENDERCAST_EXPORT const rendercast_video_plugin *rendercast_plugin(void);

#ifdef __cplusplus
}
#endif

#endif
