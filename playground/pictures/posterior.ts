import type { Marginal } from "../worker/protocol.ts";

/** Draws of a prior among the bins for which a histogram is smooth enough. */
const ENOUGH = 1000;

/** Histogram of draws; the prior as a line over the same bins, as far as the posterior reaches and half as far again. */
export async function marginalPlot({ name, draws, prior }: Marginal, width: number): Promise<Element> {
  const Plot = await import("@observablehq/plot");
  let [low, high] = [Infinity, -Infinity];
  for (const x of draws) [low, high] = [Math.min(low, x), Math.max(high, x)];
  const reach = prior === null ? 0 : (high - low) / 2;
  const [from, to] = [low - reach, high + reach];
  const bins = 60;
  const size = (to - from) / bins || 1;
  const bin = (share: number, k: number) => ({ x1: from + k * size, x2: from + (k + 1) * size, share });
  const shares = (values: Float32Array) => {
    const counts = new Float64Array(bins);
    for (const x of values) if (x >= from && x <= to) counts[Math.min(bins - 1, Math.floor((x - from) / size))]! += 1;
    return Array.from(counts, (count, k) => bin(count / values.length, k));
  };
  /** Of a prior so wide that few of its draws are near: smoothed by a kernel. */
  const priorShares = (values: Float32Array) => {
    const near = values.reduce((count, x) => count + (x >= from && x <= to ? 1 : 0), 0);
    if (near >= ENOUGH) return shares(values);
    const sorted = values.filter(Number.isFinite).sort();
    const quartiles = sorted[Math.floor(0.75 * sorted.length)]! - sorted[Math.floor(0.25 * sorted.length)]!;
    const width = Math.max(size, (0.9 * quartiles) / 1.34 / sorted.length ** 0.2);
    return Array.from({ length: bins }, (_, k) => {
      const middle = from + (k + 0.5) * size;
      const sum = sorted.reduce((total, x) => total + Math.exp(-0.5 * ((x - middle) / width) ** 2), 0);
      return bin((size * sum) / (values.length * width * Math.sqrt(2 * Math.PI)), k);
    });
  };
  return Plot.plot({
    width,
    height: 150,
    x: { label: prior === null ? name : `${name}; the line is its prior` },
    y: { label: null, ticks: [] },
    marks: [
      Plot.rectY(shares(draws), { x1: "x1", x2: "x2", y: "share", fill: "var(--accent)", fillOpacity: 0.7 }),
      ...(prior === null
        ? []
        : [Plot.lineY(priorShares(prior), { x: ({ x1, x2 }) => (x1 + x2) / 2, y: "share", stroke: "currentColor" })]),
      Plot.ruleY([0]),
    ],
  });
}

/** Points of a pair plot; its contours come from all draws. */
const POINTS = 500;

/** Draws of two scalars, and the contours of their density. */
export async function pairPlot(a: Marginal, b: Marginal, width: number): Promise<Element> {
  const Plot = await import("@observablehq/plot");
  const points = Array.from(a.draws, (x, i) => ({ x, y: b.draws[i]! }));
  return Plot.plot({
    width,
    height: Math.min(320, width * 0.7),
    grid: true,
    x: { label: a.name },
    y: { label: b.name },
    marks: [
      Plot.dot(points.slice(0, POINTS), { x: "x", y: "y", r: 1.5, fill: "var(--accent)", fillOpacity: 0.4 }),
      Plot.density(points, { x: "x", y: "y", stroke: "currentColor", bandwidth: 12, thresholds: 8, clip: true }),
    ],
  });
}
