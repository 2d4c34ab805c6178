/** The ELBO by step as a small picture in text. */
import { plot } from "asciichart";
import { count, decimalsFor, fixed } from "./text.ts";

const HEIGHT = 8;
const LABEL = 12;

/**
 * Means over equal stretches of steps, so that single-step noise does not hide the shape. Values far below the rest
 * (the first steps) are drawn at the lower edge; null where there are fewer than two finite stretches.
 */
export function elboChart(trace: ArrayLike<number>, columns: number): string | null {
  const points = bucketMeans(trace, Math.min(72, columns - LABEL - 4));
  if (points.length < 2) return null;
  const high = Math.max(...points);
  const low = lowerEdge(points);
  const cut = points.some((x) => x < low);
  const shown = points.map((x) => Math.max(x, low));
  const flat = high - low <= 1e-6 * Math.max(1, Math.abs(high));
  const span = flat ? Math.max(1e-6 * Math.abs(high), 1e-6) : high - low;
  const decimals = Math.min(6, decimalsFor(span / HEIGHT, 2));
  const picture = plot(shown, {
    height: HEIGHT,
    min: low,
    max: flat ? low + span : high,
    offset: 2,
    format: (x) => fixed(x, decimals).padStart(LABEL),
  });
  const lines = picture.split("\n").map((line) => line.trimEnd());
  const last = `step ${count(trace.length)}`;
  const axis = `${" ".repeat(LABEL + 2)}1${last.padStart(points.length - 1)}`;
  const perPoint = Math.round(trace.length / points.length);
  const notes = [
    ...(perPoint > 1 ? [`each point the mean of ${perPoint} steps`] : []),
    ...(cut ? ["some lie below the picture"] : []),
  ];
  const note = notes.length === 0 ? "" : `\n${" ".repeat(LABEL + 2)}${notes.join("; ")}`;
  return `${lines.join("\n")}\n${axis}${note}`;
}

function bucketMeans(trace: ArrayLike<number>, most: number): number[] {
  const buckets = Math.min(most, trace.length);
  const means: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const [from, to] = [bucket, bucket + 1].map((edge) => Math.round((edge * trace.length) / buckets));
    let sum = 0;
    let terms = 0;
    for (let i = from!; i < to!; i++) {
      if (!Number.isFinite(trace[i]!)) continue;
      sum += trace[i]!;
      terms++;
    }
    if (terms > 0) means.push(sum / terms);
  }
  return means;
}

/** Four times the spread of the upper three quarters below the top, or a nat: further down is a start, not a shape. */
function lowerEdge(points: readonly number[]): number {
  const sorted = [...points].sort((a, b) => a - b);
  const high = sorted.at(-1)!;
  const quarter = sorted[Math.floor(sorted.length / 4)]!;
  return Math.max(sorted[0]!, high - Math.max(4 * (high - quarter), 1));
}
