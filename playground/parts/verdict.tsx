import { khatInWords } from "../verdict/khat.ts";
import { nextSteps } from "../verdict/next.ts";
import type { FitReport, Settings } from "../worker/protocol.ts";

/** Something to do next: a fit with other settings, or more of the same. */
export interface NextStep {
  readonly label: string;
  readonly settings?: Partial<Settings>;
  readonly resume?: boolean;
}

const WORDS: Readonly<Record<FitReport["json"]["verdict"], string>> = {
  reliable: "The approximation can be relied on: it settled, and importance weights agree with it.",
  unreliable: "The fit settled, but this guide does not cover the posterior. Do not rely on it as it is.",
  "not-converged": "The fit has not settled yet: these are the numbers of the moment, not an answer.",
  failed: "The fit failed. What is shown is its last good state.",
};

interface VerdictProps {
  readonly report: FitReport;
  readonly settings: Settings;
  readonly onNext: ((next: NextStep) => void) | null;
}

/** The verdict in words, why, and what to do next. */
export function Verdict({ report, settings, onNext }: VerdictProps) {
  const { verdict, reasons, elbo, objective, evidence, khat, device, seconds, steps } = report.json;
  const { text, steps: next } = nextSteps(report, settings);
  const seconds2 = (x: number) => `${x.toFixed(2)} s`;
  return (
    <div class={`verdict ${verdict}`} data-verdict={verdict}>
      <p>
        <strong>{verdict.replace("-", " ")}</strong> {WORDS[verdict]}
      </p>
      {reasons.length > 0 && (
        <ul>
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      <dl>
        <dt>ELBO</dt>
        <dd>
          {elbo.value.toFixed(3)} ± {elbo.standardError.toFixed(3)}
        </dd>
        {objective !== null && (
          <>
            <dt>{objective.name}</dt>
            <dd>
              {objective.value === null
                ? `unknown: ${objective.reason}`
                : `${objective.value.toFixed(3)} ± ${objective.standardError?.toFixed(3) ?? "unknown"}`}
            </dd>
          </>
        )}
        {evidence !== null && (
          <>
            <dt>log evidence</dt>
            <dd>
              {evidence.value.toFixed(3)}
              {evidence.standardError === null
                ? " (underestimated, by how much is not known)"
                : ` ± ${evidence.standardError.toFixed(3)}`}
            </dd>
          </>
        )}
        <dt>Pareto k̂</dt>
        <dd>{khatInWords(khat)}</dd>
        <dt>took</dt>
        <dd>
          {steps} steps; {seconds2(seconds.compile)} compiling, {seconds2(seconds.run)} fitting,{" "}
          {seconds2(seconds.check)} checking
        </dd>
        <dt>device</dt>
        <dd>{device.description}</dd>
      </dl>
      <p>
        <strong class="next">What next?</strong> {text}
      </p>
      {next.length > 0 && (
        <p class="row">
          {next.map((step) => (
            <button type="button" key={step.label} disabled={onNext === null} onClick={() => onNext?.(step)}>
              {step.label}
            </button>
          ))}
        </p>
      )}
    </div>
  );
}
