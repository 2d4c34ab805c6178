import type { Engine } from "../engine.ts";
import type { FitReport, Preview } from "../worker/protocol.ts";
import { EvidenceBar } from "./evidenceBar.tsx";
import { Forest } from "./forest.tsx";
import { Marginals, Pairs } from "./marginals.tsx";
import { Checks } from "./predictiveCheck.tsx";
import { Series } from "./series.tsx";
import { SummaryTable } from "./summaryTable.tsx";
import { type Origin, TakeAway } from "./takeAway.tsx";
import { type NextStep, Verdict } from "./verdict.tsx";

/** The example that is about the bar. */
const IDENTITY = "evidence-identity";

interface ReportProps {
  readonly origin: Origin;
  readonly preview: Preview;
  /** Null while it is made. */
  readonly report: FitReport | null;
  readonly engine: Engine;
  /** Null while something else is done. */
  readonly onNext: ((next: NextStep) => void) | null;
}

/** What a fit has to say, the verdict first. */
export function Report({ origin, preview, report, engine, onNext }: ReportProps) {
  const parameters = report?.json.parameters ?? preview.parameters;
  const { sites } = preview;
  // A probability that is summed out exactly is a number, not a distribution.
  const marginals = preview.marginals.filter(({ draws }) => draws.some((x) => x !== draws[0]));
  return (
    <>
      {report === null ? (
        <div class="verdict pending">
          <p>
            <strong>not judged yet</strong> What follows is the fitted approximation. Whether it can be relied on is
            being checked.
          </p>
        </div>
      ) : (
        <Verdict report={report} settings={origin.settings} onNext={onNext} />
      )}
      {report !== null && (
        <EvidenceBar json={report.json} climb={() => engine.climb()} play={origin.slug === IDENTITY} />
      )}
      <h3>Parameters</h3>
      {Object.keys(parameters).length > 0 ? (
        <>
          <Forest sites={sites} parameters={parameters} />
          {marginals.length > 0 && <Marginals marginals={marginals} />}
        </>
      ) : (
        <p class="fine">None: all that is not observed is summed out.</p>
      )}
      {marginals.length > 1 && <Pairs marginals={marginals} />}
      {report !== null && report.checks.length > 0 && (
        <>
          <h3>Does the model make data like these?</h3>
          <Checks checks={report.checks} />
        </>
      )}
      {report?.series && <Series series={report.series} />}
      <h3>Summary</h3>
      <SummaryTable parameters={parameters} />
      {report !== null && <TakeAway origin={origin} sites={sites} report={report} engine={engine} />}
    </>
  );
}
