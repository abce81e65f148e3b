import assert from "node:assert/strict";
import { test } from "node:test";

import { audioConfig, videoConfig } from "../../../src/server/http/page/decoder_configs.js";
import { FlvDemuxer, VIDEO } from "../../../src/server/http/page/flv.js";
import { readH264Size } from "../../../src/server/http/page/h264_size.js";
import { Packet, readAudioHeader, readVideoHeader } from "../../../src/server/http/page/tag_headers.js";
import { asset, big, bytes } from "./bytes.js";

const STREAM_INFO = bytes(big(2, 4608), big(2, 4608), big(6, 0), [0x0a, 0xc4, 0x42, 0xf0], zeros(20));

function zeros(count) {
  return Array(count).fill(0);
}

/** Returns the first sequence headers of a file. */
function headersOf(name) {
  const tags = new FlvDemuxer().push(asset(name));
  const read = ({ type, payload }) => (type === VIDEO ? readVideoHeader : readAudioHeader)(payload);
  const headers = tags.slice(1).map(read);
  return headers.filter((header) => header?.packet === Packet.HEADER);
}

test("video configurations have the names of RFC 6381", () => {
  const hevc = bytes(1, 0x01, [0x60, 0, 0, 0], [0xb0, 0, 0, 0, 0, 0], 93, zeros(10));
  const main10 = bytes(1, 0x22, [0x20, 0, 0, 0], [0x90, 0, 0, 0, 0, 0], 153, zeros(10));
  for (const [codec, header, name] of [
    ["avc1", bytes(1, 0x64, 0, 0x1f, 0xff), "avc1.64001F"],
    ["hvc1", hevc, "hvc1.1.6.L93.B0"],
    ["hvc1", main10, "hvc1.2.4.H153.90"],
    ["av01", bytes(0x81, 0x04, 0x0c, 0), "av01.0.04M.08"],
    ["av01", bytes(0x81, 0x2d, 0xcc, 0), "av01.1.13H.10"],
    ["vp09", bytes(0, 31, 0x82, 2, 2, 2, 0, 0), "vp09.00.31.08"],
    ["vp09", bytes(1, 0, 0, 0, 2, 41, 0xa2, 2, 2, 2, 0, 0), "vp09.02.41.10"],
    ["vp8", null, "vp8"],
    ["av01", null, "av01.0.08M.08"],
  ]) {
    assert.equal(videoConfig(codec, header).codec, name);
  }
  for (const codec of ["avc1", "hvc1", "vvc1", "sorenson", "screen", "video codec 9"]) {
    assert.equal(videoConfig(codec, null), null, codec);
  }
});

test("audio configurations have rate and channels", () => {
  const opus = bytes("OpusHead", 1, 1, [0x38, 1], [0x80, 0xbb, 0, 0], [0, 0], 0);
  for (const [codec, header, tag, ...result] of [
    ["mp4a", bytes(0x12, 0x10), {}, "mp4a.40.2", 44100, 2],
    ["mp4a", bytes(0x13, 0x08), {}, "mp4a.40.2", 24000, 1],
    ["mp4a", bytes(0x17, 0x80, 0x3e, 0x80, 0x08), {}, "mp4a.40.2", 32000, 1],
    ["mp4a", bytes(0x11, 0xb8), {}, "mp4a.40.2", 48000, 8],
    ["opus", opus, {}, "opus", 48000, 1],
    ["opus", null, {}, "opus", 48000, 2],
    ["flac", bytes("fLaC", 0x80, 0, 0, 34, STREAM_INFO), {}, "flac", 44100, 2],
    ["flac", STREAM_INFO, {}, "flac", 44100, 2],
    ["mp3", null, { rate: 22050, channels: 1 }, "mp3", 22050, 1],
    ["mp3", null, {}, "mp3", 44100, 2],
    ["pcm", null, { rate: 44100, channels: 2, bits: 16 }, "pcm-s16", 44100, 2],
    ["ulaw", null, { rate: 5512, channels: 1, bits: 16 }, "ulaw", 8000, 1],
  ]) {
    const config = audioConfig(codec, header, tag);
    assert.deepEqual([config.codec, config.sampleRate, config.numberOfChannels], result);
  }
  const { description } = audioConfig("flac", STREAM_INFO, {});
  assert.deepEqual(description, bytes("fLaC", 0x80, 0, 0, 34, STREAM_INFO));
  for (const codec of ["mp4a", "flac", "speex", "nellymoser", "ac-3"]) {
    assert.equal(audioConfig(codec, null, {}), null, codec);
  }
});

test("the headers of a file are read", () => {
  const [video, audio] = headersOf("h264_aac.flv");
  assert.match(videoConfig("avc1", video.data).codec, /^avc1\.[0-9A-F]{6}$/);
  assert.deepEqual(readH264Size(video.data), { width: 160, height: 120 });
  const config = audioConfig("mp4a", audio.data, audio);
  assert.deepEqual([config.codec, config.sampleRate, config.numberOfChannels], ["mp4a.40.2", 44100, 1]);
});

test("H.264's size is cropped", () => {
  const code = (number) => {
    const binary = (number + 1).toString(2);
    return "0".repeat(binary.length - 1) + binary;
  };
  // Baseline, 120 by 68 macroblocks, of which 4 times 2 rows are cropped.
  const fields = [0, 0, 2, 1].map(code).join("") + "0" + code(119) + code(67) + "111";
  const cropped = fields + [0, 0, 0, 4].map(code).join("");
  const octets = cropped.match(/.{1,8}/g).map((bits) => Number.parseInt(bits.padEnd(8, "0"), 2));
  const sps = [0x67, 0x42, 0xc0, 0x28, ...octets];
  const record = bytes(1, 0x42, 0xc0, 0x28, 0xff, 0xe1, big(2, sps.length), sps);
  assert.deepEqual(readH264Size(record), { width: 1920, height: 1080 });
  assert.equal(readH264Size(bytes(1, 0x42, 0xc0, 0x28, 0xff, 0xe0, 0, 0)), null);
});
