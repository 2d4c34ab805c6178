/** What the model says of its parameters before it has seen data. */
import { type JsonData, type Model, samplePrior } from "elbow-gpu";

const DRAWS = 4000;
/** Scalars whose draws go to the page. */
const SHOWN = 240;
/** Numbers drawn at most, however many scalars there are. */
const NUMBERS = 400_000;

/** By scalar; none for a scalar whose prior is improper, or depends on one that is. */
export async function priorsOf(model: Model, data: JsonData, scalars: number): Promise<Map<string, Float32Array>> {
  const draws = Math.min(DRAWS, Math.max(100, Math.floor(NUMBERS / scalars)));
  const { names, bySite } = await samplePrior(model, data, { draws, observed: false });
  const found = new Map<string, Float32Array>();
  for (let at = 0; at < names.length; ) {
    const site = bySite(names[at]!.replace(/\[.*$/, ""));
    const size = site.draws.length / draws;
    for (let k = 0; k < size; k++) {
      if (found.size === SHOWN) return found;
      found.set(
        names[at + k]!,
        Float32Array.from({ length: draws }, (_, i) => site.draws[i * size + k]!),
      );
    }
    at += size;
  }
  return found;
}
