/*
 * A plugin that encodes with FFmpeg's libavcodec: H.264 by any encoder that takes pictures from
 * memory (libx264, h264_nvenc, h264_qsv, h264_amf, h264_v4l2m2m), and Sorenson's H.263 by "flv". It
 * needs the headers of FFmpeg 5 or newer:
 *
 *     apt-get install libavcodec-dev libavutil-dev libswscale-dev
 *     cc -std=c99 -O2 -fPIC -shared -Iinclude -o x264.so \
 *         examples/libavcodec_plugin/libavcodec.c -lavcodec -lavutil -lswscale
 *
 * -DENCODER="..." names FFmpeg's encoder, -DNAME="..." the codec as streams choose it. By default
 * they are "libx264" and "h264". VAAPI's encoders take frames of the device alone: this plugin
 * would have to upload each first (av_hwframe_transfer_data).
 *
 * By default no picture waits for those that follow: there are no B frames, and each canvas makes
 * one frame. With the parameter "bf", so many B frames may follow each other. Pictures are better
 * then at the same bitrate, and come a few frames later.
 */
#include "rendercast_plugin.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef ENCODER
#define ENCODER "libx264"
#endif
#ifndef NAME
#define NAME "h264"
#endif

/* More canvases than any encoder keeps. */
#define TIMES 512

static const rendercast_api *api;

struct rendercast_encoder {
    /* Parameters. */
    int64_t bitrate;
    double framerate;
    int keyframe_interval;
    char preset[32];
    int force_keyframe;
    int b_frames;

    AVCodecContext *context; /* NULL before `init` and after `close` */
    struct SwsContext *scaler;
    AVFrame *frame;
    AVPacket *packet;
    int since_key_frame;
    int64_t next;
    int64_t times[TIMES]; /* of the last canvases, in milliseconds */
    int64_t now;          /* the time of the last canvas */
    int64_t delay;        /* from a canvas to its presentation, or -1 until it is known */
    char error[160];
    char text[48];
};

static const struct {
    uint32_t pixel_type;
    enum AVPixelFormat format;
} types[] = {
    {RENDERCAST_PIXEL_I420, AV_PIX_FMT_YUV420P},
    {RENDERCAST_PIXEL_NV12, AV_PIX_FMT_NV12},
    {RENDERCAST_PIXEL_BGRA8, AV_PIX_FMT_BGRA},
    {RENDERCAST_PIXEL_RGBA8, AV_PIX_FMT_RGBA},
    {RENDERCAST_PIXEL_RGB8, AV_PIX_FMT_RGB24},
    {RENDERCAST_PIXEL_BGR8, AV_PIX_FMT_BGR24},
    {RENDERCAST_PIXEL_GREY8, AV_PIX_FMT_GRAY8},
};
#define TYPES (sizeof types / sizeof *types)

static int32_t fail(rendercast_encoder *encoder, const char *what, int reason, int32_t result) {
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(reason, text, sizeof text);
    snprintf(encoder->error, sizeof encoder->error, "%s: %s: %s", ENCODER, what, text);
    return result;
}

static rendercast_encoder *create(void) {
    rendercast_encoder *encoder = calloc(1, sizeof *encoder);
    if (encoder) {
        encoder->bitrate = 2000000;
        encoder->framerate = 25;
        encoder->keyframe_interval = 100;
        snprintf(encoder->preset, sizeof encoder->preset, "veryfast");
    }
    return encoder;
}

static void release(rendercast_encoder *encoder) {
    avcodec_free_context(&encoder->context);
    av_frame_free(&encoder->frame);
    av_packet_free(&encoder->packet);
    sws_freeContext(encoder->scaler);
    encoder->scaler = NULL;
}

static void destroy(rendercast_encoder *encoder) {
    release(encoder);
    free(encoder);
}

static uint32_t supported_type(rendercast_encoder *encoder, uint32_t index) {
    (void)encoder;
    return index < TYPES ? types[index].pixel_type : 0;
}

/* Sets an option that only some encoders have. */
static void prefer(AVCodecContext *context, const char *name, const char *value) {
    (void)av_opt_set(context->priv_data, name, value, 0);
}

/* Returns whether FLV has the units of this codec behind their lengths. */
static int has_units(const AVCodecContext *context) {
    return context->codec_id == AV_CODEC_ID_H264;
}

