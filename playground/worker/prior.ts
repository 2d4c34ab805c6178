import type { LatentSite } from "elbow-gpu";

const DRAWS = 20_000;

/** For pictures only: nothing that is computed depends on it. */
const random = {
  uniform: () => 1 - Math.random(),
  normal: () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()),
};

/** Draws of a scalar prior whose parameters are constants of the model; null for any other. */
export function priorDraws({ distribution }: LatentSite): Float32Array | null {
  if (distribution.eventAxes.length > 0) return null;
  const parameters: Record<string, number> = {};
  for (const [name, { op }] of Object.entries(distribution.parameters)) {
    if (op.kind !== "constant") return null;
    parameters[name] = op.value;
  }
  try {
    return Float32Array.from({ length: DRAWS }, () => Number(distribution.sample(parameters, random)));
  } catch {
    // An improper prior has no draws.
    return null;
  }
}
