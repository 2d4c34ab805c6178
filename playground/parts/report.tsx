import { useMemo, useState } from "preact/hooks";
import type { Engine } from "../engine.ts";
import { checkPlot } from "../pictures/check.ts";
import { forestPlot, marginalPlot, pairPlot } from "../pictures/posterior.ts";
import type { FitReport, Marginal } from "../worker/protocol.ts";
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
      {report.marginals.length > 1 && <Pairs marginals={report.marginals} />}
      {report.checks.map((check) => (
        <Check key={check.name} check={check} />
      ))}
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
      <Picture
        make={make}
        label={`Histogram of draws of ${chosen.name}${chosen.prior === null ? "" : ", with its prior"}`}
        name="marginal"
      />
    </>
  );
}

function Pairs({ marginals }: { readonly marginals: FitReport["marginals"] }) {
  const [names, setNames] = useState<readonly [string, string]>([marginals[0]!.name, marginals[1]!.name]);
  const [a, b] = names.map((name) => marginals.find((marginal) => marginal.name === name)!) as [Marginal, Marginal];
  const make = useMemo(() => (width: number) => pairPlot(a, b, width), [a, b]);
  const pick = (label: string, at: 0 | 1) => (
    <label>
      {label}{" "}
      <select
        value={names[at]}
        onChange={(event) =>
          setNames(at === 0 ? [event.currentTarget.value, names[1]] : [names[0], event.currentTarget.value])
        }
      >
        {marginals.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <p class="row">
        {pick("Pair of", 0)} {pick("and", 1)}
      </p>
      <Picture make={make} label={`Draws of ${a.name} and ${b.name} with contours of their density`} name="pair" />
    </>
  );
}

function Check({ check }: { readonly check: FitReport["checks"][number] }) {
  const make = useMemo(() => (width: number) => checkPlot(check, width), [check]);
  return (
    <>
      <h3>Does the model make data like these?</h3>
      <p class="fine">
        Dots are the data, {check.name}; bars hold 90% of what the fitted model makes. Much more than one dot in ten
        outside its bar means that the model misses something.
      </p>
      <Picture make={make} label={`Posterior predictive check of ${check.name}`} name={`check-${check.name}`} />
    </>
  );
}
