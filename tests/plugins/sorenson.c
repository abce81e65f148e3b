/*
 * A plugin in C that uses all of the interface. Its data is made up: a number of the frame, then the
 * first pixel of each row, top to bottom, so that a test can tell whose rows they are.
 *
 * -DNAME="..." names it; other defines, each where it is looked at, make it a bad one.
 */
#include "rendercast_plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef NAME
#define NAME "sorenson"
#endif

static const rendercast_api *api;

static void tell(const char *line) {
    if (api) {
        api->log(api->context, RENDERCAST_LOG_INFO, line);
    }
}

struct rendercast_encoder {
    uint32_t width, height;
    uint32_t frames;
    uint32_t keyframe_interval;
    const char *error;
    char text[32];
};

static rendercast_encoder *encoder_create(void) {
    rendercast_encoder *encoder = calloc(1, sizeof *encoder);
    if (encoder) {
        encoder->keyframe_interval = 4;
    }
    return encoder;
}

static void encoder_destroy(rendercast_encoder *encoder) {
    tell("encoder destroyed");
    free(encoder);
}

static uint32_t encoder_supported_type(rendercast_encoder *encoder, uint32_t index) {
    /* 99 is of a header that is yet to be written. */
    static const uint32_t types[] = {99, RENDERCAST_PIXEL_GREY8, RENDERCAST_PIXEL_BGRA8};
    (void)encoder;
    return index < 3 ? types[index] : 0;
}

static int32_t encoder_init(rendercast_encoder *encoder, uint32_t width, uint32_t height,
                            const rendercast_output *output) {
    static const uint8_t header[] = {'h', 'e', 'a', 'd'};
    encoder->error = NULL;
    if (width > 4096) {
        encoder->error = "4096 is the widest";
        return RENDERCAST_INIT_RESOLUTION_NOT_SUPPORTED;
    }
    encoder->width = width;
    encoder->height = height;
    return output->write(output->context, header, sizeof header);
}

static uint32_t pixel_bytes(uint32_t pixel_type) {
    return pixel_type == RENDERCAST_PIXEL_GREY8 ? 1 : 4;
}

static int32_t encoder_encode(rendercast_encoder *encoder, const rendercast_canvas *canvas,
                              const rendercast_output *output, uint32_t *kind) {
    uint8_t number = (uint8_t)encoder->frames;
    int32_t result;
    encoder->error = NULL;
    if (canvas->struct_size < sizeof *canvas || canvas->width != encoder->width) {
        return RENDERCAST_INVALID_PARAMETERS;
    }
    if (canvas->data[0] == 0xff) {
        return RENDERCAST_OK; /* left out */
    }
    if (canvas->data[0] == 0xfe) {
        encoder->error = "no pixel of 254 can be had";
        return RENDERCAST_FAILED;
    }
    if (canvas->data[0] == 0xfd) { /* more than can be sent, a megabyte at a time */
        static const uint8_t megabyte[1 << 20];
        int i;
        for (i = 0; i < 64; i++) {
            output->write(output->context, megabyte, sizeof megabyte);
        }
        *kind = RENDERCAST_DATA_KEY_FRAME;
        return RENDERCAST_OK;
    }
    if (canvas->data[0] == 0xfc) { /* absurd */
        output->write(output->context, NULL, UINT64_MAX);
        *kind = RENDERCAST_DATA_KEY_FRAME;
        return RENDERCAST_OK;
    }
    if (canvas->data[0] == 0xfb) { /* data of a kind that there is not */
        *kind = 77;
        return output->write(output->context, &number, 1);
    }
    if (canvas->data[0] == 0xfa) {
        return 12345; /* a number that means nothing */
    }
    *kind = number % encoder->keyframe_interval == 0 ? RENDERCAST_DATA_KEY_FRAME
                                                     : RENDERCAST_DATA_INTER_FRAME;
    encoder->frames++;
    result = output->write(output->context, &number, 1);
    for (uint32_t row = 0; row < canvas->height && result == RENDERCAST_OK; row++) {
        uint32_t place =
            canvas->row_order == RENDERCAST_ROWS_BOTTOM_UP ? canvas->height - 1 - row : row;
        const uint8_t *pixel = canvas->data + place * canvas->row_bytes;
        result = output->write(output->context, pixel, pixel_bytes(canvas->pixel_type));
    }
    return result;
}

static int32_t encoder_close(rendercast_encoder *encoder, const rendercast_output *output,
                             uint32_t *kind) {
    static const uint8_t rest[] = {'r', 'e', 's', 't'};
    tell("encoder closed");
    (void)encoder;
    *kind = RENDERCAST_DATA_INTER_FRAME;
    return output->write(output->context, rest, sizeof rest);
}

static uint32_t encoder_set_parameter(rendercast_encoder *encoder, const char *name,
                                      const char *value) {
    unsigned long number = strtoul(value, NULL, 10);
    if (strcmp(name, "keyframe_interval") != 0 || number == 0 || number > 1000) {
        return 0;
    }
    encoder->keyframe_interval = (uint32_t)number;
    return 1;
}

