/*
 * What FFmpeg's swscale takes for the conversions of main.rs: the median of 61 pictures, in
 * milliseconds, on one thread. `benches/conversions.sh` builds and runs it.
 */
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PICTURES 61

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int by_size(const void *one, const void *other) {
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

static int measure(const char *name, enum AVPixelFormat from, enum AVPixelFormat to, int width,
                   int height) {
    uint8_t *source[4], *target[4];
    int source_strides[4], target_strides[4];
    double times[PICTURES];
    int size = av_image_alloc(source, source_strides, width, height, from, 64);
    if (size < 0 || av_image_alloc(target, target_strides, width, height, to, 64) < 0) {
        return 1;
    }
    for (int i = 0; i < size; i++) {
        source[0][i] = (uint8_t)rand();
    }
    struct SwsContext *context = sws_getContext(width, height, from, width, height, to,
                                                SWS_FAST_BILINEAR, NULL, NULL, NULL);
    if (!context) {
        return 1;
    }
    const int *table = sws_getCoefficients(SWS_CS_ITU709);
    sws_setColorspaceDetails(context, table, 0, table, 0, 0, 1 << 16, 1 << 16);
    for (int i = 0; i < PICTURES; i++) {
        double start = now();
        sws_scale(context, (const uint8_t *const *)source, source_strides, 0, height, target,
                  target_strides);
        times[i] = now() - start;
    }
    qsort(times, PICTURES, sizeof *times, by_size);
    printf("%s/%d/swscale  %.3f ms\n", name, height, times[PICTURES / 2]);
    sws_freeContext(context);
    av_freep(&source[0]);
    av_freep(&target[0]);
    return 0;
}

int main(void) {
    static const struct {
        const char *name;
        enum AVPixelFormat from, to;
    } conversions[] = {
        {"rgba_to_i420", AV_PIX_FMT_RGBA, AV_PIX_FMT_YUV420P},
        {"bgra_to_i420", AV_PIX_FMT_BGRA, AV_PIX_FMT_YUV420P},
        {"nv12_to_i420", AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P},
        {"rgba_to_bgr", AV_PIX_FMT_RGBA, AV_PIX_FMT_BGR24},
        {"i420_to_bgr", AV_PIX_FMT_YUV420P, AV_PIX_FMT_BGR24},
        {"nv12_to_bgr", AV_PIX_FMT_NV12, AV_PIX_FMT_BGR24},
    };
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++) {
        if (measure(conversions[i].name, conversions[i].from, conversions[i].to, 1280, 720) ||
            measure(conversions[i].name, conversions[i].from, conversions[i].to, 1920, 1080)) {
            fprintf(stderr, "swscale cannot do %s\n", conversions[i].name);
            return 1;
        }
    }
    return 0;
}
