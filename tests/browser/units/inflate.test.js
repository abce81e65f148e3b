import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, deflateRawSync, deflateSync } from "node:zlib";

import { Inflater } from "../../../src/server/http/page/inflate.js";

/** Returns bytes that do not compress, or little if `step` is larger. */
function noise(length, step = 1) {
  let seed = 12345;
  const next = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed >>> 24;
  };
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += step) bytes.fill(next(), at, at + step);
  return bytes;
}

const SAMPLES = {
  nothing: new Uint8Array(0),
  "one byte": new Uint8Array([7]),
  zeros: new Uint8Array(62208),
  noise: noise(62208),
  runs: noise(62208, 7),
  text: new TextEncoder().encode("An unchanged block takes two bytes. ".repeat(300)),
  slope: Uint8Array.from({ length: 40000 }, (_, at) => (at * at) >> 5),
};

function adler32(bytes) {
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return [high >> 8, high & 255, low >> 8, low & 255];
}

test("what zlib compresses comes back", () => {
  const inflater = new Inflater();
  const { Z_FIXED, Z_HUFFMAN_ONLY, Z_DEFAULT_STRATEGY } = constants;
  for (const [name, sample] of Object.entries(SAMPLES)) {
    for (const level of [0, 1, 6, 9]) {
      for (const strategy of [Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY]) {
        const out = new Uint8Array(sample.length);
        const end = inflater.inflate(deflateSync(sample, { level, strategy }), out);
        assert.equal(end, sample.length);
        assert.deepEqual(out, sample, `${name}, level ${level}, strategy ${strategy}`);
      }
    }
  }
});

test("data that continue another part refer to it", () => {
  const prime = SAMPLES.slope;
  const bytes = prime.slice(1000, 20000);
  const packed = deflateRawSync(bytes, { dictionary: prime });
  assert.ok(packed.length < 1000);
  const whole = new Uint8Array([...prime, ...bytes]);
  const data = new Uint8Array([...packed, ...adler32(whole)]);
  const out = new Uint8Array(whole.length);
  out.set(prime);
  assert.equal(new Inflater().inflate(data, out, prime.length, true), whole.length);
  assert.deepEqual(out, whole);

  out[4000] ^= 1;
  assert.throws(() => new Inflater().inflate(data, out, prime.length, true), /checksum/);
});

test("damaged data are an error, and end", () => {
  const packed = new Uint8Array(deflateSync(SAMPLES.runs.subarray(0, 3000)));
  const inflate = (data, room = 3000) => new Inflater().inflate(data, new Uint8Array(room));
  for (let length = 0; length < packed.length; length += 1) {
    assert.throws(() => inflate(packed.subarray(0, length)), Error, `cut to ${length} bytes`);
  }
  for (let at = 0; at < packed.length; at += 1) {
    const damaged = packed.slice();
    damaged[at] ^= 0x55;
    try {
      inflate(damaged);
    } catch (error) {
      continue;
    }
    // The second byte says how hard the encoder tried, and nothing else.
    assert.equal(at, 1, `the damage of byte ${at} was not found`);
  }
  assert.throws(() => inflate(packed, 2999), /fit/);
  assert.throws(() => inflate(new Uint8Array([0x78, 0x9c, 7])), /unknown kind/);
});