static void set_rates(rendercast_encoder *encoder) {
    AVCodecContext *context = encoder->context;
    context->bit_rate = encoder->bitrate;
    context->rc_max_rate = encoder->bitrate;
    /* A key frame may take half a second of the line. */
    context->rc_buffer_size = (int)(encoder->bitrate / 2);
}

/* Returns the pixels that the encoder takes: those of most players, or its own first. */
static enum AVPixelFormat format_of(const AVCodec *codec) {
    const enum AVPixelFormat *format = codec->pix_fmts;
    for (; format && *format != AV_PIX_FMT_NONE; format++) {
        if (*format == AV_PIX_FMT_YUV420P || *format == AV_PIX_FMT_NV12) {
            return *format;
        }
    }
    return codec->pix_fmts ? codec->pix_fmts[0] : AV_PIX_FMT_YUV420P;
}

static int open_encoder(rendercast_encoder *encoder, const AVCodec *codec, uint32_t width,
                        uint32_t height) {
    AVCodecContext *context = encoder->context = avcodec_alloc_context3(codec);
    encoder->frame = av_frame_alloc();
    encoder->packet = av_packet_alloc();
    if (!context || !encoder->frame || !encoder->packet) {
        return AVERROR(ENOMEM);
    }
    context->width = (int)width;
    context->height = (int)height;
    context->pix_fmt = format_of(codec);
    context->framerate = av_d2q(encoder->framerate, 1000000);
    context->time_base = av_inv_q(context->framerate);
    /* Key frames are where this plugin asks for them. */
    context->gop_size = codec->id == AV_CODEC_ID_FLV1 ? 600 : 100000;
    context->max_b_frames = encoder->b_frames;
    context->thread_count = 1;
    /* FLV has the parameter sets apart from the frames. */
    context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (has_units(context)) {
        context->colorspace = AVCOL_SPC_BT709;
        context->color_primaries = AVCOL_PRI_BT709;
        context->color_trc = AVCOL_TRC_BT709;
    }
    context->color_range = AVCOL_RANGE_MPEG;
    set_rates(encoder);
    prefer(context, "preset", encoder->preset);
    if (encoder->b_frames == 0) {
        prefer(context, "tune", "zerolatency");
    } else {
        /* No picture waits for more than the B frames need. */
        prefer(context, "rc-lookahead", "0");
        prefer(context, "x264-params", "sync-lookahead=0");
        prefer(context, "b-pyramid", "none");
    }
    prefer(context, "forced-idr", "1");
    /* No key frames where the scene changes. x264 and FFmpeg's own encoders say so differently. */
    prefer(context, "sc_threshold", has_units(context) ? "0" : "1000000000");
    int result = avcodec_open2(context, codec, NULL);
    if (result < 0) {
        return result;
    }
    encoder->delay = -1;
    encoder->frame->width = context->width;
    encoder->frame->height = context->height;
    encoder->frame->format = context->pix_fmt;
    return av_frame_get_buffer(encoder->frame, 0);
}

/* Finds the next unit behind a start code (ITU-T H.264, annex B). Returns its size, and moves
 * `*data` to it. Returns 0 at the end. */
static size_t next_unit(const uint8_t **data, const uint8_t *end) {
    const uint8_t *start = *data;
    while (end - start > 3 && !(start[0] == 0 && start[1] == 0 && start[2] == 1)) {
        start++;
    }
    if (end - start <= 3) {
        return 0;
    }
    *data = start += 3;
    while (end - start > 3 && !(start[0] == 0 && start[1] == 0 && start[2] <= 1)) {
        start++;
    }
    return (size_t)((end - start > 3 ? start : end) - *data);
}

