/** What q says of the parameters, from a few thousand draws. */
import type { FitResult, Posterior, PosteriorDraws } from "elbow-gpu";
import type { Marginal, Parameters, Preview } from "./protocol.ts";
import { sitesOf } from "./sites.ts";

const DRAWS = 2000;
/** Numbers drawn at most, however many scalars there are. */
const NUMBERS = 8_000_000;
/** Scalars whose draws go to the page; a table holds the others. */
const SHOWN = 240;

export async function previewOf(
  posterior: Posterior<FitResult>,
): Promise<{ preview: Preview; transfer: Transferable[] }> {
  const { result } = posterior;
  const scalars = result.model.parameterNames.length;
  const draws = await posterior.sample(Math.min(DRAWS, Math.max(100, Math.floor(NUMBERS / scalars))));
  const marginals = marginalsOf(draws);
  const preview = {
    sites: sitesOf(result.model),
    steps: result.steps,
    elboTrace: result.elboTrace.slice(),
    marginals,
    parameters: parametersOf(draws),
  };
  const transfer = [preview.elboTrace.buffer, ...marginals.map(({ draws }) => draws.buffer)];
  return { preview, transfer };
}

const column = <T extends Float32Array | Float64Array>(
  { draws, names }: PosteriorDraws,
  scalar: number,
  into: T,
): T => {
  for (let i = 0; i < into.length; i++) into[i] = draws[i * names.length + scalar]!;
  return into;
};

function marginalsOf(draws: PosteriorDraws): Marginal[] {
  return draws.names.slice(0, SHOWN).map((name, scalar) => ({
    name,
    draws: column(draws, scalar, new Float32Array(draws.count)),
    prior: null,
  }));
}

function parametersOf(draws: PosteriorDraws): Parameters {
  const own = new Float64Array(draws.count);
  const rows = draws.names.map((name, scalar) => {
    const sorted = column(draws, scalar, own).sort();
    const mean = sorted.reduce((sum, x) => sum + x, 0) / sorted.length;
    const squares = sorted.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    const at = (p: number): number => sorted[Math.round(p * (sorted.length - 1))]!;
    const sd = Math.sqrt(squares / (sorted.length - 1));
    return [name, { mean, sd, q05: at(0.05), q50: at(0.5), q95: at(0.95) }] as const;
  });
  return Object.fromEntries(rows);
}
