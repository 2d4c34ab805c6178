import { type Axis, sizeOf } from "../graph/axis.ts";
import { forEachRow, innerSize, innerStride, makeNest, stridesOf } from "./loops.ts";

/** An array over `from` repeated along the axes of `to` that it lacks. */
export function expandTo(array: Float64Array, from: readonly Axis[], to: readonly Axis[]): Float64Array {
  const size = sizeOf(to);
  if (array.length === size) return array;
  const nest = makeNest(to, [stridesOf(to, to), stridesOf(from, to)]);
  const out = new Float64Array(size);
  const n = innerSize(nest);
  const stride = innerStride(nest, 1);
  forEachRow(nest, (at) => {
    for (let i = 0; i < n; i++) out[at[0]! + i] = array[at[1]! + i * stride]!;
  });
  return out;
}
