/** JSON data as a person looks at them: single values, and columns of equal length side by side. */
import type { Data } from "../example.ts";

export interface Column {
  readonly name: string;
  readonly values: readonly (number | string | null)[];
}

export interface Tables {
  readonly scalars: readonly { readonly name: string; readonly value: string }[];
  /** Longest first, each of columns of one length. */
  readonly tables: readonly (readonly Column[])[];
  /** Arrays of arrays, by shape. */
  readonly nested: readonly { readonly name: string; readonly shape: string }[];
}

/** Columns of a matrix that are shown one by one. */
const WIDEST = 8;

export function tablesOf(data: Data): Tables {
  const scalars: { name: string; value: string }[] = [];
  const nested: { name: string; shape: string }[] = [];
  const byLength = new Map<number, Column[]>();
  const add = (column: Column) =>
    byLength.set(column.values.length, [...(byLength.get(column.values.length) ?? []), column]);
  const visit = (name: string, value: unknown): void => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [part, inner] of Object.entries(value)) visit(`${name}.${part}`, inner);
    } else if (!Array.isArray(value)) scalars.push({ name, value: brief(String(value)) });
    else if (!Array.isArray(value[0])) add({ name, values: value });
    else {
      const width = value[0].length as number;
      nested.push({ name, shape: shapeOf(value).join(" × ") });
      if (Array.isArray(value[0][0]) || width > WIDEST) return;
      for (let k = 0; k < width; k++) add({ name: `${name}[,${k + 1}]`, values: value.map((row) => row[k]) });
    }
  };
  for (const [name, value] of Object.entries(data)) visit(name, value);
  const tables = [...byLength.values()].sort((a, b) => b[0]!.values.length - a[0]!.values.length);
  return { scalars, tables, nested };
}

/** Of packed data, the beginning. */
const LONGEST = 40;
const brief = (text: string): string =>
  text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${text.length.toLocaleString("en")} characters)`;

function shapeOf(value: unknown): number[] {
  return Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : [];
}
