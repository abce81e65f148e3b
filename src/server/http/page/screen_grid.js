// The first bytes of a frame of screen video, and the blocks that a picture is cut into.

/** Larger pictures are refused, as the server's decoders do. */
const MAX_PIXELS = 4096 * 2304;

/** Reads the sides of the picture and of its blocks. */
export function readGrid(reader) {
  const [columns, rows] = [reader.u16(), reader.u16()];
  const grid = {
    width: columns & 0xfff,
    height: rows & 0xfff,
    blockWidth: ((columns >> 12) + 1) * 16,
    blockHeight: ((rows >> 12) + 1) * 16,
  };
  const pixels = grid.width * grid.height;
  if (pixels === 0 || pixels > MAX_PIXELS) {
    throw new Error(`The picture's size of ${grid.width}x${grid.height} is not supported.`);
  }
  return grid;
}

/** Returns whether pictures and blocks of two grids have the same sides. */
export function isSameGrid(one, other) {
  return (
    one.width === other.width &&
    one.height === other.height &&
    one.blockWidth === other.blockWidth &&
    one.blockHeight === other.blockHeight
  );
}

/** Returns the number of bytes of a full block. */
export function blockBytes(grid) {
  return Math.min(grid.blockWidth, grid.width) * Math.min(grid.blockHeight, grid.height) * 3;
}

/**
 * Returns all blocks in the order of the data: from left to right, from the bottom up. `bottom` is
 * counted from the lower edge of the picture.
 */
export function blocksOf(grid) {
  const blocks = [];
  for (let bottom = 0; bottom < grid.height; bottom += grid.blockHeight) {
    const height = Math.min(grid.blockHeight, grid.height - bottom);
    for (let left = 0; left < grid.width; left += grid.blockWidth) {
      const width = Math.min(grid.blockWidth, grid.width - left);
      blocks.push({ left, bottom, width, height });
    }
  }
  return blocks;
}