/* Writes the AVCDecoderConfigurationRecord of H.264 (ISO/IEC 14496-15, 5.3.3.1). */
static int32_t write_header(rendercast_encoder *encoder, const rendercast_output *output) {
    const uint8_t *data = encoder->context->extradata, *sets[2] = {NULL, NULL};
    const uint8_t *end = data + encoder->context->extradata_size;
    size_t sizes[2] = {0, 0}, size;
    if (!has_units(encoder->context)) {
        /* Sorenson's H.263 and the like have none. */
        return data ? output->write(output->context, data, (uint64_t)(end - data)) : RENDERCAST_OK;
    }
    while ((size = next_unit(&data, end)) > 0) {
        int type = data[0] & 31;
        if (type == 7 || type == 8) {
            sets[type - 7] = data;
            sizes[type - 7] = size;
        }
        data += size;
    }
    if (sizes[0] < 4 || sizes[0] > 65535 || sizes[1] < 1 || sizes[1] > 65535) {
        return fail(encoder, "no parameter sets", AVERROR_INVALIDDATA, RENDERCAST_INIT_FAILED);
    }
    uint8_t head[] = {1, sets[0][1], sets[0][2], sets[0][3], 0xff, 0xe1, (uint8_t)(sizes[0] >> 8),
                      (uint8_t)sizes[0]};
    uint8_t middle[] = {1, (uint8_t)(sizes[1] >> 8), (uint8_t)sizes[1]};
    (void)output->write(output->context, head, sizeof head);
    (void)output->write(output->context, sets[0], sizes[0]);
    (void)output->write(output->context, middle, sizeof middle);
    return output->write(output->context, sets[1], sizes[1]);
}

static int32_t init(rendercast_encoder *encoder, uint32_t width, uint32_t height,
                    const rendercast_output *output) {
    const AVCodec *codec = avcodec_find_encoder_by_name(ENCODER);
    encoder->error[0] = 0;
    if (!codec) {
        return fail(encoder, "this FFmpeg has no such encoder", AVERROR_ENCODER_NOT_FOUND,
                    RENDERCAST_INIT_NO_DEVICE);
    }
    if (encoder->b_frames > 0 && output->struct_size < sizeof *output) {
        return fail(encoder, "this host knows no composition times", AVERROR(ENOSYS),
                    RENDERCAST_INIT_INVALID_PARAMETERS);
    }
    if (width % 2 || height % 2 || width > 16384 || height > 16384) {
        return fail(encoder, "both sides must be even, and 16384 at most", AVERROR(EINVAL),
                    RENDERCAST_INIT_RESOLUTION_NOT_SUPPORTED);
    }
    int result = open_encoder(encoder, codec, width, height);
    int32_t written = result < 0 ? fail(encoder, "cannot open it", result, RENDERCAST_INIT_FAILED)
                                 : write_header(encoder, output);
    if (written != RENDERCAST_OK) {
        release(encoder);
    }
    return written;
}

/* Converts a canvas into the encoder's frame. */
static int convert(rendercast_encoder *encoder, const rendercast_canvas *canvas) {
    enum AVPixelFormat format = AV_PIX_FMT_NONE;
    for (size_t i = 0; i < TYPES; i++) {
        if (types[i].pixel_type == canvas->pixel_type) {
            format = types[i].format;
        }
    }
    AVFrame *frame = encoder->frame;
    int result = av_frame_make_writable(frame);
    if (result < 0) {
        return result;
    }
    encoder->scaler = sws_getCachedContext(encoder->scaler, frame->width, frame->height, format,
                                           frame->width, frame->height, frame->format, SWS_POINT,
                                           NULL, NULL, NULL);
    if (!encoder->scaler) {
        return AVERROR(ENOMEM);
    }
    /* Sorenson's H.263 cannot say which, and players take it for that of old television. */
    const int *table =
        sws_getCoefficients(has_units(encoder->context) ? SWS_CS_ITU709 : SWS_CS_ITU601);
    const int *own = table;
    const uint8_t *rows[4] = {canvas->data};
    int strides[4] = {(int)canvas->row_bytes};
    uint64_t heights[4] = {canvas->height};
    int is_full = 1;
    if (format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_NV12) {
        static const int words[] = {SWS_CS_ITU709, SWS_CS_ITU601, SWS_CS_BT2020};
        own = sws_getCoefficients(words[canvas->colour_matrix]);
        is_full = canvas->colour_range == RENDERCAST_RANGE_FULL;
        for (int i = 0; i < 2 && canvas->chroma[i]; i++) {
            rows[i + 1] = canvas->chroma[i];
            strides[i + 1] = (int)canvas->chroma_row_bytes[i];
            heights[i + 1] = (canvas->height + 1) / 2;
        }
    }
    sws_setColorspaceDetails(encoder->scaler, own, is_full, table, 0, 0, 1 << 16, 1 << 16);
    for (int i = 0; canvas->row_order == RENDERCAST_ROWS_BOTTOM_UP && i < 4 && rows[i]; i++) {
        rows[i] += (heights[i] - 1) * (uint64_t)strides[i];
        strides[i] = -strides[i];
    }
    sws_scale(encoder->scaler, rows, strides, 0, frame->height, frame->data, frame->linesize);
    return 0;
}

