import { useMemo, useState } from "preact/hooks";
import { type Column, tablesOf } from "../data/columns.ts";
import type { Data } from "../example.ts";
import { dataPlot, MOST_LINES } from "../pictures/data.ts";
import type { Plate } from "../worker/protocol.ts";
import { DataDrop } from "./dataDrop.tsx";
import { Picture } from "./picture.tsx";
import { Scroll } from "./scroll.tsx";

/** Rows of a table that are shown. */
const ROWS = 100;

interface DataPanelProps {
  readonly data: Data;
  /** Of the model on these data; none where that is not known. */
  readonly plates: readonly Plate[];
  onData(data: Data): void;
}

/** The data as the model gets them: values, tables, a plot. */
export function DataPanel({ data, plates, onData }: DataPanelProps) {
  const { scalars, tables, nested } = useMemo(() => tablesOf(data), [data]);
  return (
    <section aria-labelledby="data-heading">
      <h2 id="data-heading">Data</h2>
      <DataDrop data={data} plates={plates} onData={onData} />
      {plates.length > 0 && <p class="fine">Plates: {plates.map(({ name, size }) => `${name} ${size}`).join(", ")}.</p>}
      {scalars.length > 0 && <p>{scalars.map(({ name, value }) => `${name} = ${value}`).join(", ")}</p>}
      {nested.length > 0 && <p>{nested.map(({ name, shape }) => `${name}: ${shape}`).join(", ")}</p>}
      {tables.length > 0 && <DataPlot columns={tables[0]!} time={inTime(tables[0]![0]!.values.length, plates)} />}
      {tables.map((columns) => (
        <DataTable key={columns[0]!.name} columns={columns} />
      ))}
    </section>
  );
}

/** Whether rows follow each other in time; a model of lags leaves out the first of them. */
const inTime = (rows: number, plates: readonly Plate[]): boolean =>
  plates.some(({ time, size }) => time && size <= rows && rows - size <= Math.max(1, rows / 10));

const ROW = "row";
const ALL = "all columns";

function DataPlot({ columns, time }: { readonly columns: readonly Column[]; readonly time: boolean }) {
  const numeric = columns.filter(({ values }) => typeof values.find((value) => value !== null) === "number");
  const [chosen, choose] = useState<{ x?: string; y?: string }>({});
  const find = (name: string | undefined): Column | undefined => numeric.find((column) => column.name === name);
  const first = find("y") ?? numeric[0];
  const all = time && numeric.length > 1 && numeric.length <= MOST_LINES;
  const y = find(chosen.y) ?? (all ? undefined : first);
  const x =
    chosen.x === ROW || (chosen.x === undefined && time)
      ? undefined
      : (find(chosen.x) ?? numeric.find((column) => column !== y));
  const ys = y === undefined ? numeric : [y];
  const line = time && x === undefined;
  const names = ys.map(({ name }) => name).join(" and ");
  const make = useMemo(() => (width: number) => dataPlot(x, ys, line, width), [columns, x, names, line]);
  if (first === undefined) return null;
  const pick = (label: "x" | "y", now: string, options: readonly string[]) => (
    <label>
      {label}{" "}
      <select value={now} onChange={(event) => choose({ ...chosen, [label]: event.currentTarget.value })}>
        {options.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
  const options = numeric.map(({ name }) => name);
  return (
    <>
      {numeric.length > 1 && (
        <p class="row pick">
          {pick("y", y?.name ?? ALL, all ? [ALL, ...options] : options)} {pick("x", x?.name ?? ROW, [ROW, ...options])}
        </p>
      )}
      <Picture make={make} label={`Plot of the data: ${names} against ${x?.name ?? "their row"}`} name="data" />
    </>
  );
}

function DataTable({ columns }: { readonly columns: readonly Column[] }) {
  const length = columns[0]!.values.length;
  const rows = Array.from({ length: Math.min(length, ROWS) }, (_, i) => i);
  return (
    <details>
      <summary>
        {columns.map(({ name }) => name).join(", ")}: {length} rows{length > ROWS && `, the first ${ROWS}`}
      </summary>
      <Scroll label="Data table">
        <table>
          <thead>
            <tr>
              <th scope="col">row</th>
              {columns.map(({ name }) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((i) => (
              <tr key={i}>
                <th scope="row">{i + 1}</th>
                {columns.map(({ name, values }) => (
                  <td key={name}>{String(values[i])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}
