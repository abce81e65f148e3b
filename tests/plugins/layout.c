/* How the header's structures lie in memory. The same figures stand in src/plugin/abi.rs. */
#include "rendercast_plugin.h"

#include <stddef.h>

#if UINTPTR_MAX == UINT64_MAX
_Static_assert(sizeof(rendercast_api) == 24, "api");
_Static_assert(offsetof(rendercast_api, log) == 16, "api.log");
_Static_assert(sizeof(rendercast_canvas) == 96, "canvas");
_Static_assert(offsetof(rendercast_canvas, data) == 40, "canvas.data");
_Static_assert(offsetof(rendercast_canvas, timestamp) == 48, "canvas.timestamp");
_Static_assert(offsetof(rendercast_canvas, chroma_row_bytes) == 80, "canvas.chroma_row_bytes");
_Static_assert(sizeof(rendercast_output) == 32, "output");
_Static_assert(offsetof(rendercast_output, end_frame) == 24, "output.end_frame");
_Static_assert(offsetof(rendercast_output, write) == 16, "output.write");
_Static_assert(sizeof(rendercast_encoder_functions) == 88, "encoder functions");
_Static_assert(offsetof(rendercast_encoder_functions, identifier) == 80, "encoder identifier");
_Static_assert(sizeof(rendercast_decoder_functions) == 88, "decoder functions");
_Static_assert(offsetof(rendercast_decoder_functions, identifier) == 80, "decoder identifier");
_Static_assert(sizeof(rendercast_video_plugin) == 56, "plugin");
_Static_assert(offsetof(rendercast_video_plugin, decoder) == 48, "plugin.decoder");
_Static_assert(sizeof(rendercast_audio_format) == 8, "audio format");
_Static_assert(offsetof(rendercast_audio_format, channels) == 4, "audio format.channels");
_Static_assert(sizeof(rendercast_audio_output) == 24, "audio output");
_Static_assert(offsetof(rendercast_audio_output, write) == 16, "audio output.write");
_Static_assert(sizeof(rendercast_audio_encoder_functions) == 96, "audio encoder functions");
_Static_assert(offsetof(rendercast_audio_encoder_functions, identifier) == 88, "audio identifier");
_Static_assert(sizeof(rendercast_audio_plugin) == 48, "audio plugin");
_Static_assert(offsetof(rendercast_audio_plugin, encoder) == 40, "audio plugin.encoder");
#endif
