import { useMemo, useState } from "preact/hooks";
import type { Engine } from "../engine.ts";
import { forestPlot, marginalPlot } from "../pictures/posterior.ts";
import type { FitReport } from "../worker/protocol.ts";
import { Picture } from "./picture.tsx";
import { SummaryTable } from "./summaryTable.tsx";
import { type Origin, TakeAway } from "./takeAway.tsx";
import { Verdict } from "./verdict.tsx";

/** Rows of the forest plot. */
const FOREST = 40;

interface ReportProps {
  readonly origin: Origin;
  readonly report: FitReport;
  readonly engine: Engine;
}

/** What a fit has to say, the verdict first. */
export function Report({ origin, report, engine }: ReportProps) {
  const { json } = report;
  const forest = useMemo(() => {
    const rows = Object.fromEntries(Object.entries(json.parameters).slice(0, FOREST));
    return (width: number) => forestPlot(rows, width);
  }, [json]);
  return (
    <>
      <Verdict json={json} />
      <h3>Parameters</h3>
      <Picture
        make={forest}
        label="Medians and 90% intervals of the parameters; the table below has the numbers"
        name="forest"
      />
      <Marginals report={report} />
      <SummaryTable parameters={json.parameters} />
      <TakeAway origin={origin} report={report} engine={engine} />
    </>
  );
}

function Marginals({ report }: { readonly report: FitReport }) {
  const { marginals } = report;
  const [name, setName] = useState(marginals[0]!.name);
  const chosen = marginals.find((marginal) => marginal.name === name) ?? marginals[0]!;
  const make = useMemo(() => (width: number) => marginalPlot(chosen, width), [chosen]);
  return (
    <>
      <label>
        Marginal of{" "}
        <select value={chosen.name} onChange={(event) => setName(event.currentTarget.value)}>
          {marginals.map((marginal) => (
            <option key={marginal.name}>{marginal.name}</option>
          ))}
        </select>
      </label>
      <Picture make={make} label={`Histogram of draws of ${chosen.name}`} name="marginal" />
    </>
  );
}
