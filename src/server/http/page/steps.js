// Steps through a film whose seeks end at key frames.

/**
 * Moves a film by so many milliseconds, and farther if there is no key frame within that distance.
 *
 * `film` has `position` and `duration` in milliseconds. `seek(time)` returns a promise of the
 * position where the film goes on, which is the key frame before `time`, or of `null` if the seek
 * is refused. Returns a promise of the last such position.
 */
export async function step(film, by, seek) {
  const { duration } = film;
  // The time of a film that is repeated goes on.
  const from = film.position % duration;
  let reached = null;
  for (let distance = by; ; distance *= 2) {
    const target = Math.min(Math.max(from + distance, 0), duration);
    const position = await seek(target);
    if (position === null) return reached;
    reached = position;
    const hasMoved = by > 0 ? reached > from : reached < from;
    if (hasMoved || target === 0 || target === duration) return reached;
  }
}
