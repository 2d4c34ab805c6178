import { constant, logBeta } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { constantOf } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/**
 * The logarithm of the multiset coefficient, C(a + k − 1, k) = Γ(a + k)/(Γ(a) Γ(k + 1)), for real a > 0 and k ≥ 0.
 *
 * Computed as −log B(a, k + 1) − log(a + k): the beta function spares the difference of two large log-gammas, which in
 * float32 would leave nothing for a ≫ k.
 */
export const logMultichoose = (a: Value, k: Value): Value =>
  constantOf(k) === 0
    ? constant(0)
    : logBeta(a, k.add(1))
        .add(logOf(a.add(k)))
        .neg();
