/** Whoever is timed must first agree with the float64 reference, on the same λ and the same noise. */
import { cpuBackend } from "../../src/cpu/backend.ts";
import { compileDensity } from "../../src/fit/density.ts";
import type { TracedModel } from "../../src/model/traced.ts";
import { type GuideName, SCALE } from "./ours.ts";
import type { CheckPoint, CheckResult } from "./peers/peer.ts";
import { Random } from "./random.ts";

const DRAWS = 4;

export function checkPoint(size: number, guide: GuideName): CheckPoint {
  const random = new Random(7);
  const loc = random.normals(size).map((x) => 0.1 * x);
  const logScale = random.normals(size).map((x) => Math.log(SCALE) + 0.1 * x);
  let lower: Float32Array<ArrayBuffer> | null = null;
  if (guide === "full-rank") {
    lower = new Float32Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < i; j++) lower[i * size + j] = (0.05 * random.normal()) / Math.sqrt(size);
  }
  return { draws: DRAWS, loc, logScale, lower, noise: random.normals(size * DRAWS) };
}

/** ELBO and reparameterised gradients in float64: mean score, and mean of score · ε · σ_i + 1 for the log scales. */
export async function referenceAt(traced: TracedModel, at: CheckPoint): Promise<CheckResult> {
  const size = traced.coordinate.size;
  const backend = cpuBackend();
  const program = await compileDensity(traced, backend, at.draws);
  const epsilon = (i: number, s: number): number => at.noise[i * at.draws + s]!;
  const points = Array.from({ length: at.draws }, (_, s) =>
    Float64Array.from({ length: size }, (_, i) => {
      let z = at.loc[i]! + Math.exp(at.logScale[i]!) * epsilon(i, s);
      if (at.lower !== null) for (let j = 0; j < i; j++) z += at.lower[i * size + j]! * epsilon(j, s);
      return z;
    }),
  );
  const evaluations = await program.density(points);
  let elbo = (size / 2) * Math.log(2 * Math.PI);
  const loc = new Float64Array(size);
  const logScale = new Float64Array(size).fill(1);
  for (let i = 0; i < size; i++) elbo += at.logScale[i]!;
  for (const [s, { logJoint, gradient }] of evaluations.entries()) {
    elbo += logJoint / at.draws;
    for (let i = 0; i < size; i++) {
      elbo += (0.5 * epsilon(i, s) ** 2) / at.draws;
      loc[i]! += gradient[i]! / at.draws;
      logScale[i]! += (gradient[i]! * Math.exp(at.logScale[i]!) * epsilon(i, s)) / at.draws;
    }
  }
  program.dispose();
  backend.dispose();
  return { elbo, gradients: { loc, logScale } };
}

/** Null where they agree; else how they do not. Float32 throughout: some hundreds of roundings of the largest entry. */
export function disagreement(found: CheckResult, expected: CheckResult): string | null {
  const error = Math.abs(found.elbo - expected.elbo) / Math.max(1, Math.abs(expected.elbo));
  if (!(error < 1e-4)) return `ELBO ${found.elbo}, expected ${expected.elbo}`;
  for (const name of Object.keys(expected.gradients)) {
    const [a, b] = [Array.from(found.gradients[name]!), Array.from(expected.gradients[name]!)];
    const most = (values: readonly number[], least: number): number => values.reduce((m, x) => Math.max(m, x), least);
    const largest = most(b.map(Math.abs), 1e-3);
    // What is not a number must not pass.
    const worst = most(
      b.map((x, i) => (Number.isFinite(a[i]!) ? Math.abs(a[i]! - x) : Number.POSITIVE_INFINITY)),
      0,
    );
    if (!(worst < 1e-3 * largest)) return `gradient in ${name} off by ${worst} of ${largest}`;
  }
  return null;
}

/** ELBOs of the same draws on two backends. */
export function sameElbo(found: number, expected: number): string | null {
  const error = Math.abs(found - expected) / Math.max(1, Math.abs(expected));
  return error < 1e-4 ? null : `ELBO of the first step ${found}, expected ${expected}`;
}