/* Writes the units of a packet behind their lengths, as FLV has them. */
static int32_t write_units(rendercast_encoder *encoder, const rendercast_output *output) {
    const uint8_t *data = encoder->packet->data, *end = data + encoder->packet->size;
    int32_t result = RENDERCAST_OK;
    if (!has_units(encoder->context)) {
        return output->write(output->context, data, (uint64_t)(end - data));
    }
    for (size_t size; result == RENDERCAST_OK && (size = next_unit(&data, end)) > 0; data += size) {
        const uint8_t *unit = data;
        uint8_t length[] = {(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8),
                            (uint8_t)size};
        result = output->write(output->context, length, sizeof length);
        if (result == RENDERCAST_OK) {
            result = output->write(output->context, unit, size);
        }
    }
    return result;
}

/* Notes the time of a canvas. */
static void note_time(rendercast_encoder *encoder, const rendercast_canvas *canvas) {
    encoder->now = (int64_t)((double)encoder->next * 1000 / encoder->framerate);
    if (canvas->struct_size >= sizeof *canvas && canvas->timestamp != RENDERCAST_NO_TIMESTAMP) {
        encoder->now = canvas->timestamp;
    }
    encoder->times[encoder->next % TIMES] = encoder->now;
}

/* Writes a packet as a frame, and frees it. */
static int32_t write_packet(rendercast_encoder *encoder, const rendercast_output *output,
                            uint32_t *kind) {
    AVPacket *packet = encoder->packet;
    if (encoder->delay < 0) {
        /* So many canvases came before the first frame. B frames wait for one more. */
        int64_t canvases = encoder->next - 1 + encoder->context->has_b_frames;
        encoder->delay = (int64_t)((double)canvases * 1000 / encoder->framerate);
    }
    int is_key = packet->flags & AV_PKT_FLAG_KEY;
    int64_t shown = encoder->times[packet->pts % TIMES] + encoder->delay;
    *kind = is_key ? RENDERCAST_DATA_KEY_FRAME : RENDERCAST_DATA_INTER_FRAME;
    int32_t result = write_units(encoder, output);
    if (result == RENDERCAST_OK && output->struct_size >= sizeof *output) {
        result = output->end_frame(output->context, *kind, (int32_t)(shown - encoder->now));
    }
    av_packet_unref(packet);
    return result;
}

static int32_t encode_canvas(rendercast_encoder *encoder, const rendercast_canvas *canvas,
                             const rendercast_output *output, uint32_t *kind) {
    AVFrame *frame = encoder->frame;
    encoder->error[0] = 0;
    int result = convert(encoder, canvas);
    if (result < 0) {
        return fail(encoder, "cannot convert the canvas", result, RENDERCAST_NO_MEMORY);
    }
    int is_due = encoder->next == 0 || encoder->force_keyframe ||
                 (encoder->keyframe_interval > 0 &&
                  encoder->since_key_frame >= encoder->keyframe_interval);
    note_time(encoder, canvas);
    frame->pict_type = is_due ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    frame->pts = encoder->next++;
    encoder->since_key_frame = is_due ? 1 : encoder->since_key_frame + 1;
    encoder->force_keyframe = encoder->force_keyframe && !is_due;
    result = avcodec_send_frame(encoder->context, frame);
    if (result >= 0) {
        result = avcodec_receive_packet(encoder->context, encoder->packet);
    }
    if (result == AVERROR(EAGAIN)) {
        return RENDERCAST_OK; /* it comes with a later canvas */
    }
    if (result < 0) {
        return fail(encoder, "cannot encode", result, RENDERCAST_FAILED);
    }
    return write_packet(encoder, output, kind);
}

static int32_t close_encoder(rendercast_encoder *encoder, const rendercast_output *output,
                             uint32_t *kind) {
    int32_t result = RENDERCAST_OK;
    int received = avcodec_send_frame(encoder->context, NULL);
    while (result == RENDERCAST_OK && received >= 0) {
        received = avcodec_receive_packet(encoder->context, encoder->packet);
        if (received >= 0) {
            result = write_packet(encoder, output, kind);
        }
    }
    release(encoder);
    return result;
}

