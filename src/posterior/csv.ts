/** Draws as CSV, with Stan's column names. */
import { csvFormatRows } from "d3-dsv";
import type { PosteriorDraws } from "./draws.ts";

/** "theta.1", "b.2.3": the column of a scalar in Stan's CSV files. */
export const stanColumn = (name: string): string =>
  name.replace(/\[([\d,]+)\]$/, (_, index: string) => `.${index.replaceAll(",", ".")}`);

/**
 * Draws as CmdStan writes those of an approximation: comments, then `lp_approx__` (log q) and `lp__` (log p(x, z)),
 * both with every constant and on the unconstrained scale, then the parameters. Scalars of an array stand in row-major
 * order; readers go by the names.
 */
export function toCSV(draws: PosteriorDraws, comments: readonly string[]): string {
  const width = draws.names.length;
  const rows: string[][] = [["lp_approx__", "lp__", ...draws.names.map(stanColumn)]];
  for (let i = 0; i < draws.count; i++) {
    const row = [String(draws.logDensity[i]), String(draws.logJoint[i])];
    for (let k = 0; k < width; k++) row.push(String(draws.draws[i * width + k]));
    rows.push(row);
  }
  const header = comments.map((line) => `# ${line.replaceAll("\n", " ")}\n`).join("");
  return `${header}${csvFormatRows(rows)}\n`;
}
