import { Axis } from "../graph/axis.ts";
import { castF32, exp, gt, iota, log, logSigmoid, lt, mul, select, sub, sum } from "../graph/ops.ts";
import { pad, slice } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import { type Transform, TransformError } from "./bijection.ts";

/**
 * Stick-breaking. Of the stick that is left before step k, x_k takes the fraction z_k = 1/(1 + exp(−v_k)) with
 * v_k = u_k − log(K − k), k = 1 … K − 1, so that u = 0 is the uniform simplex; x_K is the rest. In logarithms,
 *
 * log x_k = log z_k + Σ_{j<k} log(1 − z_j),   log |det J| = Σ_k [log z_k + (K − k) log(1 − z_k)].
 *
 * The sum over j < k is a masked sum, K(K − 1) terms. Stan Reference Manual, "Unit simplex".
 */
export function simplex(axis: Axis): Transform {
  if (axis.size < 2)
    throw new TransformError(`simplex: the axis "${axis.name}" has one entry, which can only be 1: use a constant`);
  const free = new Axis(`${axis.name} free`, axis.size - 1);
  /** K − k on the free axis. */
  const remaining = (): Value => castF32(sub(free.size, iota(free)));
  const logits = (u: Value): Value => sub(u, log(remaining()));
  return {
    name: "simplex",
    eventAxes: [axis],
    unconstrainedAxes: [free],
    forward: (u) => {
      const v = logits(u);
      const before = select(lt(iota(free), iota(axis)), logSigmoid(v.neg()), 0);
      return exp(pad(logSigmoid(v), free, axis).add(sum(before, [free])));
    },
    inverse: (x) => {
      const after = sum(select(gt(iota(axis), iota(free)), x, 0), [axis]);
      return log(slice(x, axis, free))
        .sub(log(after))
        .add(log(remaining()));
    },
    logAbsDetJacobian: (u) => {
      const v = logits(u);
      return sum(logSigmoid(v).add(mul(remaining(), logSigmoid(v.neg()))), [free]);
    },
  };
}