static const char *encoder_parameter(rendercast_encoder *encoder, const char *name) {
    if (strcmp(name, "keyframe_interval") != 0) {
        return NULL;
    }
    snprintf(encoder->text, sizeof encoder->text, "%u", (unsigned)encoder->keyframe_interval);
    return encoder->text;
}

static const char *encoder_last_error(rendercast_encoder *encoder) {
    return encoder->error;
}

static const char *encoder_identifier(rendercast_encoder *encoder) {
    (void)encoder;
    return "made-up sorenson 1.0";
}

/* Its pictures are grey: the frame's bytes but for the first, one in each row, then a gap. */
struct rendercast_decoder {
    uint8_t *pixels;
};

static rendercast_decoder *decoder_create(void) {
    return calloc(1, sizeof(rendercast_decoder));
}

static void decoder_destroy(rendercast_decoder *decoder) {
    free(decoder->pixels);
    free(decoder);
}

static int32_t decoder_init(rendercast_decoder *decoder, const uint8_t *data, uint64_t size) {
    (void)decoder;
    return size == 4 && memcmp(data, "head", 4) == 0 ? RENDERCAST_OK
                                                     : RENDERCAST_INIT_INVALID_PARAMETERS;
}

static int32_t decoder_decode(rendercast_decoder *decoder, const uint8_t *data, uint64_t size,
                              rendercast_canvas *canvas) {
    uint64_t row;
    if (size == 0) {
        return RENDERCAST_INVALID_PARAMETERS;
    }
    if (size == 1) {
        return RENDERCAST_OK; /* no picture yet */
    }
    free(decoder->pixels);
    decoder->pixels = calloc(size - 1, 3);
    if (!decoder->pixels) {
        return RENDERCAST_NO_MEMORY;
    }
    for (row = 0; row < size - 1; row++) {
        decoder->pixels[row * 3] = data[row + 1];
        memset(decoder->pixels + row * 3 + 1, 0xee, 2);
    }
    canvas->width = data[0] == 0xff ? 1000 : 1; /* a lie */
    canvas->height = (uint32_t)(size - 1);
    canvas->pixel_type = RENDERCAST_PIXEL_GREY8;
    canvas->row_order = RENDERCAST_ROWS_TOP_DOWN;
    canvas->row_bytes = 3;
    canvas->size = (size - 1) * 3;
    canvas->data = decoder->pixels;
    return RENDERCAST_OK;
}

static int32_t plugin_init(const rendercast_api *host) {
    if (host->struct_size < sizeof *host) {
        return RENDERCAST_INIT_FAILED;
    }
    api = host;
    tell("init");
#ifdef INIT_FAILS
    return RENDERCAST_INIT_NO_DEVICE;
#else
    return RENDERCAST_OK;
#endif
}

static void plugin_exit(void) {
    tell("exit");
    api = NULL;
}

static const rendercast_encoder_functions encoder_functions = {
#ifdef SHORT_FUNCTIONS
    .struct_size = 16,
#else
    .struct_size = sizeof encoder_functions,
#endif
    .create = encoder_create,
    .destroy = encoder_destroy,
    .supported_type = encoder_supported_type,
    .init = encoder_init,
#ifndef NO_ENCODE_CANVAS
    .encode_canvas = encoder_encode,
#endif
    .close = encoder_close,
    .set_parameter = encoder_set_parameter,
    .parameter = encoder_parameter,
    .last_error = encoder_last_error,
    .identifier = encoder_identifier,
};

static const rendercast_decoder_functions decoder_functions = {
    .struct_size = sizeof decoder_functions,
    .create = decoder_create,
    .destroy = decoder_destroy,
#ifndef NO_DECODER_INIT
    .init = decoder_init,
#endif
    .decode_canvas = decoder_decode,
};

#ifndef ABI_VERSION
#define ABI_VERSION RENDERCAST_PLUGIN_ABI_VERSION
#endif
#ifndef TYPE
#define TYPE RENDERCAST_PLUGIN_TYPE
#endif
#ifndef STRUCT_SIZE
#define STRUCT_SIZE sizeof(rendercast_video_plugin)
#endif
#ifndef ENCODER
#define ENCODER &encoder_functions
#endif
#ifndef DECODER
#define DECODER &decoder_functions
#endif

static const rendercast_video_plugin plugin = {
    .abi_version = ABI_VERSION,
    .struct_size = STRUCT_SIZE,
    .type = TYPE,
    .name = NAME,
    .init = plugin_init,
    .exit = plugin_exit,
    .encoder = ENCODER,
    .decoder = DECODER,
};

#ifndef NO_SYMBOL
const rendercast_video_plugin *rendercast_plugin(void) {
#if defined(NO_DESCRIPTOR)
    return NULL;
#elif defined(CROOKED)
    return (const rendercast_video_plugin *)((const char *)&plugin + 1);
#else
    return &plugin;
#endif
}
#endif

#ifdef NEEDS_WHAT_IS_NOT_THERE
void not_there(void);
void needs_it(void) {
    not_there();
}
#endif
