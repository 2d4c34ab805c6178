/** Positions in row-major arrays whose axes are named. */
import type { Axis } from "../graph/axis.ts";

/** For every row-major position over `over`, its offset in a row-major array over `axes` (0 along axes it lacks). */
export function offsets(axes: readonly Axis[], over: readonly Axis[]): Int32Array {
  const stride = new Map<Axis, number>();
  let step = 1;
  for (const axis of [...axes].reverse()) {
    stride.set(axis, step);
    step *= axis.size;
  }
  let result = [0];
  for (const axis of over) {
    const by = stride.get(axis) ?? 0;
    result = result.flatMap((base) => Array.from({ length: axis.size }, (_, i) => base + i * by));
  }
  return Int32Array.from(result);
}
