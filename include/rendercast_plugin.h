/*
 * The C interface of rendercast's plugins, version 1.
 *
 * A plugin is a shared library that adds one video codec, an encoder, a decoder or both, or one
 * encoder of sound. It exports one function, `rendercast_plugin` or `rendercast_plugin_audio`, which
 * returns the plugin's descriptor: its name and functions.
 * The host is the application that uses rendercast. It loads the library, calls `init`, and makes
 * encoders and decoders when streams need them. At the end it calls `exit` and unloads the library.
 *
 * These rules apply to everything below:
 *
 * Memory.   The side that allocates memory frees it. Arguments are valid for that call only, unless
 *           a comment says otherwise. The descriptor and all that it points to must not change while
 *           the library is loaded.
 * Strings.  UTF-8, ended by a NUL.
 * Threads.  Any thread may call the exported function and `create`, several at once. Any thread may
 *           call `init` and `exit`, while no other call of the plugin runs. All other functions
 *           belong to one encoder or decoder. One thread at a time calls them for it, not always
 *           the same thread. Calls for different encoders and decoders may overlap.
 * Order.    The host ensures it, so a plugin need not check it: `create`, `init` until it succeeds,
 *           any number of frames, `close` at most once, `destroy`. No frames follow `close`.
 *           Parameters, `last_error` and `identifier` may be called at any time between `create`
 *           and `destroy`. If `init` succeeded, `exit` is called exactly once, after the last
 *           `destroy`. If the system keeps the library loaded, another `init` may follow.
 * Faults.   A function must not throw, unwind or jump out of itself, nor call `exit` of the C
 *           library. It returns errors as the negative numbers below. Any other value except 0
 *           counts as RENDERCAST_FAILED or RENDERCAST_INIT_FAILED.
 * Growth.   Structures that begin with `struct_size` may get more members at their end. The side
 *           that fills one sets `struct_size` to `sizeof`. The side that reads one reads no further
 *           than that. Any other change makes a new RENDERCAST_PLUGIN_ABI_VERSION. The host refuses
 *           plugins of another version. `abi_version` never moves.
 */
#ifndef RENDERCAST_PLUGIN_H
#define RENDERCAST_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version and type of this interface. */
#define RENDERCAST_PLUGIN_ABI_VERSION 1u
#define RENDERCAST_PLUGIN_TYPE "video v1"
#define RENDERCAST_AUDIO_PLUGIN_TYPE "audio v1"

/* The most bytes of a plugin's name, without the NUL. It has at least one byte. */
#define RENDERCAST_MAX_NAME_BYTES 64u
/* The most bytes of data of one call: as many as one RTMP message can carry. */
#define RENDERCAST_MAX_DATA_BYTES 16777215u

/* Every function returns this on success. */
#define RENDERCAST_OK 0

/* Errors of `init`. That of a plugin returns INVALID_PARAMETERS, NO_DEVICE or FAILED. That of a
 * decoder returns INVALID_PARAMETERS if the data is not of its codec. */
#define RENDERCAST_INIT_INVALID_PARAMETERS (-1)
#define RENDERCAST_INIT_RESOLUTION_NOT_SUPPORTED (-2)
#define RENDERCAST_INIT_ALREADY_INITIALISED (-3)
#define RENDERCAST_INIT_NO_DEVICE (-4)
#define RENDERCAST_INIT_FAILED (-5)

/* Errors of `encode_canvas`, `encode`, `decode_canvas` and `close`. A decoder returns
 * INVALID_PARAMETERS if the data is not of its codec. */
#define RENDERCAST_INVALID_PARAMETERS (-1)
#define RENDERCAST_NOT_INITIALISED (-2)
#define RENDERCAST_NO_MEMORY (-3)
#define RENDERCAST_FAILED (-4)

/* The formats of a canvas's pixels. Floats are in the machine's byte order: linear light, which the
 * encoder has to bring to what a display shows. */
