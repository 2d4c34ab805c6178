import { useEffect, useRef, useState } from "preact/hooks";
import { Engine, ModelFailure } from "../engine.ts";
import type { Data, Example, GalleryEntry } from "../example.ts";
import { DEFAULTS } from "../settings.ts";
import { type Shared, sharedIn } from "../takeaway/link.ts";
import type { Settings, Traced } from "../worker/protocol.ts";
import { DataPanel } from "./dataPanel.tsx";
import { FitPanel } from "./fitPanel.tsx";
import { type Check, ModelPanel } from "./modelPanel.tsx";
import { TrainPanel } from "./trainPanel.tsx";

/** An example, opened: what it is about, its model, its data, the fit. */
export function Workbench({ entry, engine }: { readonly entry: GalleryEntry; readonly engine: Engine }) {
  const [opened, setOpened] = useState<{ example: Example; start: Start } | null>(null);
  useEffect(() => {
    Promise.all([entry.load(), sharedIn(location.hash)]).then(async ([example, shared]) => {
      setOpened({ example, start: await startOf(example, shared) });
    });
  }, [entry]);
  return (
    <>
      <h1>{entry.title}</h1>
      {opened === null ? <p>Loading…</p> : <Opened entry={entry} {...opened} engine={engine} />}
    </>
  );
}

let checking: Engine | undefined;
const checker = (): Engine => {
  checking ??= new Engine();
  return checking;
};

/** What the workbench begins with: the example's own, or a link's. */
interface Start {
  readonly source: string;
  readonly script: string;
  readonly data: Data;
  readonly settings: Settings;
}

async function startOf(example: Example, shared: Shared | null): Promise<Start> {
  const { source = example.source, data = example.data, settings } = shared ?? {};
  const start = { source, data, settings: { ...DEFAULTS, ...settings } };
  if (source === example.source) return { ...start, script: example.script };
  const stripped = (await import("../editor/strip.ts")).strip(source);
  // A text that cannot be stripped says so when it is run.
  return { ...start, script: "script" in stripped ? stripped.script : source };
}

/** Their headings, for who does not see them all at once. */
const PARTS = ["Model", "Data", "Fit"] as const;

/** Whether a model has parameters to learn, as its file says. */
const TRAINS = /^export const training\b/m;

interface OpenedProps {
  readonly start: Start;
  readonly entry: GalleryEntry;
  readonly example: Example;
  readonly engine: Engine;
}

function Opened({ entry, example, start, engine }: OpenedProps) {
  const [source, setSource] = useState(start.source);
  const [script, setScript] = useState(start.script);
  const [data, setData] = useState<Data>(start.data);
  const [check, setCheck] = useState<Check>({ kind: "unknown" });
  const changed = script !== example.script || data !== example.data;
  const checked = useRef(false);
  const [declared, setDeclared] = useState<Traced | null>(null);
  const traced = check.kind === "fine" ? check.traced : declared;

  useEffect(() => {
    // A link may hold a model without end: such are run by the checker.
    if (!changed) engine.describe(example.script, example.data, setDeclared);
  }, [engine, example, changed]);

  // What is not as it came is run on its data before anything is fitted, in a worker that no fit waits for.
  useEffect(() => {
    if (!changed && !checked.current) return;
    checked.current = true;
    let current = true;
    setCheck({ kind: "running" });
    checker()
      .trace(script, data)
      .then(
        (traced) => current && setCheck({ kind: "fine", traced }),
        (error: Error) => {
          const failure =
            error instanceof ModelFailure ? error.failure : { message: error.message, line: null, column: null };
          if (current) setCheck({ kind: "wrong", failure });
        },
      );
    return () => {
      current = false;
    };
  }, [script, data, changed]);

  return (
    <>
      <nav class="jump" aria-label="Parts of this page">
        {PARTS.map((part) => (
          <button
            type="button"
            key={part}
            aria-label={`Go to ${part}`}
            onClick={() => document.getElementById(`${part.toLowerCase()}-heading`)?.scrollIntoView()}
          >
            {part}
          </button>
        ))}
      </nav>
      <div class="bench">
        <div>
          <section aria-label="About">
            {/* Rendered from the repository's own README when the page was built. */}
            <details open>
              <summary>What it is</summary>
              <div class="readme" dangerouslySetInnerHTML={{ __html: example.html }} />
            </details>
          </section>
          <ModelPanel
            source={source}
            check={check}
            sites={traced?.sites ?? []}
            onSource={(text) => {
              setSource(text);
              setCheck({ kind: "running" });
            }}
            onScript={(stripped) => {
              if ("failure" in stripped) setCheck({ kind: "wrong", failure: stripped.failure });
              else if (stripped.script !== script) setScript(stripped.script);
              else setCheck({ kind: "unknown" });
            }}
          />
          <DataPanel data={data} plates={traced?.plates ?? []} onData={setData} />
        </div>
        <div>
          {TRAINS.test(script) ? (
            <TrainPanel
              slug={entry.slug}
              engine={engine}
              script={script}
              data={data}
              steps={traced?.trainingSteps ?? null}
              own={!changed}
              ready={check.kind === "unknown" || check.kind === "fine"}
              shipped={example.learned}
            />
          ) : (
            <FitPanel
              slug={entry.slug}
              initial={start.settings}
              changed={{ source: source !== example.source, data: data !== example.data }}
              engine={engine}
              source={source}
              script={script}
              data={data}
              latents={traced?.sites.filter(({ role }) => role === "latent").map(({ name }) => name) ?? []}
              ready={check.kind === "unknown" || check.kind === "fine"}
            />
          )}
        </div>
      </div>
    </>
  );
}
