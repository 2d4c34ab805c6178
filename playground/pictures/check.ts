/** The posterior predictive check: the data among data that the fitted model makes. */
import type { PredictiveCheck } from "../worker/protocol.ts";

/** Up to so many values each is held to its own replicates; more are compared as a histogram, unless they follow in time. */
export const SINGLY = 60;
const BINS = 30;

const PROBABILITIES = [0.05, 0.25, 0.75, 0.95];

/** Of some numbers. */
export function quantiles(values: Float64Array): { low: number; lower: number; upper: number; high: number } {
  const sorted = values.filter(Number.isFinite).sort();
  const [low, lower, upper, high] = PROBABILITIES.map(
    (p) => sorted[Math.round(p * (sorted.length - 1))] ?? Number.NaN,
  ) as [number, number, number, number];
  return { low, lower, upper, high };
}

export async function checkPlot(check: PredictiveCheck, width: number): Promise<Element> {
  const Plot = await import("@observablehq/plot");
  const [plate, ...more] = check.plates;
  const time = plate?.time === true && more.length === 0;
  const single = check.observed.length <= SINGLY || time;
  const rows = single ? singly(check) : histogram(check);
  const band = (y1: string, y2: string, fillOpacity: number) =>
    Plot.areaY(rows, { x: "x", y1, y2, fill: "var(--accent)", fillOpacity });
  return Plot.plot({
    width,
    height: 220,
    grid: true,
    x: { label: single ? (plate?.name ?? "") : check.name },
    y: { label: single ? check.name : "how many", nice: true },
    marks: [
      ...(time
        ? [
            band("low", "high", 0.2),
            band("lower", "upper", 0.3),
            Plot.lineY(rows, { x: "x", y: "observed", strokeWidth: 1, strokeOpacity: 0.5 }),
          ]
        : [
            Plot.ruleX(rows, {
              x: "x",
              y1: "low",
              y2: "high",
              stroke: "var(--accent)",
              strokeWidth: single ? 3 : 6,
              strokeOpacity: 0.5,
            }),
          ]),
      Plot.dot(rows, { x: "x", y: "observed", r: rows.length > 100 ? 1.5 : 3, fill: "currentColor" }),
    ],
  });
}

/** How many of the data lie outside 90% of their own replicates. */
export const outside = (check: PredictiveCheck): number =>
  singly(check).filter(({ observed, low, high }) => observed < low || observed > high).length;

interface Row {
  readonly x: number;
  readonly observed: number;
  readonly low: number;
  readonly lower: number;
  readonly upper: number;
  readonly high: number;
}

const replicatesOf = ({ observed, replicated }: PredictiveCheck): number => replicated.length / observed.length;

function singly(check: PredictiveCheck): Row[] {
  const { observed, replicated } = check;
  return Array.from(observed, (value, i) => {
    const own = Float64Array.from({ length: replicatesOf(check) }, (_, r) => replicated[r * observed.length + i]!);
    return { x: i + 1, observed: value, ...quantiles(own) };
  });
}

function histogram(check: PredictiveCheck): Row[] {
  const { observed, replicated } = check;
  const finite = observed.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const size = (high - low) / (BINS - 1) || 1;
  const counted = (values: Float64Array): Float64Array => {
    const counts = new Float64Array(BINS);
    for (const value of values) {
      const bin = Math.round((value - low) / size);
      if (bin >= 0 && bin < BINS) counts[bin]! += 1;
    }
    return counts;
  };
  const replicates = Array.from({ length: replicatesOf(check) }, (_, r) =>
    counted(replicated.subarray(r * observed.length, (r + 1) * observed.length)),
  );
  return Array.from(counted(observed), (count, bin) => ({
    x: low + bin * size,
    observed: count,
    ...quantiles(Float64Array.from(replicates, (counts) => counts[bin]!)),
  }));
}
