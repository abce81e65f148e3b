import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeAmf0 } from "../../../src/server/http/page/amf0.js";
import { FlvDemuxer } from "../../../src/server/http/page/flv.js";
import { asset, bytes } from "./bytes.js";

const plain = (value) => JSON.parse(JSON.stringify(value));

test("every kind of value is read", () => {
  for (const [data, value] of [
    [bytes(0, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0), 1.5],
    [bytes(1, 0), false],
    [bytes(1, 2), true],
    [bytes(2, 0, 2, 0xc3, 0xa9), "é"],
    [bytes(3, 0, 1, "a", 1, 1, 0, 0, 9), { a: true }],
    [bytes(5), null],
    [bytes(6), null],
    [bytes(8, 0, 0, 0, 9, 0, 1, "b", 5, 0, 0, 9), { b: null }],
    [bytes(10, 0, 0, 0, 2, 1, 1, 1, 0), [true, false]],
    [bytes(11, 0x40, 0x8f, 0x40, 0, 0, 0, 0, 0, 0, 0), "1970-01-01T00:00:01.000Z"],
    [bytes(12, 0, 0, 0, 2, "hi"), "hi"],
    [bytes(16, 0, 1, "C", 0, 1, "d", 5, 0, 0, 9), { d: null }],
    [bytes(10, 0, 0, 0, 2, 3, 0, 0, 9, 7, 0, 1), [{}, {}]],
  ]) {
    assert.deepEqual(plain(decodeAmf0(data)), [value]);
  }
});

test("names have no meaning to JavaScript", () => {
  const [object] = decodeAmf0(bytes(3, 0, 9, "__proto__", 3, 0, 1, "x", 1, 1, 0, 0, 9, 0, 0, 9));
  assert.equal(object.x, undefined);
  assert.equal({}.x, undefined);
});

test("damaged data are an error", () => {
  const deep = Array.from({ length: 40 }, () => [10, 0, 0, 0, 1]).flat();
  for (const data of [[0, 1], [2, 0, 9, 65], [3, 0, 1, 65], [10, 255, 255, 255, 255], [4], deep]) {
    assert.throws(() => decodeAmf0(bytes(data)));
  }
});

test("the metadata of a file are read", () => {
  const [first] = new FlvDemuxer().push(asset("h264_aac.flv"));
  const [name, metadata] = decodeAmf0(first.payload);
  assert.equal(name, "onMetaData");
  const { width, height, videocodecid, stereo } = metadata;
  assert.deepEqual([width, height, videocodecid, stereo], [160, 120, 7, false]);
  assert.equal(metadata.keyframes.times.length, metadata.keyframes.filepositions.length);
});
