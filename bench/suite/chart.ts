/** The growth charts, drawn in the page for a screenshot. */
import * as Plot from "@observablehq/plot";
import type { GrowthResult } from "./main.ts";

export function drawGrowth(model: string, results: readonly GrowthResult[]): void {
  const points = results.flatMap(({ axis, points: list, slope }) =>
    list.map(({ size, secondsPerStep }) => ({
      size,
      milliseconds: 1000 * secondsPerStep,
      series: `${axis}: slope ${slope.toFixed(2)}`,
    })),
  );
  const chart = Plot.plot({
    width: 720,
    height: 460,
    marginLeft: 60,
    grid: true,
    style: { background: "white", fontSize: "13px" },
    title: `${model}: time of a step`,
    x: { type: "log", label: "size →", tickFormat: "~s" },
    y: { type: "log", label: "↑ milliseconds a step", tickFormat: "~g" },
    color: { legend: true },
    marks: [
      Plot.line(points, { x: "size", y: "milliseconds", stroke: "series", strokeWidth: 2 }),
      Plot.dot(points, { x: "size", y: "milliseconds", fill: "series", r: 4 }),
    ],
  });
  const body = globalThis.document.body;
  body.replaceChildren(chart);
  body.style.margin = "12px";
}
