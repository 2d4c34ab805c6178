import { useState } from "preact/hooks";
import {
  type Binding,
  bind,
  type ColumnType,
  type CsvFile,
  guessBindings,
  levelsOf,
  type PlateSize,
  rowPlate,
  sizeField,
} from "../data/bind.ts";
import type { Data } from "../example.ts";
import { Scroll } from "./scroll.tsx";

interface CsvFormProps {
  readonly file: CsvFile;
  readonly data: Data;
  /** Of the model on the data before. */
  readonly plates: readonly PlateSize[];
  onData(data: Data): void;
  onCancel(): void;
}

/** The field for the number of rows; "" where the plate takes its size from the columns. */
function rowsFieldOf(plate: string, plates: readonly PlateSize[], data: Data): string {
  const found = plates.find(({ name }) => name === plate);
  if (found !== undefined) return sizeField(found, data);
  return Object.keys(data).find((name) => /^n$/i.test(name)) ?? "N";
}

/** Which column becomes which field of the data, of what type, along which plate. */
export function CsvForm({ file, data, plates, onData, onCancel }: CsvFormProps) {
  const [bindings, setBindings] = useState<readonly Binding[]>(() => guessBindings(file, data, plates));
  const [rows, setRows] = useState(() => rowPlate(plates, data));
  const [rowsField, setRowsField] = useState(() => rowsFieldOf(rows, plates, data));
  const [error, setError] = useState<string | null>(null);
  const change = (at: number, part: Partial<Binding>) =>
    setBindings(bindings.map((binding, i) => (i === at ? { ...binding, ...part } : binding)));
  const placed = (plate: string, field: string): Partial<Binding> => {
    const found = plates.find(({ name }) => name === plate);
    return { plate, levelsField: (found && sizeField(found, data)) || `n_${field}` };
  };
  const use = () => {
    try {
      onData(bind(file, bindings, rowsField, data));
    } catch (caught) {
      setError((caught as Error).message);
    }
  };
  return (
    <fieldset class="csv">
      <legend>
        {file.name}: {file.rows.length} rows
      </legend>
      <p class="row">
        {plates.length > 0 && (
          <label>
            The rows are the plate{" "}
            <select
              value={rows}
              onChange={(event) => {
                setRows(event.currentTarget.value);
                setRowsField(rowsFieldOf(event.currentTarget.value, plates, data));
              }}
            >
              {plates.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
              <option value="">none of these</option>
            </select>
          </label>
        )}
        <label>
          Field for their number{" "}
          <input value={rowsField} placeholder="none" onInput={(event) => setRowsField(event.currentTarget.value)} />
        </label>
      </p>
      <Scroll label="Columns of the file">
        <table>
          <thead>
            <tr>
              {["column", "first values", "use", "field", "type", "counts in the plate", "field for its size"].map(
                (head) => (
                  <th scope="col" key={head}>
                    {head}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {bindings.map(({ column, used, field, type, plate, levelsField }, i) => (
              <tr key={column}>
                <th scope="row">{column}</th>
                <td>
                  {file.rows
                    .slice(0, 3)
                    .map((row) => row[column])
                    .join(", ")}
                </td>
                <td>
                  <input
                    type="checkbox"
                    aria-label={`use ${column}`}
                    checked={used}
                    onChange={(event) => change(i, { used: event.currentTarget.checked })}
                  />
                </td>
                <td>
                  <input
                    aria-label={`field of ${column}`}
                    value={field}
                    onInput={(event) => change(i, { field: event.currentTarget.value })}
                  />
                </td>
                <td>
                  <select
                    aria-label={`type of ${column}`}
                    value={type}
                    onChange={(event) => {
                      const chosen = event.currentTarget.value as ColumnType;
                      change(i, { type: chosen, ...(chosen === "index" ? placed(plate, field) : { levelsField: "" }) });
                    }}
                  >
                    <option value="real">real</option>
                    <option value="integer">integer</option>
                    <option value="index">index, from 1</option>
                  </select>
                </td>
                <td>
                  {type === "index" && (
                    <select
                      aria-label={`plate of ${column}`}
                      value={plate}
                      onChange={(event) => change(i, placed(event.currentTarget.value, field))}
                    >
                      <option value="">of its own</option>
                      {plates.map(({ name }) => (
                        <option key={name}>{name}</option>
                      ))}
                    </select>
                  )}
                </td>
                <td>
                  {type === "index" && (
                    <>
                      <input
                        aria-label={`field for the number of levels of ${column}`}
                        value={levelsField}
                        onInput={(event) => change(i, { levelsField: event.currentTarget.value })}
                      />{" "}
                      = {levelsOf(file, column).length}
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {error !== null && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      <p class="row">
        <button type="button" class="primary" onClick={use}>
          Use these data
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      </p>
    </fieldset>
  );
}
