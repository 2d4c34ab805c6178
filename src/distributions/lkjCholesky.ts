import type { Axis } from "../graph/axis.ts";
import { cholesky, logDeterminant } from "../graph/linalg.ts";
import { add, castF32, iota, lgamma, log, mul, type Operand, sub, sum } from "../graph/ops.ts";
import { diagonal } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import { type Distribution, DistributionError, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { sampleBeta } from "./sampling/gamma.ts";

/**
 * Cholesky factors L of correlation matrices Ω = L Lᵀ over (row, column), Ω with density ∝ det(Ω)^{η − 1}, η the
 * concentration: 1 is uniform over correlation matrices, more favours small correlations.
 *
 * log p(L) = Σ_{k=2}^{K} (K − k + 2η − 2) log L_kk + (K − 1) log Γ(η + (K − 1)/2)
 *            − Σ_{k=1}^{K−1} [½ k log π + log Γ(η + (K − 1 − k)/2)]
 *
 * Source: Lewandowski, Kurowicka & Joe (2009), "Generating random correlation matrices based on vines and extended onion
 * method"; Stan Functions Reference, "Cholesky LKJ correlation distribution".
 *
 * @throws DistributionError where row and column are not two axes of the same extent, at least 2.
 */
export function lkjCholesky(row: Axis, column: Axis, concentration: Operand): Distribution {
  if (row === column || row.size !== column.size || row.size < 2) {
    const message = `needs two axes of one extent of at least 2, as a plate and its prime(), got ${row} and ${column}`;
    throw new DistributionError("lkjCholesky", undefined, message);
  }
  const { parameters, checks } = takeParameters("lkjCholesky", { concentration: [concentration, "positive"] });
  return makeDistribution({
    name: "lkjCholesky",
    support: { kind: "correlationCholesky", row, column },
    eventAxes: [row, column],
    parameters,
    checks,
    logProb: (L) => {
      const factor = L as Value;
      // Along the row axis k − 1 = 0 … K − 1; the first diagonal entry is 1 and drops out.
      const weight = sub(row.size - 3, castF32(iota(row))).add(mul(parameters.concentration, 2));
      const powers = sum(mul(weight, log(diagonal(factor, row, column))), [row]);
      return add(powers, logNormaliser(parameters.concentration, row.size));
    },
    sample: (given, random) => sampleFactor(hostNumber(given, "concentration"), row.size, random),
  });
}

/**
 * Correlation matrices Ω over (row, column): log p(Ω) = (η − 1) log det Ω + const, see `lkjCholesky`. Prefer the factor, which
 * spares a decomposition. Source: Lewandowski, Kurowicka & Joe (2009).
 *
 * @throws DistributionError where row and column are not two axes of the same extent, at least 2.
 */
export function lkj(row: Axis, column: Axis, concentration: Operand): Distribution {
  const factor = lkjCholesky(row, column, concentration);
  const eta = factor.parameters.concentration!;
  return makeDistribution({
    name: "lkj",
    support: { kind: "correlation", row, column },
    eventAxes: [row, column],
    parameters: factor.parameters,
    checks: factor.checks,
    logProb: (matrix) => {
      const L = cholesky(matrix as Value, row, column);
      return add(mul(sub(eta, 1), logDeterminant(L, row, column)), logNormaliser(eta, row.size));
    },
    sample: (given, random) => {
      const L = factor.sample(given, random) as number[];
      const n = row.size;
      return L.map((_, at) => {
        let total = 0;
        for (let k = 0; k < n; k++) total += L[Math.floor(at / n) * n + k]! * L[(at % n) * n + k]!;
        return total;
      });
    },
  });
}

function logNormaliser(concentration: Value, size: number): Value {
  let total = lgamma(add(concentration, (size - 1) / 2)).mul(size - 1);
  for (let k = 1; k < size; k++) {
    total = total.sub(lgamma(add(concentration, (size - 1 - k) / 2)).add(0.5 * k * Math.log(Math.PI)));
  }
  return total;
}

/** The onion method: row after row, a squared length from a beta and a uniform direction. Row-major entries. */
function sampleFactor(concentration: number, size: number, random: { uniform(): number; normal(): number }): number[] {
  const entries = new Array<number>(size * size).fill(0);
  entries[0] = 1;
  for (let k = 1; k < size; k++) {
    const squared = sampleBeta(k / 2, concentration + (size - 1 - k) / 2, random);
    const direction = Array.from({ length: k }, () => random.normal());
    const length = Math.hypot(...direction);
    for (let j = 0; j < k; j++) entries[k * size + j] = (Math.sqrt(squared) * direction[j]!) / length;
    entries[k * size + k] = Math.sqrt(1 - squared);
  }
  return entries;
}
