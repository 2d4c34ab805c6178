import type { FitReport } from "../worker/protocol.ts";

const WORDS: Readonly<Record<FitReport["json"]["verdict"], string>> = {
  reliable: "The approximation can be relied on: it settled, and importance weights agree with it.",
  unreliable: "The fit settled, but this guide does not cover the posterior. Do not rely on it as it is.",
  "not-converged": "The fit has not settled yet: these are the numbers of the moment, not an answer.",
  failed: "The fit failed. What is shown is its last good state.",
};

/** The verdict in words, why, and what to do next. */
export function Verdict({ json }: { readonly json: FitReport["json"] }) {
  const { verdict, reasons, elbo, evidence, khat, device, seconds, steps } = json;
  const seconds3 = (x: number) => `${x.toFixed(2)} s`;
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
        {evidence !== null && (
          <>
            <dt>log evidence</dt>
            <dd>
              {evidence.value.toFixed(3)}
              {evidence.standardError !== null && ` ± ${evidence.standardError.toFixed(3)}`}
            </dd>
          </>
        )}
        <dt>Pareto k̂</dt>
        <dd>
          {Number.isFinite(khat) ? khat.toFixed(2) : "∞"} (
          {khat < 0.7 ? "good: below 0.7" : "too large: should be below 0.7"})
        </dd>
        <dt>took</dt>
        <dd>
          {steps} steps; {seconds3(seconds.compile)} compiling, {seconds3(seconds.run)} fitting,{" "}
          {seconds3(seconds.check)} checking
        </dd>
        <dt>device</dt>
        <dd>{device.description}</dd>
      </dl>
      {verdict === "reliable" && (
        <p class="fine">
          No such check sees a mode that was never visited: try another seed where there may be several.
        </p>
      )}
    </div>
  );
}
