import type { Modes, TwoModes } from "../worker/protocol.ts";
import { keyOf } from "./key.ts";

const POINTS = 240;

const KEY = [
  ["reverse, from the left", "var(--accent)"],
  ["reverse, from the right", "var(--good)"],
  ["forward", "var(--second)"],
] as const;

const density = (x: number, loc: number, scale: number): number =>
  Math.exp(-0.5 * ((x - loc) / scale) ** 2) / scale / Math.sqrt(2 * Math.PI);

/** The posterior as an area, each q as a line. */
export async function modesPlot(modes: Modes, found: TwoModes, width: number): Promise<Element> {
  const Plot = await import("@observablehq/plot");
  const { distance, spread, share } = modes;
  const [from, to] = [-distance / 2 - 4, distance / 2 + 4];
  const xs = Array.from({ length: POINTS }, (_, i) => from + ((to - from) * i) / (POINTS - 1));
  const posterior = xs.map((x) => ({
    x,
    y: (1 - share) * density(x, -distance / 2, 1) + share * density(x, distance / 2, spread),
  }));
  const line = (name: string, { loc, scale }: TwoModes["left"]) =>
    xs.map((x) => ({ x, y: density(x, loc, scale), name }));
  const [[left], [right], [forward]] = KEY;
  const key = keyOf(Plot, KEY, width);
  return Plot.plot({
    width,
    height: Math.min(320, width * 0.6),
    x: { label: "z" },
    y: { label: null, ticks: [] },
    marginTop: key.marginTop,
    color: { domain: KEY.map(([name]) => name), range: KEY.map(([, colour]) => colour) },
    marks: [
      Plot.areaY(posterior, { x: "x", y: "y", fill: "currentColor", fillOpacity: 0.15 }),
      Plot.lineY([...line(left, found.left), ...line(right, found.right), ...line(forward, found.forward)], {
        x: "x",
        y: "y",
        stroke: "name",
        strokeWidth: 2,
      }),
      Plot.ruleY([0]),
      ...key.marks,
    ],
  });
}
