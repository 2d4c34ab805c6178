import type { FitResult, Posterior } from "elbow-gpu";
import { priorDraws } from "./prior.ts";
import type { FitReport, Marginal } from "./protocol.ts";

/** Draws a picture is made of. */
const DRAWS = 2000;
const REPLICATES = 100;
/** Scalars that are shown; a table holds the others. */
const SHOWN = 60;
/** Values of an observed site beyond which replicates would be too many to send. */
const LONGEST = 5000;

/** What the page shows of a fit: numbers only, so that they can be handed over. */
export async function reportOf(
  posterior: Posterior<FitResult>,
): Promise<{ report: FitReport; transfer: Transferable[] }> {
  const { result } = posterior;
  const marginals = await marginalsOf(posterior);
  const report = {
    json: posterior.toJSON(),
    resumable: result.stopped === "cancelled" || result.stopped === "max-steps" || result.stopped === "device-lost",
    elboTrace: result.elboTrace.slice(),
    marginals,
    checks: await checksOf(posterior),
  };
  return { report, transfer: [report.elboTrace.buffer, ...marginals.map(({ draws }) => draws.buffer)] };
}

const siteOf = (scalar: string): string => scalar.replace(/\[.*$/, "");

async function marginalsOf(posterior: Posterior<FitResult>): Promise<Marginal[]> {
  const { names, draws, count } = await posterior.sample(DRAWS);
  const { latents } = posterior.result.model;
  const priors = new Map(latents.map((site) => [site.name, priorDraws(site)]));
  return names.slice(0, SHOWN).map((name, scalar) => ({
    name,
    latent: priors.has(siteOf(name)),
    draws: Float32Array.from({ length: count }, (_, i) => draws[i * names.length + scalar]!),
    prior: priors.get(siteOf(name)) ?? null,
  }));
}

async function checksOf(posterior: Posterior<FitResult>): Promise<FitReport["checks"]> {
  const { observed, inputs } = posterior.result.model;
  const short = observed.filter(({ axes }) => axes.reduce((size, axis) => size * axis.size, 1) <= LONGEST);
  if (short.length === 0 || short.length < observed.length) return [];
  const predictive = await posterior.predict({ draws: REPLICATES });
  return short.flatMap(({ name, value }) => {
    const data = value.op.kind === "input" ? inputs.get(value.op.name) : undefined;
    if (data === undefined) return [];
    return [{ name, observed: data.slice(), replicated: predictive.bySite(name).draws }];
  });
}
