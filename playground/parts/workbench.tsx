import { useEffect, useRef, useState } from "preact/hooks";
import { Engine, ModelFailure } from "../engine.ts";
import type { Data, Example, GalleryEntry } from "../example.ts";
import { DataPanel } from "./dataPanel.tsx";
import { FitPanel } from "./fitPanel.tsx";
import { type Check, ModelPanel } from "./modelPanel.tsx";

/** An example, opened: what it is about, its model, its data, the fit. */
export function Workbench({ entry, engine }: { readonly entry: GalleryEntry; readonly engine: Engine }) {
  const [example, setExample] = useState<Example | null>(null);
  useEffect(() => {
    entry.load().then(setExample);
  }, [entry]);
  return (
    <>
      <h1>{entry.title}</h1>
      {example === null ? <p>Loading…</p> : <Opened entry={entry} example={example} engine={engine} />}
    </>
  );
}

let checking: Engine | undefined;
const checker = (): Engine => {
  checking ??= new Engine();
  return checking;
};

interface OpenedProps {
  readonly entry: GalleryEntry;
  readonly example: Example;
  readonly engine: Engine;
}

function Opened({ entry, example, engine }: OpenedProps) {
  const [source, setSource] = useState(example.source);
  const [script, setScript] = useState(example.script);
  const [data, setData] = useState<Data>(example.data);
  const [check, setCheck] = useState<Check>({ kind: "unknown" });
  const changed = script !== example.script || data !== example.data;
  const checked = useRef(false);

  // What is not as it came is run on its data before anything is fitted, in a worker that no fit waits for.
  useEffect(() => {
    if (!changed && !checked.current) return;
    checked.current = true;
    let current = true;
    setCheck({ kind: "running" });
    checker()
      .trace(script, data)
      .then(
        ({ sites }) => current && setCheck({ kind: "fine", sites }),
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
        <DataPanel data={data} onData={setData} />
      </div>
      <div>
        <FitPanel
          slug={entry.slug}
          engine={engine}
          script={script}
          data={data}
          ready={check.kind === "unknown" || check.kind === "fine"}
        />
      </div>
    </div>
  );
}
