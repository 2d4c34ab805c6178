import type { FitReport } from "../worker/protocol.ts";
import { Scroll } from "./scroll.tsx";

const COLUMNS = ["mean", "sd", "q05", "q50", "q95"];
const ROWS = 200;

export function SummaryTable({ parameters }: { readonly parameters: FitReport["json"]["parameters"] }) {
  const rows = Object.entries(parameters);
  return (
    <Scroll label="Summary of the posterior">
      <table>
        <thead>
          <tr>
            <th scope="col">parameter</th>
            {COLUMNS.map((column) => (
              <th scope="col" key={column}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS).map(([name, row]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {COLUMNS.map((column) => (
                <td key={column}>{Number(row[column]!.toPrecision(4))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > ROWS && <p>{rows.length - ROWS} more are in the files below.</p>}
    </Scroll>
  );
}
