/** The table of a posterior: mean, sd and quantiles of every scalar in constrained space. */

export interface SummaryRow {
  readonly mean: number;
  readonly sd: number;
  /** Quantiles by their column's name: q05, q50, q95. */
  readonly quantiles: Readonly<Record<string, number>>;
}

export interface SummaryOptions {
  /** Probabilities of the quantiles. Default 0.05, 0.5, 0.95. */
  readonly quantiles?: readonly number[];
  /** Draws for what does not follow from q without them (vector sites, deterministic ones). Default 20,000. */
  readonly draws?: number;
  /** Names of sites; default all. */
  readonly sites?: readonly string[];
}

/** A row as JSON: mean, sd and the quantiles asked for ("q05" …). */
export interface SummaryJson {
  readonly mean: number;
  readonly sd: number;
  readonly [quantile: string]: number;
}

/** "q05" for 0.05, "q2.5" for 0.025. */
export function quantileName(p: number): string {
  const percent = Number((100 * p).toFixed(6));
  return Number.isInteger(percent) ? `q${String(percent).padStart(2, "0")}` : `q${percent}`;
}

export class Summary {
  constructor(
    /** Scalars in the model's order, latent sites first, then deterministic ones. */
    readonly rows: ReadonlyMap<string, SummaryRow>,
    readonly columns: readonly string[],
  ) {}

  /** One scalar's row: get("theta[1]"). */
  get(name: string): SummaryRow {
    const row = this.rows.get(name);
    if (row === undefined) throw new RangeError(`summary: no parameter "${name}"`);
    return row;
  }

  /** A table for a terminal. */
  toString(): string {
    const head = ["", "mean", "sd", ...this.columns];
    const body = [...this.rows].map(([name, row]) => {
      const digits = decimals(row.sd);
      return [name, row.mean, row.sd, ...this.columns.map((column) => row.quantiles[column]!)].map((cell) =>
        typeof cell === "string" ? cell : format(cell, digits),
      );
    });
    return table([head, ...body]);
  }

  /** `{ "theta[1]": { mean, sd, q05, q50, q95 }, … }`. */
  toJSON(): Record<string, SummaryJson> {
    return Object.fromEntries(
      [...this.rows].map(([name, { mean, sd, quantiles }]) => [name, { mean, sd, ...quantiles }]),
    );
  }
}

/** Decimals that show three figures of a standard deviation. */
function decimals(sd: number): number {
  if (!(sd > 0) || !Number.isFinite(sd)) return 3;
  return Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(sd))));
}

function format(x: number, digits: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "NaN" : x > 0 ? "∞" : "−∞";
  const text = Math.abs(x) >= 1e9 ? x.toExponential(2) : x.toFixed(digits);
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

/** Columns aligned, the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, k) => Math.max(...rows.map((row) => widthOf(row[k]!))));
  const cell = (text: string, k: number): string => {
    const space = " ".repeat(widths[k]! - widthOf(text));
    return k === 0 ? text + space : space + text;
  };
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}

/** Places a text takes in a terminal: combining marks (k̂) take none. */
export const widthOf = (text: string): number => [...text.replace(/\p{M}/gu, "")].length;
