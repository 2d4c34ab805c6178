import { tableFromArrays, tableToIPC } from "apache-arrow";
import { csvParseRows } from "d3-dsv";

/** Draws in the columns of Stan's CSV as an Arrow file. */
export function arrowOf(csv: string): Uint8Array<ArrayBuffer> {
  const [names = [], ...rows] = csvParseRows(csv.replace(/^#.*\n/gm, "").trim());
  const columns = Object.fromEntries(
    names.map((name, k) => [name, Float64Array.from(rows, (row) => Number(row[k]))] as const),
  );
  return Uint8Array.from(tableToIPC(tableFromArrays(columns), "file"));
}
