// Decodes AMF0, the format of FLV's script tags (Adobe's "AMF0 specification").

import { Reader } from "./reader.js";

/** Deeper values are refused. */
const MAX_DEPTH = 32;

/** Ends an object: it takes the place of a value behind an empty name. */
const OBJECT_END = 9;

/**
 * Returns the values of a script tag, such as `["onMetaData", {width: 640}]`. Objects have no
 * prototype, so that no name in the data has a meaning to JavaScript.
 */
export function decodeAmf0(bytes) {
  const decoder = new Decoder(bytes);
  const values = [];
  while (decoder.reader.left > 0) values.push(decoder.value(0));
  return values;
}

class Decoder {
  #references = [];

  constructor(bytes) {
    this.reader = new Reader(bytes);
  }

  value(depth) {
    if (depth > MAX_DEPTH) throw new Error("A value of the metadata is nested too deeply.");
    const reader = this.reader;
    const marker = reader.u8();
    switch (marker) {
      case 0:
        return reader.f64();
      case 1:
        return reader.u8() !== 0;
      case 2:
        return reader.text(reader.u16());
      case 3:
        return this.#members(depth);
      case 5:
      case 6:
      case 13:
        return null;
      case 7:
        return this.#references[reader.u16()] ?? null;
      case 8:
        // The count is a hint. The end marker decides.
        reader.u32();
        return this.#members(depth);
      case 10:
        return this.#array(depth);
      case 11:
        return this.#date();
      case 12:
      case 15:
        return reader.text(reader.u32());
      case 16:
        reader.text(reader.u16());
        return this.#members(depth);
      default:
        throw new Error(`The metadata have a value of the unknown kind ${marker}.`);
    }
  }

  #members(depth) {
    const object = Object.create(null);
    this.#references.push(object);
    for (;;) {
      const name = this.reader.text(this.reader.u16());
      if (name === "" && this.#isObjectEnd()) return object;
      object[name] = this.value(depth + 1);
    }
  }

  #isObjectEnd() {
    const marker = this.reader.peek();
    if (marker === OBJECT_END) this.reader.u8();
    return marker === OBJECT_END;
  }

  #array(depth) {
    const count = this.reader.u32();
    const array = [];
    this.#references.push(array);
    for (let index = 0; index < count; index += 1) array.push(this.value(depth + 1));
    return array;
  }

  #date() {
    const milliseconds = this.reader.f64();
    this.reader.u16();
    return new Date(milliseconds);
  }
}