#define RENDERCAST_PIXEL_GREY8 1u   /* 1 byte: black 0 to white 255 */
#define RENDERCAST_PIXEL_RGB8 2u    /* 3 bytes: red, green, blue */
#define RENDERCAST_PIXEL_RGBA8 3u   /* 4 bytes: red, green, blue, alpha */
#define RENDERCAST_PIXEL_BGRA8 4u   /* 4 bytes: blue, green, red, alpha */
#define RENDERCAST_PIXEL_RGB_F32 5u  /* 3 floats: red, green, blue */
#define RENDERCAST_PIXEL_RGBA_F32 6u /* 4 floats: red, green, blue, alpha */
#define RENDERCAST_PIXEL_BGR8 7u     /* 3 bytes: blue, green, red */
#define RENDERCAST_PIXEL_RGBA_F16 8u /* 4 floats of 16 bits: red, green, blue, alpha */
#define RENDERCAST_PIXEL_I420 9u     /* planes of Y, U and V, the latter for 2x2 pixels each */
#define RENDERCAST_PIXEL_NV12 10u    /* planes of Y, and of U and V side by side */

/* What Y, U and V mean. */
#define RENDERCAST_MATRIX_BT709 0u
#define RENDERCAST_MATRIX_BT601 1u
#define RENDERCAST_MATRIX_BT2020 2u /* with non-constant luminance */
#define RENDERCAST_RANGE_LIMITED 0u /* Y 16 to 235, U and V 16 to 240 */
#define RENDERCAST_RANGE_FULL 1u

/* The timestamp of a canvas whose time is not known. */
#define RENDERCAST_NO_TIMESTAMP (-1)

/* The row of a canvas that comes first in memory. */
#define RENDERCAST_ROWS_TOP_DOWN 0u
#define RENDERCAST_ROWS_BOTTOM_UP 1u

/* The kinds of an encoder's data. */
#define RENDERCAST_DATA_NONE 0u
#define RENDERCAST_DATA_SEQUENCE_HEADER 1u /* what a decoder needs before the first frame */
#define RENDERCAST_DATA_KEY_FRAME 2u       /* a frame that can be decoded by itself */
#define RENDERCAST_DATA_INTER_FRAME 3u     /* a frame that needs earlier ones */

/* The levels of log lines. */
#define RENDERCAST_LOG_ERROR 1u
#define RENDERCAST_LOG_WARN 2u
#define RENDERCAST_LOG_INFO 3u
#define RENDERCAST_LOG_DEBUG 4u
#define RENDERCAST_LOG_TRACE 5u

/* The functions of the host. The plugin's `init` gets it. Valid until its `exit` has returned. */
typedef struct rendercast_api {
    uint32_t struct_size;
    /* The host drops lines of a higher level number than this. 0 if it drops all. */
    uint32_t log_level;
    /* For `log`. */
    void *context;
    /* Logs a line under the plugin's name. Any thread may call it. Never waits for the log. Cuts
       lines at 1024 bytes, with the name. */
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
    uint64_t size;       /* of all pixels, or all Y, without or with a gap behind the last row */
    const uint8_t *data; /* the row that comes first in memory */
    /* Older hosts end here: look at struct_size. */
    int64_t timestamp;      /* on the clock of the stream, in ms, or RENDERCAST_NO_TIMESTAMP */
    uint32_t colour_matrix; /* RENDERCAST_MATRIX_... of I420 and NV12 */
    uint32_t colour_range;  /* RENDERCAST_RANGE_... of I420 and NV12 */
    /* U and V of I420, UV of NV12: (height + 1) / 2 rows each, without a gap behind the last.
       Others are NULL. */
    const uint8_t *chroma[2];
    uint64_t chroma_row_bytes[2]; /* from the start of a row to that of the next in memory */
} rendercast_canvas;

/* The destination of an encoder's data. Valid for the call that gets it, on that thread. */
typedef struct rendercast_output {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* For `write`. */
    void *context;
    /* Appends a copy of `size` bytes. May be called any number of times. Returns RENDERCAST_OK,
     * RENDERCAST_NO_MEMORY, or RENDERCAST_INVALID_PARAMETERS if `data` is NULL or all data exceed
     * RENDERCAST_MAX_DATA_BYTES. After an error the encoder's call counts as failed, whatever it
     * returns. */
    int32_t (*write)(void *context, const uint8_t *data, uint64_t size);
    /* For encoders that reorder pictures. Ends a frame of what was written since the last one, and
     * sets its kind, RENDERCAST_DATA_... It is shown `composition_time` milliseconds after the
     * canvas of this call, or before it if that is negative. In `close`, which may end several, the
     * last canvas counts. `*kind` then only matters for what is written after it. Returns
     * RENDERCAST_OK, or RENDERCAST_INVALID_PARAMETERS if nothing was written. */
    int32_t (*end_frame)(void *context, uint32_t kind, int32_t composition_time);
} rendercast_output;

