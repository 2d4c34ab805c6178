import type { HostRandom } from "../distribution.ts";
import { logFactorialOf } from "./factorial.ts";

/**
 * A binomial variate: sequential inversion where n·min(p, 1 − p) < 10 (Kachitvichyanukul & Schmeiser 1988,
 * CACM 31, algorithm BINV), else transformed rejection with squeeze, algorithm BTRS of Hörmann (1993), "The
 * generation of binomial random variates", Journal of Statistical Computation and Simulation 46.
 */
export function sampleBinomial(total: number, probability: number, random: HostRandom): number {
  if (probability > 0.5) return total - sampleBinomial(total, 1 - probability, random);
  if (total === 0 || probability <= 0) return 0;
  return total * probability < 10
    ? byInversion(total, probability, random)
    : byTransformedRejection(total, probability, random);
}

function byInversion(n: number, p: number, random: HostRandom): number {
  const odds = p / (1 - p);
  let u = random.uniform();
  let mass = Math.exp(n * Math.log1p(-p));
  let k = 0;
  while (u > mass && k < n) {
    u -= mass;
    k++;
    mass *= (odds * (n - k + 1)) / k;
    if (mass === 0) break;
  }
  return k;
}

function byTransformedRejection(n: number, p: number, random: HostRandom): number {
  const deviation = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const center = n * p + 0.5;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const squeeze = 0.92 - 4.2 / b;
  const logOdds = Math.log(p / (1 - p));
  const mode = Math.floor((n + 1) * p);
  const logMode = logFactorialOf(mode) + logFactorialOf(n - mode);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + center);
    if (k < 0 || k > n) continue;
    if (edge >= 0.07 && v <= squeeze) return k;
    const height = Math.log((v * alpha) / (a / (edge * edge) + b));
    if (height <= logMode - logFactorialOf(k) - logFactorialOf(n - k) + (k - mode) * logOdds) return k;
  }
}
