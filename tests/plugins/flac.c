/* An encoder of sound that is none: it writes the samples as bytes, four to a frame. Faults on
 * request. */
#include "rendercast_plugin.h"

#include <stdlib.h>
#include <string.h>

#ifndef NAME
#define NAME "flac"
#endif

static const rendercast_api *api;

struct rendercast_audio_encoder {
    uint32_t channels;
    uint32_t bitrate;
    uint32_t count; /* of the values in the frame */
    uint8_t frame[16];
    const char *error;
    char text[16];
};

static void tell(const char *line) {
    if (api) {
        api->log(api->context, RENDERCAST_LOG_INFO, line);
    }
}

static rendercast_audio_encoder *create(void) {
    rendercast_audio_encoder *encoder = calloc(1, sizeof *encoder);
    if (encoder) {
        encoder->bitrate = 9;
    }
    return encoder;
}

static void destroy(rendercast_audio_encoder *encoder) {
    tell("destroyed");
    free(encoder);
}

static void supported_format(rendercast_audio_encoder *encoder, rendercast_audio_format *format) {
    (void)encoder;
    format->sample_rate = 8000;
    if (format->channels > 2) {
        format->channels = 2;
    }
}

static int32_t init(rendercast_audio_encoder *encoder, const rendercast_audio_format *format,
                    const rendercast_output *output) {
    if (format->sample_rate != 8000) {
        encoder->error = "8000 is the only rate";
        return RENDERCAST_INIT_INVALID_PARAMETERS;
    }
    encoder->channels = format->channels;
    return output->write(output->context, (const uint8_t *)"fLaC", 4);
}

static int32_t flush(rendercast_audio_encoder *encoder, const rendercast_audio_output *output) {
    int32_t result = output->write(output->context, encoder->frame, encoder->count,
                                   encoder->count / encoder->channels);
    encoder->count = 0;
    return result;
}

static int32_t encode(rendercast_audio_encoder *encoder, const float *samples, uint64_t count,
                      const rendercast_audio_output *output) {
    for (uint64_t number = 0; number < count; number++) {
        if (samples[number] == 0.5f) {
            encoder->error = "no half can be had";
            return RENDERCAST_FAILED;
        }
        if (samples[number] == 0.25f) { /* absurd */
            output->write(output->context, NULL, UINT64_MAX, 1);
            return RENDERCAST_OK;
        }
        if (samples[number] == 0.125f) { /* frames without end, if it may */
            while (output->write(output->context, encoder->frame, 16, 1) == RENDERCAST_OK) {
            }
            return RENDERCAST_OK;
        }
        encoder->frame[encoder->count++] = (uint8_t)(samples[number] * 100.0f + 100.5f);
        if (encoder->count == 4 * encoder->channels) {
            int32_t result = flush(encoder, output);
            if (result != RENDERCAST_OK) {
                return result;
            }
        }
    }
    return RENDERCAST_OK;
}

static int32_t close(rendercast_audio_encoder *encoder, const rendercast_audio_output *output) {
    tell("closed");
    return encoder->count > 0 ? flush(encoder, output) : RENDERCAST_OK;
}

static uint32_t delay(rendercast_audio_encoder *encoder) {
    (void)encoder;
    return 80;
}

static uint32_t set_parameter(rendercast_audio_encoder *encoder, const char *name,
                              const char *value) {
    if (strcmp(name, "bitrate") != 0 || strlen(value) != 1) {
        return 0;
    }
    encoder->bitrate = (uint32_t)(value[0] - '0');
    return 1;
}

static const char *parameter(rendercast_audio_encoder *encoder, const char *name) {
    if (strcmp(name, "bitrate") != 0) {
        return NULL;
    }
    encoder->text[0] = (char)('0' + encoder->bitrate);
    return encoder->text;
}

static const char *last_error(rendercast_audio_encoder *encoder) {
    return encoder->error;
}

static const char *identifier(rendercast_audio_encoder *encoder) {
    (void)encoder;
    return "made-up flac 1.0";
}

static int32_t plugin_init(const rendercast_api *host) {
    api = host;
    tell("init");
    return RENDERCAST_OK;
}

static void plugin_exit(void) {
    tell("exit");
    api = NULL;
}

static const rendercast_audio_encoder_functions functions = {
    .struct_size = sizeof functions,
    .create = create,
    .destroy = destroy,
    .supported_format = supported_format,
    .init = init,
#ifndef NO_ENCODE
    .encode = encode,
#endif
    .close = close,
    .delay = delay,
    .set_parameter = set_parameter,
    .parameter = parameter,
    .last_error = last_error,
    .identifier = identifier,
};

#ifndef ENCODER
#define ENCODER &functions
#endif
#ifndef TYPE
#define TYPE RENDERCAST_AUDIO_PLUGIN_TYPE
#endif

static const rendercast_audio_plugin plugin = {
    .abi_version = RENDERCAST_PLUGIN_ABI_VERSION,
    .struct_size = sizeof plugin,
    .type = TYPE,
    .name = NAME,
    .init = plugin_init,
    .exit = plugin_exit,
    .encoder = ENCODER,
};

const rendercast_audio_plugin *rendercast_plugin_audio(void) {
    return &plugin;
}
