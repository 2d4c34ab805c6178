import { useMemo, useState } from "preact/hooks";
import { type Column, tablesOf } from "../data/columns.ts";
import type { Data } from "../example.ts";
import { dataPlot } from "../pictures/data.ts";
import { DataDrop } from "./dataDrop.tsx";
import { Picture } from "./picture.tsx";
import { Scroll } from "./scroll.tsx";

/** Rows of a table that are shown. */
const ROWS = 100;

interface DataPanelProps {
  readonly data: Data;
  onData(data: Data): void;
}

/** The data as the model gets them: values, tables, a plot. */
export function DataPanel({ data, onData }: DataPanelProps) {
  const { scalars, tables, nested } = useMemo(() => tablesOf(data), [data]);
  return (
    <section aria-labelledby="data-heading">
      <h2 id="data-heading">Data</h2>
      <DataDrop data={data} onData={onData} />
      {scalars.length > 0 && <p>{scalars.map(({ name, value }) => `${name} = ${value}`).join(", ")}</p>}
      {nested.length > 0 && <p>{nested.map(({ name, shape }) => `${name}: ${shape}`).join(", ")}</p>}
      {tables.length > 0 && <DataPlot columns={tables[0]!} />}
      {tables.map((columns) => (
        <DataTable key={columns[0]!.name} columns={columns} />
      ))}
    </section>
  );
}

function DataPlot({ columns }: { readonly columns: readonly Column[] }) {
  const numeric = columns.filter(({ values }) => typeof values[0] === "number");
  const [chosen, choose] = useState<{ x: string; y: string } | null>(null);
  const y = numeric.find(({ name }) => name === chosen?.y) ?? numeric.find(({ name }) => name === "y") ?? numeric[0];
  const x = numeric.find(({ name }) => name === chosen?.x) ?? numeric.find((column) => column !== y);
  const make = useMemo(() => (y === undefined ? null : (width: number) => dataPlot(x, y, width)), [x, y]);
  if (make === null) return null;
  const pick = (label: "x" | "y", now: string) => (
    <label>
      {label}{" "}
      <select
        value={now}
        onChange={(event) => choose({ x: x?.name ?? "", y: y!.name, [label]: event.currentTarget.value })}
      >
        {numeric.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      {numeric.length > 2 && (
        <p class="row">
          {pick("x", x!.name)} {pick("y", y!.name)}
        </p>
      )}
      <Picture
        make={make}
        label={`Plot of the data: ${y!.name}${x === undefined ? "" : ` against ${x.name}`}`}
        name="data"
      />
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
