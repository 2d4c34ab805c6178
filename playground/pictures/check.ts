/** The posterior predictive check: the data among data that the fitted model makes. */
import type { FitReport } from "../worker/protocol.ts";

type Check = FitReport["checks"][number];

/** Up to so many values each is held to its own replicates; more are compared as a histogram. */
const SINGLY = 60;
const BINS = 30;

/** 5% and 95% of some numbers. */
function interval(values: Float64Array): { low: number; high: number } {
  const sorted = values.filter(Number.isFinite).sort();
  const at = (p: number) => sorted[Math.round(p * (sorted.length - 1))] ?? Number.NaN;
  return { low: at(0.05), high: at(0.95) };
}

export async function checkPlot(check: Check, width: number): Promise<Element> {
  const Plot = await import("@observablehq/plot");
  const single = check.observed.length <= SINGLY;
  const rows = single ? singly(check) : histogram(check);
  return Plot.plot({
    width,
    height: 200,
    grid: true,
    x: { label: single ? `${check.name}, by its place` : check.name },
    y: { label: single ? check.name : "how many", nice: true },
    marks: [
      Plot.ruleX(rows, {
        x: "x",
        y1: "low",
        y2: "high",
        stroke: "var(--accent)",
        strokeWidth: single ? 3 : 6,
        strokeOpacity: 0.5,
      }),
      Plot.dot(rows, { x: "x", y: "observed", r: 3, fill: "currentColor" }),
    ],
  });
}

interface Row {
  readonly x: number;
  readonly observed: number;
  readonly low: number;
  readonly high: number;
}

const replicatesOf = ({ observed, replicated }: Check): number => replicated.length / observed.length;

function singly(check: Check): Row[] {
  const { observed, replicated } = check;
  return Array.from(observed, (value, i) => {
    const own = Float64Array.from({ length: replicatesOf(check) }, (_, r) => replicated[r * observed.length + i]!);
    return { x: i + 1, observed: value, ...interval(own) };
  });
}

function histogram(check: Check): Row[] {
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
    ...interval(Float64Array.from(replicates, (counts) => counts[bin]!)),
  }));
}