static uint32_t set_parameter(rendercast_encoder *encoder, const char *name, const char *value) {
    char *end;
    double number = strtod(value, &end);
    int is_number = end != value && *end == 0;
    if (strcmp(name, "bitrate") == 0 && is_number && number >= 1000 && number <= 1e9) {
        encoder->bitrate = (int64_t)number;
        if (encoder->context) {
            set_rates(encoder);
        }
    } else if (strcmp(name, "framerate") == 0 && is_number && number >= 1 && number <= 1000 &&
               !encoder->context) {
        encoder->framerate = number;
    } else if (strcmp(name, "keyframe_interval") == 0 && is_number && number >= 0 &&
               number <= 100000) {
        encoder->keyframe_interval = (int)number;
    } else if (strcmp(name, "bf") == 0 && is_number && number >= 0 && number <= 16 &&
               !encoder->context) {
        encoder->b_frames = (int)number;
    } else if (strcmp(name, "force_keyframe") == 0) {
        encoder->force_keyframe = strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
    } else if (strcmp(name, "preset") == 0 && strlen(value) < sizeof encoder->preset &&
               !encoder->context) {
        strcpy(encoder->preset, value);
    } else {
        return 0;
    }
    return 1;
}

static const char *parameter(rendercast_encoder *encoder, const char *name) {
    char *text = encoder->text;
    size_t size = sizeof encoder->text;
    if (strcmp(name, "bitrate") == 0) {
        snprintf(text, size, "%lld", (long long)encoder->bitrate);
    } else if (strcmp(name, "framerate") == 0) {
        snprintf(text, size, "%g", encoder->framerate);
    } else if (strcmp(name, "keyframe_interval") == 0) {
        snprintf(text, size, "%d", encoder->keyframe_interval);
    } else if (strcmp(name, "bf") == 0) {
        snprintf(text, size, "%d", encoder->b_frames);
    } else if (strcmp(name, "force_keyframe") == 0) {
        snprintf(text, size, "%s", encoder->force_keyframe ? "true" : "false");
    } else if (strcmp(name, "preset") == 0) {
        snprintf(text, size, "%s", encoder->preset);
    } else {
        return NULL;
    }
    return text;
}

static const char *last_error(rendercast_encoder *encoder) {
    return encoder->error[0] ? encoder->error : NULL;
}

static const char *identifier(rendercast_encoder *encoder) {
    unsigned version = avcodec_version();
    snprintf(encoder->text, sizeof encoder->text, "%s by libavcodec %u.%u", ENCODER,
             AV_VERSION_MAJOR(version), AV_VERSION_MINOR(version));
    return encoder->text;
}

/* Passes FFmpeg's own lines on to the host. */
static void log_line(void *context, int level, const char *format, va_list arguments) {
    char line[512];
    int prefix = 1;
    if (!api || level > AV_LOG_WARNING) {
        return;
    }
    av_log_format_line2(context, level, format, arguments, line, sizeof line, &prefix);
    line[strcspn(line, "\r\n")] = 0;
    uint32_t severity = level <= AV_LOG_ERROR ? RENDERCAST_LOG_ERROR : RENDERCAST_LOG_WARN;
    api->log(api->context, severity, line);
}

static int32_t start(const rendercast_api *host) {
    api = host;
    av_log_set_callback(log_line);
    return RENDERCAST_OK;
}

static void stop(void) {
    av_log_set_callback(av_log_default_callback);
    api = NULL;
}

static const rendercast_encoder_functions encoder_functions = {
    .struct_size = sizeof encoder_functions,
    .create = create,
    .destroy = destroy,
    .supported_type = supported_type,
    .init = init,
    .encode_canvas = encode_canvas,
    .close = close_encoder,
    .set_parameter = set_parameter,
    .parameter = parameter,
    .last_error = last_error,
    .identifier = identifier,
};

static const rendercast_video_plugin plugin = {
    .abi_version = RENDERCAST_PLUGIN_ABI_VERSION,
    .struct_size = sizeof plugin,
    .type = RENDERCAST_PLUGIN_TYPE,
    .name = NAME,
    .init = start,
    .exit = stop,
    .encoder = &encoder_functions,
};

const rendercast_video_plugin *rendercast_plugin(void) { return &plugin; }
