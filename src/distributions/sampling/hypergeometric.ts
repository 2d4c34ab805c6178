import type { HostRandom } from "../distribution.ts";
import { logFactorialOf } from "./factorial.ts";

const logChooseOf = (n: number, k: number): number => logFactorialOf(n) - logFactorialOf(k) - logFactorialOf(n - k);

/**
 * Successes among `draws` draws without replacement from `successes` and `failures`: inversion that starts at the mode and
 * goes outward, the larger mass first, so that the steps are of the order of the standard deviation (Devroye 1986,
 * *Non-Uniform Random Variate Generation*, §III.2).
 */
export function sampleHypergeometric(draws: number, successes: number, failures: number, random: HostRandom): number {
  const low = Math.max(0, draws - failures);
  const high = Math.min(successes, draws);
  const mode = Math.min(high, Math.max(low, Math.floor(((draws + 1) * (successes + 1)) / (successes + failures + 2))));
  const logMass = logChooseOf(successes, mode) + logChooseOf(failures, draws - mode);
  const atMode = Math.exp(logMass - logChooseOf(successes + failures, draws));
  let u = random.uniform() - atMode;
  let [below, above] = [mode, mode];
  let [massBelow, massAbove] = [atMode, atMode];
  const down = (k: number): number =>
    k <= low ? 0 : (k * (failures - draws + k)) / ((successes - k + 1) * (draws - k + 1));
  const up = (k: number): number =>
    k >= high ? 0 : ((successes - k) * (draws - k)) / ((k + 1) * (failures - draws + k + 1));
  while (u > 0) {
    const [nextBelow, nextAbove] = [massBelow * down(below), massAbove * up(above)];
    // What rounding has left over belongs to no value: the mode takes it.
    if (nextBelow === 0 && nextAbove === 0) return mode;
    if (nextBelow > nextAbove) {
      below--;
      massBelow = nextBelow;
      u -= nextBelow;
      if (u <= 0) return below;
    } else {
      above++;
      massAbove = nextAbove;
      u -= nextAbove;
      if (u <= 0) return above;
    }
  }
  return mode;
}