/* The plugin's own types. The host uses their addresses alone. */
typedef struct rendercast_encoder rendercast_encoder;
typedef struct rendercast_decoder rendercast_decoder;

/* The functions of an encoder. Those marked as optional may be NULL. */
typedef struct rendercast_encoder_functions {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* Makes an encoder. Returns NULL if that is impossible now. Log the reason. */
    rendercast_encoder *(*create)(void);
    /* Frees the encoder, closed or not. */
    void (*destroy)(rendercast_encoder *encoder);
    /* Returns the pixel type at `index`, from 0 on, the cheapest first. Returns 0 after the last.
     * There must be at least one. Called once after `create`. The encoder gets no canvases of other
     * types. */
    uint32_t (*supported_type)(rendercast_encoder *encoder, uint32_t index);
    /* Prepares for pictures of this size, neither side 0. The encoder gets no others. Writes a
     * sequence header, or nothing. Returns RENDERCAST_OK or one of RENDERCAST_INIT_... */
    int32_t (*init)(rendercast_encoder *encoder, uint32_t width, uint32_t height,
                    const rendercast_output *output);
    /* Encodes a picture. Writes one frame as the codec has it, without a header of FLV, and sets
     * `*kind` to a RENDERCAST_DATA_... Writes nothing if it skips the frame, or returns it later.
     * An encoder that returns pictures later must call `end_frame`. */
    int32_t (*encode_canvas)(rendercast_encoder *encoder, const rendercast_canvas *canvas,
                             const rendercast_output *output, uint32_t *kind);
    /* Optional. Ends the encoding. Writes the remaining frames as `encode_canvas` does. */
    int32_t (*close)(rendercast_encoder *encoder, const rendercast_output *output, uint32_t *kind);
    /* Optional. Sets a parameter. Returns 0 if there is none of that name or the value is invalid.
     * Usual names: "bitrate" (bit/s), "framerate" (frames/s), "keyframe_interval" (frames), "preset",
     * "quality", "force_keyframe" (the next frame is a key frame). */
    uint32_t (*set_parameter)(rendercast_encoder *encoder, const char *name, const char *value);
    /* Optional. Returns a parameter's value, valid until the next call for this encoder. Returns
     * NULL if there is no such parameter. */
    const char *(*parameter)(rendercast_encoder *encoder, const char *name);
    /* Optional. Returns why the last call failed, for people, valid until the next call for this
     * encoder. Returns NULL if there is no reason. */
    const char *(*last_error)(rendercast_encoder *encoder);
    /* Optional. Returns one line for people, name and version, valid until the next call for this
     * encoder. Called once after `create`. The default is the plugin's name. */
    const char *(*identifier)(rendercast_encoder *encoder);
} rendercast_encoder_functions;

/* The functions of a decoder. */
typedef struct rendercast_decoder_functions {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* As those of an encoder. */
    rendercast_decoder *(*create)(void);
    void (*destroy)(rendercast_decoder *decoder);
    /* Prepares for a stream. `data` is its sequence header. `size` is 0 if there is none. Returns
     * RENDERCAST_OK or one of RENDERCAST_INIT_... */
    int32_t (*init)(rendercast_decoder *decoder, const uint8_t *data, uint64_t size);
    /* Decodes a frame. `canvas` comes with `struct_size` set and the rest 0. The decoder fills it
     * in with its own pixels, which must stay valid until the next call for this decoder. Rows may
     * have gaps between them. If there is no picture yet, leave `canvas` as it is. */
    int32_t (*decode_canvas)(rendercast_decoder *decoder, const uint8_t *data, uint64_t size,
                             rendercast_canvas *canvas);
    /* Optional. Fills in width, height and pixel type. Returns 0 if they are not known yet. The
     * default is those of the last picture. */
    uint32_t (*format)(rendercast_decoder *decoder, rendercast_canvas *format);
    /* Optional. Ends the decoding. */
    void (*close)(rendercast_decoder *decoder);
    /* Optional, as those of an encoder. */
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
    /* The codec's name, by which streams choose it: "vp6", "sorenson", ... The documentation of
     * rendercast's `carried_as` lists the names that RTMP can carry. */
    const char *name;
    /* Optional. Called first. Returns RENDERCAST_OK or one of RENDERCAST_INIT_... After an error
     * the plugin is unloaded without a call of `exit`. */
    int32_t (*init)(const rendercast_api *api);
    /* Optional. Called last. Must end all threads of the plugin: the library may be unloaded as
     * soon as it returns. */
    void (*exit)(void);
    /* NULL if the plugin does not encode, or does not decode. One must be set. */
    const rendercast_encoder_functions *encoder;
    const rendercast_decoder_functions *decoder;
} rendercast_video_plugin;

