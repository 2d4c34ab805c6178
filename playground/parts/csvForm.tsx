import { useState } from "preact/hooks";
import { type Binding, bind, type ColumnType, type CsvFile, guessBindings, levelsOf } from "../data/bind.ts";
import type { Data } from "../example.ts";
import { Scroll } from "./scroll.tsx";

interface CsvFormProps {
  readonly file: CsvFile;
  readonly data: Data;
  onData(data: Data): void;
  onCancel(): void;
}

const rowsFieldOf = (data: Data): string => Object.keys(data).find((name) => /^n$/i.test(name)) ?? "N";

/** Which column becomes which field of the data, and of what type. */
export function CsvForm({ file, data, onData, onCancel }: CsvFormProps) {
  const [bindings, setBindings] = useState<readonly Binding[]>(() => guessBindings(file, data));
  const [rowsField, setRowsField] = useState(() => rowsFieldOf(data));
  const [error, setError] = useState<string | null>(null);
  const change = (at: number, part: Partial<Binding>) =>
    setBindings(bindings.map((binding, i) => (i === at ? { ...binding, ...part } : binding)));
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
      <label>
        Field for the number of rows{" "}
        <input value={rowsField} onInput={(event) => setRowsField(event.currentTarget.value)} />
      </label>
      <Scroll label="Columns of the file">
        <table>
          <thead>
            <tr>
              {["column", "first values", "use", "field", "type", "field for the number of levels"].map((head) => (
                <th scope="col" key={head}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {bindings.map(({ column, used, field, type, levelsField }, i) => (
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
                    onChange={(event) => change(i, { type: event.currentTarget.value as ColumnType })}
                  >
                    <option value="real">real</option>
                    <option value="integer">integer</option>
                    <option value="index">index, from 1</option>
                  </select>
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
