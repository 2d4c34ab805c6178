import type { Column } from "../data/columns.ts";
import { keyOf } from "./key.ts";

/** Points beyond which a scatter says no more. */
const MOST = 3000;
/** Columns of a series that can be told apart in one picture. */
export const MOST_LINES = 4;
const COLOURS = ["var(--accent)", "var(--second)", "var(--good)", "var(--bad)"];

/** Columns against another; against their row where there is no other. `line`: the rows follow each other in time. */
export async function dataPlot(
  x: Column | undefined,
  ys: readonly Column[],
  line: boolean,
  width: number,
): Promise<Element> {
  const Plot = await import("@observablehq/plot");
  const points = ys.flatMap(({ name, values }) => {
    const stride = Math.max(1, Math.ceil((ys.length * values.length) / MOST));
    return values.flatMap((value, i) =>
      i % stride === 0 ? [{ x: x === undefined ? i + 1 : x.values[i], y: value, name }] : [],
    );
  });
  const colour = ys.length === 1 ? "var(--accent)" : "name";
  const names = ys.map(({ name }) => name);
  const key =
    ys.length === 1
      ? null
      : keyOf(
          Plot,
          names.map((name, k) => [name, COLOURS[k]!]),
          width,
        );
  return Plot.plot({
    width,
    height: Math.min(260, width * 0.6),
    grid: true,
    x: { label: x?.name ?? "row" },
    y: { label: ys.length === 1 ? ys[0]!.name : null },
    ...(key && { marginTop: key.marginTop, color: { domain: names, range: COLOURS } }),
    marks: [
      ...(line ? [Plot.lineY(points, { x: "x", y: "y", stroke: colour, z: "name", strokeOpacity: 0.6 })] : []),
      Plot.dot(points, { x: "x", y: "y", r: points.length > 300 ? 1.5 : 2.5, fill: colour, fillOpacity: 0.7 }),
      ...(key?.marks ?? []),
    ],
  });
}
