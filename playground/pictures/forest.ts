/** Medians with 90% intervals. */

export interface Interval {
  readonly name: string;
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

/** Room for the longest name, in pixels. */
const margin = (rows: readonly Interval[], width: number): number =>
  Math.min(width / 2.5, 16 + 6.2 * rows.reduce((most, { name }) => Math.max(most, name.length), 4));

/** One row a scalar, of a scale that they share. */
export async function forestPlot(rows: readonly Interval[], width: number): Promise<Element> {
  const Plot = await import("@observablehq/plot");
  const pitch = rows.length > 40 ? 11 : 18;
  return Plot.plot({
    width,
    height: 50 + pitch * rows.length,
    marginLeft: margin(rows, width),
    grid: true,
    x: { label: "median and 90% interval", nice: true },
    y: { label: null, domain: rows.map(({ name }) => name) },
    style: { fontSize: rows.length > 40 ? "9px" : "11px" },
    marks: [
      Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.4 }),
      Plot.ruleY(rows, { y: "name", x1: "low", x2: "high", stroke: "var(--accent)", strokeWidth: 2 }),
      Plot.dot(rows, { y: "name", x: "mid", r: pitch / 5, fill: "var(--accent)" }),
    ],
  });
}

/** A scalar for each moment: the interval as a band. */
export async function bandPlot(rows: readonly Interval[], width: number): Promise<Element> {
  const Plot = await import("@observablehq/plot");
  const moments = rows.map((row, i) => ({ ...row, t: i + 1 }));
  return Plot.plot({
    width,
    height: 220,
    grid: true,
    x: { label: "place in time" },
    y: { label: rows[0]!.name.replace(/\[.*$/, ""), nice: true },
    marks: [
      Plot.areaY(moments, { x: "t", y1: "low", y2: "high", fill: "var(--accent)", fillOpacity: 0.25 }),
      Plot.lineY(moments, { x: "t", y: "mid", stroke: "var(--accent)", strokeWidth: 2 }),
    ],
  });
}
