import assert from "node:assert/strict";
import { test } from "node:test";

import { box, initSegment, mediaSegment } from "../../../src/server/http/page/mp4_boxes.js";
import { audioTrack, videoTrack } from "../../../src/server/http/page/mp4_tracks.js";
import { big, bytes } from "./bytes.js";

/** The boxes that hold others, with what precedes these. */
const PARENTS = { moov: 0, trak: 0, mdia: 0, minf: 0, dinf: 0, stbl: 0, mvex: 0, moof: 0, traf: 0 };

/** Returns all boxes by their paths, each with its content. */
function boxesOf(data, path = "") {
  const found = {};
  for (let at = 0; at < data.length; ) {
    const length = Number(`0x${Buffer.from(data.subarray(at, at + 4)).toString("hex")}`);
    assert.ok(length >= 8 && at + length <= data.length, `a box of ${length} bytes in ${path}`);
    const type = String.fromCharCode(...data.subarray(at + 4, at + 8));
    const content = data.subarray(at + 8, at + length);
    found[`${path}${type}`] = content;
    if (type in PARENTS) Object.assign(found, boxesOf(content, `${path}${type}/`));
    at += length;
  }
  return found;
}

const AVC = bytes(1, 0x42, 0xc0, 0x1e, 0xff, 0xe0, 0);

test("an initialization segment has the boxes that browsers ask for", () => {
  const track = videoTrack("avc1", AVC, { width: 640, height: 360 });
  assert.equal(track.type, 'video/mp4; codecs="avc1.42C01E"');
  const boxes = boxesOf(initSegment(track));
  for (const path of ["ftyp", "moov/mvhd", "moov/trak/tkhd", "moov/trak/mdia/mdhd", "moov/mvex/trex"]) {
    assert.ok(boxes[path], path);
  }
  assert.deepEqual(boxes["moov/trak/tkhd"].slice(-8), bytes(big(2, 640), 0, 0, big(2, 360), 0, 0));
  assert.equal(boxes["moov/trak/tkhd"].length, 84);
  assert.equal(boxes["moov/mvhd"].length, 100);
  assert.equal(boxes["moov/trak/mdia/mdhd"].length, 24);
  const description = boxes["moov/trak/mdia/minf/stbl/stsd"];
  assert.deepEqual(description.subarray(12, 16), bytes("avc1"));
  assert.deepEqual(description.slice(-AVC.length - 4), bytes("avcC", AVC));
});

test("a media segment has its samples' times and sizes", () => {
  const samples = [
    { data: bytes(1, 2, 3), duration: 40, compositionTime: -40, isKey: true },
    { data: bytes(4), duration: 20, compositionTime: 80, isKey: false },
  ];
  const segment = mediaSegment(7, 2 ** 33 + 5, samples);
  const boxes = boxesOf(segment);
  assert.deepEqual(boxes["moof/mfhd"], bytes(big(4, 0), big(4, 7)));
  assert.deepEqual(boxes["moof/traf/tfdt"], bytes(1, 0, 0, 0, big(8, 2 ** 33 + 5)));
  assert.deepEqual(boxes.mdat, bytes(1, 2, 3, 4));
  const offset = segment.length - 4;
  const first = [big(4, 40), big(4, 3), big(4, 0x02000000), [255, 255, 255, 216]];
  const second = [big(4, 20), big(4, 1), big(4, 0x01010000), big(4, 80)];
  const run = bytes(1, 0, 15, 1, big(4, 2), big(4, offset), ...first, ...second);
  assert.deepEqual(boxes["moof/traf/trun"], run);
});

test("tracks that MP4 does not take are null", () => {
  const size = { width: 640, height: 360 };
  for (const [codec, header, metadata] of [
    ["vp8", null, size],
    ["screen", null, size],
    ["avc1", null, size],
    ["hvc1", bytes(1, 1, 0x60, Array(20).fill(0)), {}],
  ]) {
    assert.equal(videoTrack(codec, header, metadata), null, codec);
  }
  assert.equal(audioTrack("opus", null, {}), null);
  assert.equal(audioTrack("speex", null, {}), null);
});

test("tracks of sound know the lengths of their frames", () => {
  const opus = bytes("OpusHead", 1, 2, [0x38, 1], [0x80, 0xbb, 0, 0], [0, 0], 0);
  const info = bytes(big(2, 4608), big(2, 4608), big(6, 0), [0x0a, 0xc4, 0x42, 0xf0], Array(20).fill(0));
  for (const [codec, header, tag, type, frame, length] of [
    ["mp4a", bytes(0x12, 0x10), {}, "mp4a.40.2", [0x21], 1024],
    ["mp3", null, { rate: 44100, channels: 2 }, "mp4a.6B", [0xff], 1152],
    ["mp3", null, { rate: 22050, channels: 1 }, "mp4a.6B", [0xff], 576],
    ["opus", opus, {}, "opus", [0xfc], 960],
    ["opus", opus, {}, "opus", [0x83, 0x03], 360],
    ["opus", opus, {}, "opus", [0x19], 5760],
    ["flac", info, {}, "flac", [0xff], 4608],
  ]) {
    const track = audioTrack(codec, header, tag);
    assert.equal(track.type, `audio/mp4; codecs="${type}"`);
    assert.equal(track.frame(bytes(frame)), length, `${codec} ${frame}`);
  }
  const dops = boxesOf(audioTrack("opus", opus, {}).entry.subarray(36)).dOps;
  assert.deepEqual(dops, bytes(0, 2, big(2, 312), big(4, 48000), 0, 0, 0));
  // A decoder's description within that of a stream (ISO/IEC 14496-1 §7.2.6).
  const esds = boxesOf(audioTrack("mp4a", bytes(0x12, 0x10), {}).entry.subarray(36)).esds;
  const decoder = bytes(4, 17, 0x40, 0x15, Array(11).fill(0), 5, 2, 0x12, 0x10);
  assert.deepEqual(esds, bytes(big(4, 0), 3, 25, 0, 1, 0, decoder, 6, 1, 2));
});

test("boxes hold numbers, texts and bytes", () => {
  assert.deepEqual(box("free", 1, "ab", [2]), bytes(big(4, 12), "free", 1, "ab", 2));
});
