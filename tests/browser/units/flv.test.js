import assert from "node:assert/strict";
import { test } from "node:test";

import { AUDIO, FlvDemuxer, SCRIPT, VIDEO } from "../../../src/server/http/page/flv.js";
import { FLV_HEADER, asset, bytes, tag } from "./bytes.js";

const TAGS = [
  { type: SCRIPT, timestamp: 0, payload: bytes(2, 0, 1, "x") },
  { type: VIDEO, timestamp: 40, payload: bytes(0x13, 1, 2, 3) },
  { type: AUDIO, timestamp: 0xfedcba98, payload: bytes() },
];
const STREAM = bytes(FLV_HEADER, ...TAGS.map((one) => tag(one.type, one.timestamp, one.payload)));

test("tags are found however the stream is cut", () => {
  for (let size = 1; size <= STREAM.length; size += 1) {
    const demuxer = new FlvDemuxer();
    const found = [];
    for (let at = 0; at < STREAM.length; at += size) {
      found.push(...demuxer.push(STREAM.slice(at, at + size)));
    }
    assert.deepEqual(found, TAGS, `pieces of ${size} bytes`);
  }
});

test("a tag is returned with its last byte", () => {
  const demuxer = new FlvDemuxer();
  const end = STREAM.length - 1;
  assert.equal(demuxer.push(STREAM.subarray(0, end)).length, 2);
  assert.equal(demuxer.push(STREAM.subarray(end)).length, 1);
});

test("tags of other kinds are skipped", () => {
  const demuxer = new FlvDemuxer();
  const stream = bytes(FLV_HEADER, tag(15, 0, [1, 2]), tag(VIDEO, 7, [0x13]));
  assert.deepEqual(demuxer.push(stream), [{ type: VIDEO, timestamp: 7, payload: bytes(0x13) }]);
});

test("something else than FLV is refused", () => {
  assert.throws(() => new FlvDemuxer().push(bytes("HTTP/1.1 404 Not Found")), /else than FLV/);
});

test("after a reset a new stream begins", () => {
  const demuxer = new FlvDemuxer();
  demuxer.push(STREAM.subarray(0, STREAM.length - 1));
  demuxer.reset();
  assert.deepEqual(demuxer.push(STREAM), TAGS);
});

test("a file of FFmpeg is read to its end", () => {
  const tags = new FlvDemuxer().push(asset("h264_aac.flv"));
  const count = (type) => tags.filter((one) => one.type === type).length;
  assert.deepEqual([count(SCRIPT), count(VIDEO), count(AUDIO)], [1, 22, 89]);
});
