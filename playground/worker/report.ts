import type { FitResult, Posterior } from "elbow-gpu";
import { observedValues } from "./observed.ts";
import type { FitReport, PredictiveCheck } from "./protocol.ts";
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
  };
  return { report, transfer: checks.flatMap(({ observed, replicated }) => [observed.buffer, replicated.buffer]) };
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
