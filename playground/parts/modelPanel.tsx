import type { Engine } from "../engine.ts";
import type { Data } from "../example.ts";
import { Scroll } from "./scroll.tsx";

interface ModelPanelProps {
  readonly source: string;
  readonly data: Data;
  readonly engine: Engine;
  onScript(script: string): void;
}

/** The model's text. */
export function ModelPanel({ source }: ModelPanelProps) {
  return (
    <section aria-labelledby="model-heading">
      <h2 id="model-heading">Model</h2>
      <Scroll label="The model's text">
        <pre class="code">{source}</pre>
      </Scroll>
    </section>
  );
}
