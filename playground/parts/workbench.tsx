import { useEffect, useState } from "preact/hooks";
import type { Engine } from "../engine.ts";
import type { Data, Example, GalleryEntry } from "../example.ts";
import { DataPanel } from "./dataPanel.tsx";
import { FitPanel } from "./fitPanel.tsx";
import { ModelPanel } from "./modelPanel.tsx";

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

interface OpenedProps {
  readonly entry: GalleryEntry;
  readonly example: Example;
  readonly engine: Engine;
}

function Opened({ entry, example, engine }: OpenedProps) {
  const [script, setScript] = useState(example.script);
  const [data, setData] = useState<Data>(example.data);
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
        <ModelPanel source={example.source} data={data} engine={engine} onScript={setScript} />
        <DataPanel data={data} onData={setData} />
      </div>
      <div>
        <FitPanel slug={entry.slug} engine={engine} script={script} data={data} />
      </div>
    </div>
  );
}
