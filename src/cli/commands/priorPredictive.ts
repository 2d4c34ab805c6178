/** Data that the prior has never heard of: on another scale, as a rule. */
import { hostNumbers } from "../../model/sitechecks.ts";
import type { ObservedSite } from "../../model/sites.ts";
import type { TracedModel } from "../../model/traced.ts";
import { drawPrior } from "../../posterior/prior.ts";

const DRAWS = 200;
const FEWEST_DRAWS = 20;
/** Numbers drawn at most. */
const NUMBERS = 200_000;

/** Observed sites most of whose data lie further from all that the prior makes than that reaches. */
export function surprisingData(traced: TracedModel): string[] {
  const { observed } = traced;
  const entries = observed.reduce((sum, { value }) => sum + value.size, 0);
  if (entries * FEWEST_DRAWS > NUMBERS) return [];
  const drawn = drawPrior(traced, { draws: Math.min(DRAWS, Math.floor(NUMBERS / Math.max(1, entries))) });
  return observed
    .filter(({ name, distribution }) => !distribution.discrete && !drawn.undrawn.has(name))
    .flatMap((site) => warningAbout(site, drawn.bySite(site.name).draws));
}

function warningAbout({ name, value, axes }: ObservedSite, draws: Float64Array): string[] {
  const data = numbersOf(value, axes);
  const made = draws.filter(Number.isFinite).sort();
  if (data === null || made.length === 0) return [];
  const [low, high] = [made[0]!, made.at(-1)!];
  const reach = high - low;
  const far = data.filter((x) => x < low - reach || x > high + reach);
  if (far.length <= data.length / 2) return [];
  const [least, most] = [Math.min(...far), Math.max(...far)].map((x) => x.toPrecision(3));
  return [
    `${name}: the data (${least} to ${most}) are far from all that the priors make (${low.toPrecision(3)} to ` +
      `${high.toPrecision(3)}): scale the data, or widen the priors`,
  ];
}

/** Null for data whose gaps are latents. */
function numbersOf(value: ObservedSite["value"], axes: ObservedSite["axes"]): Float64Array | null {
  try {
    return hostNumbers(value, axes);
  } catch {
    return null;
  }
}
