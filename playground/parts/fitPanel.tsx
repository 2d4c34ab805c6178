import { useEffect, useRef, useState } from "preact/hooks";
import { type Engine, ModelFailure } from "../engine.ts";
import type { Data } from "../example.ts";
import type { Answer, FitReport, Settings } from "../worker/protocol.ts";
import { Controls } from "./controls.tsx";
import { ElboTrace } from "./elboTrace.tsx";
import { Report } from "./report.tsx";
import type { Origin } from "./takeAway.tsx";

interface FitPanelProps {
  readonly slug: string;
  /** Of a link, or the defaults. */
  readonly initial: Settings;
  /** Model and data as far as they are not the example's. */
  readonly changed: Pick<Origin, "source" | "data">;
  readonly engine: Engine;
  readonly script: string;
  readonly data: Data;
  /** Whether the model is known to run on the data. */
  readonly ready: boolean;
}

type Phase = "idle" | "running" | "pausing" | "stopping" | "paused" | "done";
type Progress = Extract<Answer, { kind: "progress" }>;

const STAGES: Readonly<Record<string, string>> = {
  compile: "compiling",
  search: "looking for a start",
  refine: "refining the start",
  optimise: "optimising",
  evaluate: "evaluating the result",
};

/** Controls, progress, and what came out. */
export function FitPanel({ slug, initial, changed, engine, script, data, ready }: FitPanelProps) {
  const [settings, setSettings] = useState<Settings>(initial);
  const [phase, setPhase] = useState<Phase>("idle");
  const [progress, setProgress] = useState<Progress | null>(null);
  const [speed, setSpeed] = useState<number | null>(null);
  const [notices, setNotices] = useState<readonly string[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [report, setReport] = useState<FitReport | null>(null);
  const [origin, setOrigin] = useState<Origin | null>(null);
  const [fits, setFits] = useState(0);
  const asked = useRef<"paused" | "done">("done");
  useEffect(() => () => engine.stop(), [engine]);

  const run = async (resume: boolean): Promise<void> => {
    setPhase("running");
    setError(null);
    asked.current = "done";
    if (!resume) {
      setReport(null);
      setOrigin({ slug, settings, ...changed });
      setNotices([]);
      setFits(fits + 1);
    }
    setProgress(null);
    let first: { step: number; time: number } | null = null;
    const listener = {
      progress(answer: Progress) {
        setProgress(answer);
        if (answer.stage !== "optimise") return;
        const now = { step: answer.step, time: performance.now() };
        first ??= now;
        if (now.time > first.time) setSpeed((1000 * (now.step - first.step)) / (now.time - first.time));
      },
      notice: (text: string) => setNotices((before) => [...before, text]),
    };
    try {
      setReport(await (resume ? engine.resume(listener) : engine.fit(script, data, settings, listener)));
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

  const busy = phase === "running" || phase === "pausing" || phase === "stopping";
  const latest = progress?.elbo == null ? null : { step: progress.step, elbo: progress.elbo };
  const resumable = report?.resumable === true && !busy;
  return (
    <section aria-labelledby="fit-heading">
      <h2 id="fit-heading">Fit</h2>
      <Controls settings={settings} onSettings={setSettings} disabled={busy} />
      <p class="row">
        <button type="button" class="primary" disabled={busy || !ready} onClick={() => run(false)}>
          Fit
        </button>
        <button type="button" disabled={phase !== "running"} onClick={() => halt("paused")}>
          Pause
        </button>
        <button type="button" disabled={!resumable} onClick={() => run(true)}>
          Resume
        </button>
        <button type="button" disabled={!busy} onClick={() => halt("done")}>
          Stop
        </button>
      </p>
      <p role="status" class="status">
        {statusOf(phase, progress, speed)}
      </p>
      {busy && (
        <progress
          aria-label="Progress of the fit"
          {...(progress?.stage === "optimise" && { value: progress.step, max: progress.steps })}
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
      {fits > 0 && <ElboTrace fit={fits} latest={latest} whole={report?.elboTrace ?? null} />}
      {report !== null && origin !== null && !busy && <Report origin={origin} report={report} engine={engine} />}
    </section>
  );
}

function statusOf(phase: Phase, progress: Progress | null, speed: number | null): string {
  if (phase === "idle") return "Ready.";
  if (phase === "done") return "Done.";
  if (phase === "paused") return "Paused: what follows is the state so far.";
  if (phase === "pausing") return "Pausing…";
  if (phase === "stopping") return "Stopping…";
  if (progress === null) return "Starting…";
  const stage = STAGES[progress.stage] ?? progress.stage;
  if (progress.stage !== "optimise" || speed === null || speed === 0) return `${stage}…`;
  const left = Math.ceil((progress.steps - progress.step) / speed);
  return `${stage}: step ${progress.step}, ${Math.round(speed)} steps/s, at most ${left} s left`;
}