/* The form of sound. */
typedef struct rendercast_audio_format {
    uint32_t sample_rate; /* samples of one channel in a second */
    uint32_t channels;
} rendercast_audio_format;

/* The destination of an audio encoder's frames. Valid for the call that gets it, on that thread. */
typedef struct rendercast_audio_output {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* For `write`. */
    void *context;
    /* Appends a copy of one frame of `size` bytes, which holds `samples` samples of one channel. May
     * be called any number of times. Returns as `write` of `rendercast_output` does. */
    int32_t (*write)(void *context, const uint8_t *data, uint64_t size, uint32_t samples);
} rendercast_audio_output;

/* The plugin's own type. The host uses its address alone. */
typedef struct rendercast_audio_encoder rendercast_audio_encoder;

/* The functions of an audio encoder. Those marked as optional may be NULL. */
typedef struct rendercast_audio_encoder_functions {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* As those of a video encoder. */
    rendercast_audio_encoder *(*create)(void);
    void (*destroy)(rendercast_audio_encoder *encoder);
    /* Changes `format` to the nearest that the encoder takes. The host converts to it. */
    void (*supported_format)(rendercast_audio_encoder *encoder, rendercast_audio_format *format);
    /* Prepares for sound of a format that `supported_format` gave. Writes a sequence header, or
     * nothing. Returns RENDERCAST_OK or one of RENDERCAST_INIT_... */
    int32_t (*init)(rendercast_audio_encoder *encoder, const rendercast_audio_format *format,
                    const rendercast_output *output);
    /* Encodes `count` floats from -1 to 1, those of all channels side by side, which follow those of
     * the call before. `count` is a multiple of the channels. Writes the frames that are complete,
     * as the codec has them, without a header of FLV. */
    int32_t (*encode)(rendercast_audio_encoder *encoder, const float *samples, uint64_t count,
                      const rendercast_audio_output *output);
    /* Optional. Ends the encoding. Writes the remaining frames. */
    int32_t (*close)(rendercast_audio_encoder *encoder, const rendercast_audio_output *output);
    /* Optional. Returns the samples of one channel by which the decoded sound is later than the
     * encoded. Called once after `init`. The default is 0. */
    uint32_t (*delay)(rendercast_audio_encoder *encoder);
    /* Optional, as those of a video encoder. The usual parameter is "bitrate". */
    uint32_t (*set_parameter)(rendercast_audio_encoder *encoder, const char *name,
                              const char *value);
    const char *(*parameter)(rendercast_audio_encoder *encoder, const char *name);
    const char *(*last_error)(rendercast_audio_encoder *encoder);
    const char *(*identifier)(rendercast_audio_encoder *encoder);
} rendercast_audio_encoder_functions;

/* A plugin for sound. */
typedef struct rendercast_audio_plugin {
    uint32_t abi_version; /* RENDERCAST_PLUGIN_ABI_VERSION */
    uint32_t struct_size;
    const char *type; /* RENDERCAST_AUDIO_PLUGIN_TYPE */
    /* The codec's name, by which loops choose it: "mp3", "flac", ... The documentation of
     * rendercast's `audio_carried_as` lists the names that RTMP can carry. */
    const char *name;
    /* Optional, as those of a video plugin. */
    int32_t (*init)(const rendercast_api *api);
    void (*exit)(void);
    const rendercast_audio_encoder_functions *encoder;
} rendercast_audio_plugin;

/* Put it before the definition of the exported function. */
#ifdef _WIN32
#define RENDERCAST_EXPORT __declspec(dllexport)
#else
#define RENDERCAST_EXPORT __attribute__((visibility("default")))
#endif

/* A plugin exports one of these functions. It must return the same descriptor in each call. */
RENDERCAST_EXPORT const rendercast_video_plugin *rendercast_plugin(void);
RENDERCAST_EXPORT const rendercast_audio_plugin *rendercast_plugin_audio(void);

#ifdef __cplusplus
}
#endif

#endif
