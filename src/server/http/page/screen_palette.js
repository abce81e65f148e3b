// The hybrid colour space of screen video 2: one byte for a colour of the palette, two bytes for a
// colour with 5 bits a channel.

/** The 128 colours. One hexadecimal digit each for red, green and blue, which is repeated. */
const DIGITS =
  "000 333 666 999 ccc fff 300 600 900 c00 f00 030 060 090 0c0 0f0 003 006 009 00c 00f 330 660 " +
  "990 cc0 ff0 033 066 099 0cc 0ff 303 606 909 c0c f0f ff3 ff6 ff9 ffc f3f f6f f9f fcf 3ff 6ff " +
  "9ff cff cc3 cc6 cc9 ccf c3c c6c c9c cfc 3cc 6cc 9cc fcc 993 996 99c 99f 939 969 9c9 9f9 399 " +
  "699 c99 f99 663 669 66c 66f 636 696 6c6 6f6 366 966 c66 f66 336 339 33c 33f 363 393 3c3 3f3 " +
  "633 933 c33 f33 036 360 603 063 306 630 369 693 936 396 639 963 69c 9c6 c69 6c9 96c c96 9cf " +
  "cf9 f9c 9fc c9f fc9 111 222 444 555 aaa bbb ddd eee";

/** Blue, green and red of each colour. */
const PALETTE = new Uint8Array(128 * 3);
DIGITS.split(" ").forEach((digits, index) => {
  const channels = [...digits].map((digit) => Number.parseInt(digit, 16) * 17);
  PALETTE.set(channels.reverse(), index * 3);
});

/** Marks the form with two bytes. */
const FIFTEEN_BITS = 0x80;

/** Fills `pixels` with blue, green, red. Throws an error if there are too few or too many bytes. */
export function decodeHybrid(bytes, pixels) {
  let from = 0;
  for (let to = 0; to < pixels.length; to += 3) {
    const first = bytes[from];
    from += 1;
    if ((first & FIFTEEN_BITS) === 0) {
      const colour = first * 3;
      pixels[to] = PALETTE[colour];
      pixels[to + 1] = PALETTE[colour + 1];
      pixels[to + 2] = PALETTE[colour + 2];
    } else {
      const bits = ((first & ~FIFTEEN_BITS) << 8) | bytes[from];
      from += 1;
      pixels[to] = expand(bits);
      pixels[to + 1] = expand(bits >> 5);
      pixels[to + 2] = expand(bits >> 10);
    }
  }
  if (from !== bytes.length) throw new Error("A block of the picture has the wrong length.");
}

/** Converts the lowest 5 bits to a byte. */
function expand(bits) {
  const five = bits & 0x1f;
  return (five << 3) | (five >> 2);
}
