import type { Parameters } from "../worker/protocol.ts";

/** A row for each scalar; names with commas are quoted. */
export function summaryCsv(parameters: Parameters): string {
  const rows = Object.entries(parameters);
  const columns = Object.keys(rows[0]?.[1] ?? {});
  const lines = rows.map(([name, row]) => [JSON.stringify(name), ...columns.map((column) => row[column])].join(","));
  return `${[["parameter", ...columns].join(","), ...lines].join("\n")}\n`;
}
