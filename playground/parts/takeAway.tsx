import { useState } from "preact/hooks";
import type { Engine } from "../engine.ts";
import type { Data } from "../example.ts";
import { codeOf } from "../takeaway/code.ts";
import { linkOf } from "../takeaway/link.ts";
import { save } from "../takeaway/save.ts";
import { summaryCsv } from "../takeaway/summary.ts";
import type { FitReport, Settings, SiteDescription } from "../worker/protocol.ts";
import { useCopied } from "./copied.tsx";

/** What a fit was made from. */
export interface Origin {
  readonly slug: string;
  readonly settings: Settings;
  /** The model's text. */
  readonly source: string;
  readonly data: Data;
  /** Whether they differ from the example's: a link holds what does. */
  readonly changed: { readonly source: boolean; readonly data: boolean };
}

interface TakeAwayProps {
  readonly origin: Origin;
  readonly sites: readonly SiteDescription[];
  readonly report: FitReport;
  readonly engine: Engine;
}

/** Files, a link, and the program that does the same. */
export function TakeAway({ origin, sites, report, engine }: TakeAwayProps) {
  const copied = useCopied();
  const [error, setError] = useState<string | null>(null);
  const name = origin.slug.replace(/^.*\//, "");
  const button = (label: string, act: () => Promise<void> | void) => (
    <button
      type="button"
      onClick={async () => {
        setError(null);
        try {
          await act();
        } catch (caught) {
          setError((caught as Error).message);
        }
      }}
    >
      {label}
    </button>
  );
  const link = () =>
    linkOf(origin.slug, {
      settings: origin.settings,
      ...(origin.changed.source && { source: origin.source }),
      ...(origin.changed.data && { data: origin.data }),
    });
  return (
    <section aria-labelledby="take-heading">
      <h3 id="take-heading">Take away</h3>
      <p class="row">
        {button("Draws as CSV", async () => save(`${name}.csv`, await engine.export("csv"), "text/csv"))}
        {button("Draws as Arrow", async () => {
          const [{ arrowOf }, csv] = await Promise.all([import("../takeaway/arrow.ts"), engine.export("csv")]);
          save(`${name}.arrow`, arrowOf(csv), "application/vnd.apache.arrow.file");
        })}
        {button("Summary as JSON", () =>
          save(`${name}-summary.json`, JSON.stringify(report.json, null, 2), "application/json"),
        )}
        {button("Summary as CSV", () => save(`${name}-summary.csv`, summaryCsv(report.json.parameters), "text/csv"))}
        {button("InferenceData as JSON", async () =>
          save(`${name}-inference-data.json`, await engine.export("inference-data"), "application/json"),
        )}
        {button("Copy link", async () => copied.show("Link", await link()))}
        {button("Copy as code", () => copied.show("Code", codeOf(origin.settings, sites)))}
        {button("Model as a file", () => save("model.ts", origin.source, "text/plain"))}
        {button("Data as JSON", () => save("data.json", JSON.stringify(origin.data), "application/json"))}
      </p>
      {error !== null && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {copied.shown}
    </section>
  );
}
