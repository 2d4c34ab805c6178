import { useMemo } from "preact/hooks";
import { checkPlot, outside, quantiles, SINGLY } from "../pictures/check.ts";
import type { PredictiveCheck } from "../worker/protocol.ts";
import { Picture } from "./picture.tsx";

/** Pictures of sites of many values; single values in a line. */
export function Checks({ checks }: { readonly checks: readonly PredictiveCheck[] }) {
  const single = checks.filter(({ observed }) => observed.length === 1);
  return (
    <>
      {checks
        .filter(({ observed }) => observed.length > 1)
        .map((check) => (
          <Check key={check.name} check={check} />
        ))}
      {single.map(({ name, observed, replicated }) => {
        const { low, high } = quantiles(replicated);
        return (
          <p class="fine" key={name}>
            {name} is {rounded(observed[0]!)}; 90% of what the fitted model makes is from {rounded(low)} to{" "}
            {rounded(high)}.
          </p>
        );
      })}
    </>
  );
}

const rounded = (value: number): number => Number(value.toPrecision(3));

/** The data among data that the fitted model makes, with what to think of it. */
function Check({ check }: { readonly check: PredictiveCheck }) {
  const make = useMemo(() => (width: number) => checkPlot(check, width), [check]);
  const missed = useMemo(() => outside(check), [check]);
  const time = check.plates.length === 1 && check.plates[0]!.time;
  const count = check.observed.length;
  // Three standard deviations of a count of independent misses beyond one in ten.
  const most = count / 10 + 3 * Math.sqrt(0.09 * count);
  const single = count <= SINGLY || time;
  const what = time ? "the bands hold 50% and 90%" : single ? "bars hold 90%" : "bars hold 90% of the counts";
  return (
    <>
      <p class="fine">
        Dots are the data, {check.name}; {what} of what the fitted model makes. {missed} of {count} lie outside their
        own 90%, where about {Math.round(count / 10)} would
        {missed > most ? ": the model misses something." : "."}
      </p>
      <Picture make={make} label={`Posterior predictive check of ${check.name}`} name={`check-${check.name}`} />
    </>
  );
}
