// Makes bytes for the tests, and reads the assets.

import { readFileSync } from "node:fs";

const ASSETS = new URL("../../assets/", import.meta.url);

/** Returns the bytes of a file in `tests/assets`. */
export function asset(name) {
  return new Uint8Array(readFileSync(new URL(name, ASSETS)));
}

/** Joins numbers, strings of ASCII and arrays of bytes. */
export function bytes(...parts) {
  return Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === "string") return [...part].map((letter) => letter.charCodeAt(0));
      return typeof part === "number" ? [part] : [...part];
    }),
  );
}

/** Returns a number as big-endian bytes. */
export function big(length, number) {
  return Array.from({ length }, (_, index) => (number / 256 ** (length - 1 - index)) & 255);
}

/** Returns the bytes of an FLV tag with its trailer. */
export function tag(type, timestamp, payload) {
  const time = [...big(3, timestamp % 2 ** 24), Math.floor(timestamp / 2 ** 24)];
  const head = [type, ...big(3, payload.length), ...time, 0, 0, 0];
  return bytes(head, payload, big(4, payload.length + 11));
}

/** The header of an FLV stream, with the trailer before the first tag. */
export const FLV_HEADER = bytes("FLV", 1, 5, [0, 0, 0, 9], [0, 0, 0, 0]);
