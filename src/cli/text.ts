/** Text for people: numbers, wrapped paragraphs, labelled lines. */
import { formatBytes } from "../webgpu/errors.ts";

export { formatBytes };

/** Combining marks (k̂) take no column. */
export const width = (text: string): number => [...text.replace(/\p{M}/gu, "")].length;

export const padEnd = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - width(text)));

/** Words on lines of at most `columns`, the lines after the first behind `indent` spaces. */
export function wrap(text: string, columns: number, indent = 0): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line !== "" && width(line) + 1 + width(word) > columns - indent) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.join(`\n${" ".repeat(indent)}`);
}

/** Decimals that show three figures of `scale`, a standard deviation or an error. */
export function decimalsFor(scale: number, figures = 3): number {
  if (!(scale > 0) || !Number.isFinite(scale)) return figures;
  return Math.min(12, Math.max(0, figures - 1 - Math.floor(Math.log10(scale))));
}

export function fixed(x: number, decimals: number): string {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "-∞";
  if (Math.abs(x) >= 1e9) return x.toExponential(2);
  const text = x.toFixed(decimals);
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

/** "-31.78 ± 0.01": as many decimals as show two figures of the error. */
export function plusMinus(value: number, error: number | null): string {
  if (error === null) return `${fixed(value, 2)} ± unknown`;
  const decimals = Math.min(8, Math.max(2, decimalsFor(error, 2)));
  return `${fixed(value, decimals)} ± ${fixed(error, decimals)}`;
}

export function seconds(x: number): string {
  if (x >= 60) return `${Math.floor(x / 60)} min ${Math.round(x % 60)} s`;
  return x >= 10 ? `${x.toFixed(0)} s` : `${x.toFixed(x >= 1 ? 1 : 2)} s`;
}

/** 12,345 */
export const count = (n: number): string => n.toLocaleString("en-US");

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

/** Labels in a column, their text wrapped beside them. */
export function labelled(rows: readonly (readonly [label: string, text: string])[], columns: number): string {
  const indent = Math.max(...rows.map(([label]) => width(label))) + 2;
  return rows.map(([label, text]) => `${padEnd(label, indent)}${wrap(text, columns, indent)}`).join("\n");
}

/** 1.2 k, 3.4 M, 5.6 G. */
export function scaled(x: number): string {
  for (const [size, unit] of [
    [1e9, " G"],
    [1e6, " M"],
    [1e3, " k"],
  ] as const) {
    if (x >= size) return `${(x / size).toFixed(1)}${unit}`;
  }
  return String(Math.round(x));
}
