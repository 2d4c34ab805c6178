import type { Column } from "../data/columns.ts";

/** Points beyond which a scatter says no more. */
const MOST = 3000;

/** One column against another; against its row where there is one only. */
export async function dataPlot(x: Column | undefined, y: Column, width: number): Promise<Element> {
  const Plot = await import("@observablehq/plot");
  const stride = Math.max(1, Math.ceil(y.values.length / MOST));
  const points = y.values.flatMap((value, i) =>
    i % stride === 0 ? [{ x: x === undefined ? i + 1 : x.values[i], y: value }] : [],
  );
  return Plot.plot({
    width,
    height: Math.min(260, width * 0.6),
    grid: true,
    x: { label: x?.name ?? "row" },
    y: { label: y.name },
    marks: [Plot.dot(points, { x: "x", y: "y", r: 2.5, fill: "var(--accent)", fillOpacity: 0.7 })],
  });
}
