import type { SeriesTerms } from "../worker/protocol.ts";
import { keyOf } from "./key.ts";

const LIKELIHOOD = "E log p(x | z)";
const DIVERGENCE = "−KL(q ‖ p)";
const TOTAL = "sum";
const KEY = [
  [LIKELIHOOD, "var(--accent)"],
  [DIVERGENCE, "var(--second)"],
  [TOTAL, "currentColor"],
] as const;

/** Likelihood, divergence and their sum by time, in nats. */
export async function termsPlot(
  { plate, likelihood, prior, entropy, total }: SeriesTerms,
  width: number,
): Promise<Element> {
  const Plot = await import("@observablehq/plot");
  const points = Array.from(total, (sum, t) => [
    { t: t + 1, value: likelihood[t]!, term: LIKELIHOOD },
    { t: t + 1, value: prior[t]! + entropy[t]!, term: DIVERGENCE },
    { t: t + 1, value: sum, term: TOTAL },
  ]).flat();
  const key = keyOf(Plot, KEY, width);
  return Plot.plot({
    width,
    height: 220,
    grid: true,
    x: { label: plate },
    y: { label: "nats" },
    marginTop: key.marginTop,
    color: { domain: KEY.map(([name]) => name), range: KEY.map(([, colour]) => colour) },
    marks: [Plot.ruleY([0]), Plot.lineY(points, { x: "t", y: "value", stroke: "term" }), ...key.marks],
  });
}
