import { useEffect, useRef, useState } from "preact/hooks";
import { type Engine, ModelFailure } from "../engine.ts";
import type { Data } from "../example.ts";
import type { Answer, FitReport, Preview, Settings } from "../worker/protocol.ts";
import { Controls } from "./controls.tsx";
import { ElboTrace } from "./elboTrace.tsx";
import { Report } from "./report.tsx";
import type { Origin } from "./takeAway.tsx";
import type { NextStep } from "./verdict.tsx";

interface FitPanelProps {
  readonly slug: string;
  /** Of a link, or the defaults. */
  readonly initial: Settings;
  readonly engine: Engine;
  /** The model's text, and the same without its types. */
  readonly source: string;
  readonly script: string;
  readonly data: Data;
  /** Whether they are not the example's. */
  readonly changed: Origin["changed"];
  /** Names of the latent sites, as far as they are known. */
  readonly latents: readonly string[];
  /** Whether the model is known to run on the data. */
  readonly ready: boolean;
}

type Phase = "idle" | "running" | "pausing" | "stopping" | "checking" | "paused" | "done";
type Progress = Extract<Answer, { kind: "progress" }>;

const STAGES: Readonly<Record<string, string>> = {
  compile: "compiling",
  search: "looking for a start",
  refine: "refining the start",
  optimise: "optimising",
};

/** Controls, progress, and what came out. */
export function FitPanel({ slug, initial, engine, source, script, data, changed, latents, ready }: FitPanelProps) {
  const [settings, setSettings] = useState<Settings>(initial);
  const [phase, setPhase] = useState<Phase>("idle");
  const [progress, setProgress] = useState<Progress | null>(null);
  const [speed, setSpeed] = useState<number | null>(null);
  const [notices, setNotices] = useState<readonly string[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [report, setReport] = useState<FitReport | null>(null);
  const [origin, setOrigin] = useState<Origin | null>(null);
  const [fits, setFits] = useState(0);
  const asked = useRef<"paused" | "done">("done");
  const trace = useRef<number[]>([]);
  useEffect(() => () => engine.stop(), [engine]);
  useEffect(() => engine.warm(settings.device), [engine, settings.device]);

  const run = async (how: "fit" | "resume", wanted = settings): Promise<void> => {
    setPhase("running");
    setError(null);
    setReport(null);
    asked.current = "done";
    if (how === "fit") {
      setSettings(wanted);
      setPreview(null);
      setOrigin({ slug, settings: wanted, source, data, changed });
      setNotices([]);
      setFits(fits + 1);
      trace.current = [];
    }
    setProgress(null);
    let first: { step: number; time: number } | null = null;
    const listener = {
      progress(answer: Progress) {
        setProgress(answer);
        if (answer.stage !== "optimise") return;
        trace.current.push(...answer.estimates);
        const now = { step: answer.step, time: performance.now() };
        first ??= now;
        if (now.time > first.time) setSpeed((1000 * (now.step - first.step)) / (now.time - first.time));
      },
      notice: (text: string) => setNotices((before) => [...before, text]),
      preview(shown: Preview) {
        setPreview(shown);
        setPhase("checking");
      },
      priors: (priors: ReadonlyMap<string, Float32Array>) => setPreview((now) => now && withPriors(now, priors)),
    };
    try {
      setReport(await (how === "resume" ? engine.resume(listener) : engine.fit(script, data, wanted, listener)));
      setPhase(asked.current);
    } catch (caught) {
      const line = caught instanceof ModelFailure ? caught.failure.line : null;
      setError(`${line === null ? "" : `Line ${line} of the model: `}${(caught as Error).message}`);
      setPhase("idle");
    }
  };
  const halt = (as: "paused" | "done") => {
    asked.current = as;
    setPhase(as === "paused" ? "pausing" : "stopping");
    engine.stop();
  };
  const next = ({ settings: change, resume }: NextStep) => run(resume ? "resume" : "fit", { ...settings, ...change });

  const busy = !["idle", "paused", "done"].includes(phase);
  const stoppable = phase === "running" || phase === "pausing" || phase === "stopping";
  const resumable = report?.resumable === true && !busy;
  const shown = preview?.elboTrace ?? trace.current;
  return (
    <section aria-labelledby="fit-heading">
      <h2 id="fit-heading">Fit</h2>
      <Controls settings={settings} latents={latents} onSettings={setSettings} disabled={busy} />
      <p class="row">
        <button type="button" class="primary" disabled={busy || !ready} onClick={() => run("fit")}>
          Fit
        </button>
        <button type="button" disabled={phase !== "running"} onClick={() => halt("paused")}>
          Pause
        </button>
        <button type="button" disabled={!resumable} onClick={() => run("resume")}>
          Resume
        </button>
        <button type="button" disabled={!stoppable} onClick={() => halt("done")}>
          Stop
        </button>
      </p>
      <p role="status" class="status">
        {statusOf(phase, progress, speed)}
      </p>
      {busy && (
        <progress
          aria-label="Progress of the fit"
          {...(phase !== "checking" && progress?.stage === "optimise" && { value: progress.step, max: progress.steps })}
        />
      )}
      {notices.map((text) => (
        <p key={text} class="notice" role="alert">
          {text}
        </p>
      ))}
      {error !== null && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {fits > 0 && (
        <ElboTrace fit={fits} trace={phase === "running" ? trace.current : shown} steps={trace.current.length} />
      )}
      {preview !== null && origin !== null && (phase === "checking" || !busy) && (
        <Report origin={origin} preview={preview} report={report} engine={engine} onNext={busy ? null : next} />
      )}
    </section>
  );
}

const withPriors = (preview: Preview, priors: ReadonlyMap<string, Float32Array>): Preview => ({
  ...preview,
  marginals: preview.marginals.map((own) => ({ ...own, prior: priors.get(own.name) ?? null })),
});

function statusOf(phase: Phase, progress: Progress | null, speed: number | null): string {
  if (phase === "idle") return "Ready.";
  if (phase === "done") return "Done.";
  if (phase === "paused") return "Paused: what follows is the state so far.";
  if (phase === "pausing") return "Pausing…";
  if (phase === "stopping") return "Stopping…";
  if (phase === "checking") return "Fitted. Checking with 240,000 draws whether it can be relied on…";
  if (progress === null) return "Starting…";
  const stage = STAGES[progress.stage] ?? progress.stage;
  if (progress.stage !== "optimise" || speed === null || speed === 0) return `${stage}…`;
  const left = Math.ceil((progress.steps - progress.step) / speed);
  return `${stage}: step ${progress.step}, ${Math.round(speed)} steps/s, at most ${left} s left`;
}
