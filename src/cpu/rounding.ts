/** Emulation of float32 arithmetic and of its errors, from which tolerances for other backends are derived. */
import type { Value } from "../graph/value.ts";
import { foldKey, threefry2x32Into } from "./threefry.ts";

export interface Rounding {
  /** Rounds the result of every float node (and every float input) to float32. */
  readonly round?: "f32";
  /** Multiplies the result of every float node and input by 1 + ulps·2⁻²⁴·u, u uniform on [−1, 1]; a seed. */
  readonly perturb?: number;
  /** Size of the perturbation in units of 2⁻²⁴; default 4. */
  readonly ulps?: number;
}

/** What is done to a node's values after they are computed; undefined for nothing. */
export function perturbation({
  round,
  perturb,
  ulps = 4,
}: Rounding): ((value: Value, array: Float64Array) => void) | undefined {
  if (round === undefined && perturb === undefined) return undefined;
  const words = new Uint32Array(2);
  let node = 0;
  return (value, array) => {
    if (value.dtype !== "f32") return;
    if (perturb !== undefined) {
      const [k0, k1] = foldKey(perturb >>> 0, node++, 0, 0);
      for (let i = 0; i < array.length; i++) {
        threefry2x32Into(words, 0, k0, k1, i, 0);
        const unit = words[0]! / 2 ** 31 - 1;
        array[i] = array[i]! * (1 + ulps * 2 ** -24 * unit);
      }
    }
    if (round === "f32") for (let i = 0; i < array.length; i++) array[i] = Math.fround(array[i]!);
  };
}
