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
  /** For an index: the plate that it counts in; "" where that is not known. */
  readonly plate: string;
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

/** Text is an index of its levels; whole numbers are integers; other numbers are real. A word among numbers is a mistake, not a level. */
export function guessType(cells: readonly (string | undefined)[]): ColumnType {
  const given = cells.filter((cell) => !isMissing(cell)) as string[];
  const words = given.filter((cell) => !Number.isFinite(numberOf(cell)));
  if (words.length > given.length / 2) return "index";
  if (words.length > 0) return "real";
  return given.every((cell) => Number.isInteger(numberOf(cell))) ? "integer" : "real";
}

const fieldName = (column: string): string => column.replace(/\W+/g, "_").replace(/^(?=\d)/, "_");

/** A plate of the model on the data before. */
export interface PlateSize {
  readonly name: string;
  readonly size: number;
}

/** The field that says how large a plate is: a single value of that size, named like the plate for preference. */
export function sizeField({ name, size }: PlateSize, data: Data): string {
  const fields = Object.keys(data).filter((field) => data[field] === size);
  const like = fields.find((field) => field.toLowerCase().includes(name.toLowerCase()));
  return like ?? fields[0] ?? "";
}

/** The plate that the rows of the data before were: as long as one of their columns, the longest of such. */
export function rowPlate(plates: readonly PlateSize[], data: Data): string {
  const lengths = new Set(Object.values(data).flatMap((value) => (Array.isArray(value) ? [value.length] : [])));
  const fitting = plates.filter(({ size }) => lengths.has(size)).sort((a, b) => b.size - a.size);
  return fitting[0]?.name ?? "";
}

/** The plate that an index counts in, by the name of its field: "county" of "county_idx". */
const levelsPlate = (field: string, plates: readonly PlateSize[]): PlateSize | undefined =>
  plates.find(({ name }) => name.length > 1 && field.toLowerCase().includes(name.toLowerCase()));

/** Names as the model has them already where they agree but for case; types as the cells suggest. */
export function guessBindings(file: CsvFile, data: Data, plates: readonly PlateSize[] = []): Binding[] {
  const known = Object.keys(data);
  const rows = rowPlate(plates, data);
  return file.columns.map((column) => {
    const field = fieldName(column);
    const same = known.find((name) => name.toLowerCase() === field.toLowerCase());
    const cells = file.rows.map((row) => row[column]);
    const plate = levelsPlate(same ?? field, plates);
    const guessed = guessType(cells);
    // Whole numbers in the place of an index are one.
    const isIndex = guessed === "index" || (guessed === "integer" && plate !== undefined && plate.name !== rows);
    const size = plate === undefined ? "" : sizeField(plate, data);
    return {
      column,
      used: true,
      field: same ?? field,
      type: isIndex ? "index" : guessed,
      plate: isIndex ? (plate?.name ?? "") : "",
      levelsField: isIndex ? size || `n_${same ?? field}` : "",
    };
  });
}

/** The levels of an index column: numbers by size, names in the order of their first row. */
export function levelsOf(file: CsvFile, column: string): string[] {
  const cells = file.rows.map((row) => (row[column] ?? "").trim()).filter((cell) => !isMissing(cell));
  const levels = [...new Set(cells)];
  return levels.every((level) => Number.isFinite(numberOf(level)))
    ? levels.sort((a, b) => numberOf(a) - numberOf(b))
    : levels;
}

/** Data for the model: bound columns, levels counted from 1 (from 0 where those before were), the number of rows, and the single values there were. */
export function bind(file: CsvFile, bindings: readonly Binding[], rowsField: string, before: Data): Data {
  const scalars = Object.entries(before).filter(([, value]) => !Array.isArray(value));
  const data: Record<string, unknown> = Object.fromEntries(scalars);
  if (rowsField !== "") data[rowsField] = file.rows.length;
  for (const { column, used, field, type, levelsField } of bindings) {
    if (!used) continue;
    const cells = file.rows.map((row) => row[column]);
    if (type === "index") {
      const levels = levelsOf(file, column);
      const old = before[field];
      const base = Array.isArray(old) && old.includes(0) ? 0 : 1;
      const places = new Map(levels.map((level, i) => [level, i + base]));
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
