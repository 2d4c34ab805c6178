/** Rows of a CSV file become fields of a model's data. */
import { dsvFormat } from "d3-dsv";
import type { Data } from "../example.ts";

export type ColumnType = "real" | "integer" | "index";

/** How one column of a file is used. */
export interface Binding {
  readonly column: string;
  readonly used: boolean;
  /** The field of the data that it becomes. */
  readonly field: string;
  readonly type: ColumnType;
  /** For an index: the field that says how many levels there are; "" for none. */
  readonly levelsField: string;
}

export interface CsvFile {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string | undefined>>[];
}

const MISSING = new Set(["", "na", "nan", "null", "none", ".", "?"]);

const isMissing = (cell: string | undefined): boolean => MISSING.has((cell ?? "").trim().toLowerCase());
const numberOf = (cell: string): number => Number(cell.trim());

/** Comma, semicolon or tab, whichever the first line has most of. */
function delimiterOf(text: string): string {
  const head = text.split(/\r?\n/, 1)[0] ?? "";
  const counts = [",", ";", "\t"].map((mark) => ({ mark, count: head.split(mark).length }));
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).mark;
}

export function parseCsv(name: string, text: string): CsvFile {
  const clean = text.replace(/^\uFEFF/, "").replace(/^#.*\r?\n/gm, "");
  // Rows as arrays: d3-dsv makes objects by compiled code, which the content security policy refuses.
  const [head = [], ...rows] = dsvFormat(delimiterOf(clean)).parseRows(clean);
  const columns = head.map((column) => column.trim());
  const full = rows.filter((row) => row.some((cell) => cell !== ""));
  if (columns.length === 0 || full.length === 0) {
    throw new Error(`${name}: a header line and at least one row are needed`);
  }
  return { name, columns, rows: full.map((row) => Object.fromEntries(columns.map((column, k) => [column, row[k]]))) };
}

/** Text is an index of its levels; whole numbers are integers; other numbers are real. */
export function guessType(cells: readonly (string | undefined)[]): ColumnType {
  const given = cells.filter((cell) => !isMissing(cell)) as string[];
  if (given.some((cell) => !Number.isFinite(numberOf(cell)))) return "index";
  return given.every((cell) => Number.isInteger(numberOf(cell))) ? "integer" : "real";
}

const fieldName = (column: string): string => column.replace(/\W+/g, "_").replace(/^(?=\d)/, "_");

/** Names as the model has them already where they agree but for case; types as the cells suggest. */
export function guessBindings(file: CsvFile, data: Data): Binding[] {
  const known = Object.keys(data);
  return file.columns.map((column) => {
    const field = fieldName(column);
    const same = known.find((name) => name.toLowerCase() === field.toLowerCase());
    const type = guessType(file.rows.map((row) => row[column]));
    return {
      column,
      used: true,
      field: same ?? field,
      type,
      levelsField: type === "index" ? `n_${same ?? field}` : "",
    };
  });
}

/** The levels of an index column, in the order of their first row. */
export const levelsOf = (file: CsvFile, column: string): string[] => [
  ...new Set(file.rows.map((row) => (row[column] ?? "").trim()).filter((cell) => !isMissing(cell))),
];

/** Data for the model: bound columns, levels counted from 1, the number of rows, and the single values there were. */
export function bind(file: CsvFile, bindings: readonly Binding[], rowsField: string, before: Data): Data {
  const scalars = Object.entries(before).filter(([, value]) => !Array.isArray(value));
  const data: Record<string, unknown> = Object.fromEntries(scalars);
  if (rowsField !== "") data[rowsField] = file.rows.length;
  for (const { column, used, field, type, levelsField } of bindings) {
    if (!used) continue;
    const cells = file.rows.map((row) => row[column]);
    if (type === "index") {
      const levels = levelsOf(file, column);
      const places = new Map(levels.map((level, i) => [level, i + 1]));
      data[field] = cells.map((cell) => places.get((cell ?? "").trim()) ?? null);
      if (levelsField !== "") data[levelsField] = levels.length;
    } else {
      data[field] = cells.map((cell, i) => (isMissing(cell) ? null : checked(numberOf(cell!), cell!, column, i, type)));
    }
  }
  return data;
}

function checked(value: number, cell: string, column: string, row: number, type: "real" | "integer"): number {
  if (Number.isFinite(value) && (type === "real" || Number.isInteger(value))) return value;
  throw new Error(`${column}, row ${row + 1}: "${cell}" is not ${type === "real" ? "a number" : "an integer"}`);
}
