import type { FitResult, Posterior } from "elbow-gpu";
import { observedValues } from "./observed.ts";
import type { FitReport, PredictiveCheck, SeriesTerms } from "./protocol.ts";
import { platesOf, timePlates } from "./sites.ts";

const REPLICATES = 200;
/** Replicated numbers beyond which there would be too many to send. */
const MOST = 1_000_000;
const FEWEST = 40;

/** The final evaluation, and data that the fitted model makes: numbers only, so that they can be handed over. */
export async function reportOf(
  posterior: Posterior<FitResult>,
): Promise<{ report: FitReport; transfer: Transferable[] }> {
  const { stopped } = posterior.result;
  await posterior.check();
  const checks = await checksOf(posterior);
  const report = {
    json: posterior.toJSON(),
    resumable: stopped === "cancelled" || stopped === "max-steps" || stopped === "device-lost",
    checks,
    series: await seriesOf(posterior),
  };
  return { report, transfer: checks.flatMap(({ observed, replicated }) => [observed.buffer, replicated.buffer]) };
}

/** Of the longest plate that is time and that a site runs over; null where there is none, or the guide cannot tell. */
async function seriesOf(posterior: Posterior<FitResult>): Promise<SeriesTerms | null> {
  const { model } = posterior.result;
  const times = timePlates(model);
  const plates = [...model.latents, ...model.observed].flatMap(({ axes }) =>
    axes.filter(({ name }) => times.has(name)),
  );
  const plate = plates.sort((a, b) => b.size - a.size)[0];
  if (plate === undefined) return null;
  try {
    const { likelihood, prior, entropy, total, rest } = await posterior.terms(plate.name);
    // Where discrete sites are summed out along the plate, nothing of it is a term of its own.
    if (total.every((term) => term === 0)) return null;
    return { plate: plate.name, likelihood, prior, entropy, total, rest: rest.value };
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === "no-terms") return null;
    throw error;
  }
}

async function checksOf(posterior: Posterior<FitResult>): Promise<PredictiveCheck[]> {
  const { model } = posterior.result;
  const sizes = model.observed.map(({ axes }) => axes.reduce((size, axis) => size * axis.size, 1));
  const count = Math.min(REPLICATES, Math.floor(MOST / sizes.reduce((sum, size) => sum + size, 0)));
  // So few replicates say nothing of how they spread.
  if (sizes.length === 0 || count < FEWEST) return [];
  const times = timePlates(model);
  const [predictive, observed] = await Promise.all([posterior.predict({ draws: count }), observedValues(model)]);
  return model.observed.map(({ name, axes }) => ({
    name,
    plates: platesOf(axes, times),
    observed: observed.get(name)!,
    replicated: predictive.bySite(name).draws,
  }));
}
