import type { FitReport, Marginal } from "../worker/protocol.ts";

/** Histograms of draws, one for each scalar. */
export async function marginalPlot({ name, draws }: Marginal, width: number): Promise<Element> {
  const Plot = await import("@observablehq/plot");
  return Plot.plot({
    width,
    height: 150,
    x: { label: name },
    y: { label: null, ticks: [] },
    marks: [
      Plot.rectY(draws, {
        ...Plot.binX({ y: "proportion" }, { x: (d: number) => d, thresholds: 40 }),
        fill: "var(--accent)",
      }),
      Plot.ruleY([0]),
    ],
  });
}

/** Medians with 90% intervals, one row a scalar. */
export async function forestPlot(parameters: FitReport["json"]["parameters"], width: number): Promise<Element> {
  const Plot = await import("@observablehq/plot");
  const rows = Object.entries(parameters).map(([name, row]) => ({ name, low: row.q05, mid: row.q50, high: row.q95 }));
  return Plot.plot({
    width,
    height: 40 + 18 * rows.length,
    marginLeft: 90,
    grid: true,
    x: { label: "median and 90% interval", nice: true },
    y: { label: null, domain: rows.map(({ name }) => name) },
    marks: [
      Plot.ruleY(rows, { y: "name", x1: "low", x2: "high", stroke: "var(--accent)", strokeWidth: 2 }),
      Plot.dot(rows, { y: "name", x: "mid", r: 3.5, fill: "var(--accent)" }),
    ],
  });
}
