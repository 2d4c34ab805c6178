import { useEffect, useRef, useState } from "preact/hooks";
import type { Editor } from "../editor/editor.ts";
import type { Failure, SiteDescription, Traced } from "../worker/protocol.ts";
import { Scroll } from "./scroll.tsx";

/** What the model said when it was last run on the data. */
export type Check =
  | { readonly kind: "unknown" }
  | { readonly kind: "running" }
  | { readonly kind: "fine"; readonly traced: Traced }
  | { readonly kind: "wrong"; readonly failure: Failure };

interface ModelPanelProps {
  readonly source: string;
  readonly check: Check;
  /** Of the model as it last ran. */
  readonly sites: readonly SiteDescription[];
  onSource(source: string): void;
  /** What the text is without its types, or why it is not. */
  onScript(stripped: { readonly script: string } | { readonly failure: Failure }): void;
}

/** Typing rests for so long before the text is tried. */
const PAUSE = 300;

/** The model's text; an editor once it is asked for. */
export function ModelPanel({ source, check, sites, onSource, onScript }: ModelPanelProps) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const [editing, setEditing] = useState(false);
  const changed = useRef({ onSource, onScript });
  changed.current = { onSource, onScript };
  useEffect(() => () => editor.current?.dispose(), []);

  const edit = async (): Promise<void> => {
    const [{ openEditor }, { strip }] = await Promise.all([
      import("../editor/editor.ts"),
      import("../editor/strip.ts"),
    ]);
    let timer: ReturnType<typeof setTimeout> | undefined;
    editor.current = openEditor(place.current!, source, (text) => {
      changed.current.onSource(text);
      clearTimeout(timer);
      timer = setTimeout(() => {
        const stripped = strip(text);
        // Where parsing went astray is not where the stripper gave up.
        const line = "failure" in stripped ? (editor.current?.brokenLine() ?? stripped.failure.line) : null;
        changed.current.onScript("failure" in stripped ? { failure: { ...stripped.failure, line } } : stripped);
      }, PAUSE);
    });
    setEditing(true);
  };
  const failure = check.kind === "wrong" ? check.failure : null;
  const line = failure === null ? null : (failure.line ?? editor.current?.brokenLine() ?? null);
  useEffect(() => {
    editor.current?.show(failure === null ? null : { ...failure, line });
  }, [failure, line]);

  return (
    <section aria-labelledby="model-heading">
      <h2 id="model-heading">Model</h2>
      <div class="editor" ref={place} />
      {!editing && (
        <>
          <Scroll label="The model's text">
            <pre class="code">{source}</pre>
          </Scroll>
          <button type="button" onClick={edit}>
            Edit the model
          </button>
        </>
      )}
      <div class="check" aria-live="polite">
        {(check.kind === "fine" || check.kind === "unknown") && sites.length > 0 && <Sites sites={sites} />}
        {failure !== null && (
          <p class="error">
            {line === null ? "" : `Line ${line}: `}
            {failure.message}
          </p>
        )}
      </div>
    </section>
  );
}

const ROLES: Readonly<Record<SiteDescription["role"], string>> = {
  latent: "latent",
  discrete: "discrete latent",
  enumerated: "discrete latent, summed out",
  deterministic: "deterministic",
  observed: "observed",
};

function Sites({ sites }: { readonly sites: readonly SiteDescription[] }) {
  const shown = sites.map(({ name, role, plates }) => {
    const over = plates.map((plate) => `${plate.name} ${plate.size}`).join(" × ");
    return `${name} (${ROLES[role]}${over === "" ? "" : `, ${over}`})`;
  });
  return <p class="fine">The model fits its data. Sites: {shown.join(", ")}.</p>;
}
