import Table from "cli-table3";

const NONE = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
} as const;

export type Alignment = "left" | "right";

/** A table with a rule under its head and no other lines; columns to the right but the first, unless told. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignment: readonly Alignment[] = [],
): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, i) => alignment[i] ?? (i === 0 ? "left" : "right")),
    chars: NONE,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  const [first = "", ...rest] = table.toString().split("\n");
  const columns = Math.max(...[first, ...rest].map((line) => [...line.trimEnd()].length));
  return [first.trimEnd(), "─".repeat(columns), ...rest.map((line) => line.trimEnd())].join("\n");
}
