import gallery from "virtual:gallery";
import { useEffect, useState } from "preact/hooks";
import { Engine } from "./engine.ts";
import { Gallery } from "./parts/gallery.tsx";
import { TwoModesPage } from "./parts/twoModes.tsx";
import { Workbench } from "./parts/workbench.tsx";

let shared: Engine | undefined;
/** One worker for the page. */
const engine = (): Engine => {
  shared ??= new Engine();
  return shared;
};

const slugOf = (hash: string): string | null => /^#\/example\/([^?]+)/.exec(hash)?.[1] ?? null;

/** The gallery, or the example that the address names. */
export function App() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const slug = slugOf(hash);
  const showsModes = hash === "#/two-modes";
  const entry = gallery.find((candidate) => candidate.slug === slug);
  useEffect(() => {
    const title = showsModes ? "Two modes" : entry?.title;
    document.title = title === undefined ? "Elbow playground" : `${title} – Elbow playground`;
    scrollTo(0, 0);
    // The library is loaded and the worker warm by the time a model is chosen.
    engine();
  }, [entry, showsModes]);
  return (
    <>
      <header class="top">
        <a href="#/" class="brand">
          Elbow playground
        </a>
        <span>Variational inference on your own GPU. Nothing leaves this machine.</span>
      </header>
      <main>
        {showsModes ? (
          <TwoModesPage engine={engine()} />
        ) : entry === undefined ? (
          <Gallery entries={gallery} />
        ) : (
          <Workbench key={entry.slug} entry={entry} engine={engine()} />
        )}
      </main>
    </>
  );
}
