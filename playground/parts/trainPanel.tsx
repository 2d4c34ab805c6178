import { useEffect, useRef, useState } from "preact/hooks";
import { type Engine, ModelFailure } from "../engine.ts";
import type { Data } from "../example.ts";
import { type Learned, restored, type Shipped } from "../learned.ts";
import { DEFAULTS } from "../settings.ts";
import { trainingCodeOf } from "../takeaway/code.ts";
import type { Answer, TrainedReport } from "../worker/protocol.ts";
import { Controls } from "./controls.tsx";
import { useCopied } from "./copied.tsx";
import { ElboTrace } from "./elboTrace.tsx";
import { LearnedPicture } from "./learnedPicture.tsx";
import { Scroll } from "./scroll.tsx";

interface TrainPanelProps {
  readonly slug: string;
  readonly engine: Engine;
  readonly script: string;
  readonly data: Data;
  /** Steps by default, once they are known. */
  readonly steps: number | null;
  /** Whether model and data are the example's own, so that what the page ships is theirs. */
  readonly own: boolean;
  /** Whether the model is known to run on the data. */
  readonly ready: boolean;
  shipped(): Promise<Shipped | null>;
}

type Phase = "idle" | "training" | "stopping" | "evaluating";
type Progress = Extract<Answer, { kind: "progress" }>;

interface Shown {
  readonly learned: Learned;
  readonly steps: number;
  readonly source: "page" | "here";
}

/** Parameters are learned here, or come with the page: what they do, how good they are, and training them. */
export function TrainPanel({ slug, engine, script, data, steps, own, ready, shipped }: TrainPanelProps) {
  const [settings, setSettings] = useState(DEFAULTS);
  const [chosen, setChosen] = useState<number | null>(null);
  const [phase, setPhase] = useState<Phase>("idle");
  const [progress, setProgress] = useState<Progress | null>(null);
  const [notices, setNotices] = useState<readonly string[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const [report, setReport] = useState<TrainedReport | null>(null);
  const [trainings, setTrainings] = useState(0);
  const trace = useRef<number[]>([]);
  const began = useRef(0);
  useEffect(() => () => engine.stop(), [engine]);
  useEffect(() => {
    let current = true;
    setShown(null);
    setReport(null);
    if (own) {
      shipped().then((found) => {
        if (current && found !== null) setShown({ learned: restored(found), steps: found.steps, source: "page" });
      });
    }
    return () => {
      current = false;
    };
  }, [own, shipped]);

  const wanted = chosen ?? steps ?? DEFAULTS.steps;
  const run = async (how: "train" | "further" | "evaluate"): Promise<void> => {
    const from = how === "train" ? null : (shown?.learned ?? null);
    const before = how === "train" ? 0 : (shown?.steps ?? 0);
    setPhase(how === "evaluate" ? "evaluating" : "training");
    setError(null);
    setReport(null);
    setNotices([]);
    setProgress(null);
    if (how !== "evaluate") {
      trace.current = [];
      began.current = performance.now();
      setTrainings(trainings + 1);
    }
    try {
      const { device, seed } = settings;
      const taken = { device, seed, steps: how === "evaluate" ? 0 : wanted };
      const found = await engine.train(script, data, taken, from, {
        progress(answer) {
          trace.current.push(...answer.estimates);
          setProgress(answer);
        },
        notice: (text) => setNotices((known) => [...known, text]),
        learned(answer) {
          if (how !== "evaluate") setShown({ ...answer, steps: before + answer.steps, source: "here" });
          setPhase("evaluating");
        },
      });
      setReport(found);
    } catch (caught) {
      const line = caught instanceof ModelFailure ? caught.failure.line : null;
      setError(`${line === null ? "" : `Line ${line} of the model: `}${(caught as Error).message}`);
    }
    setPhase("idle");
  };
  const copied = useCopied();
  const busy = phase !== "idle";
  const button = (label: string, disabled: boolean, onClick: () => void, primary = false) => (
    <button type="button" class={primary ? "primary" : undefined} disabled={disabled} onClick={onClick}>
      {label}
    </button>
  );
  return (
    <section aria-labelledby="fit-heading">
      <h2 id="fit-heading">Fit</h2>
      <p>
        The networks of this model are learned once for all data; an entry, seen or not, then costs one pass through
        them. {shown?.source === "page" && `Parameters learned in ${shown.steps} steps came with this page.`}
      </p>
      {shown !== null && own && <LearnedPicture slug={slug} learned={shown.learned} data={data} />}
      <Controls
        training
        settings={{ ...settings, steps: wanted }}
        latents={[]}
        disabled={busy}
        onSettings={(next) => {
          if (next.steps !== wanted) setChosen(next.steps);
          setSettings(next);
        }}
      />
      <p class="row">
        {button("Train", busy || !ready, () => run("train"), true)}
        {button("Train further", busy || shown === null, () => run("further"))}
        {button("Evaluate", busy || shown === null, () => run("evaluate"))}
        {button("Stop", phase !== "training", () => {
          setPhase("stopping");
          engine.stop();
        })}
        {button("Copy as code", false, () => {
          copied.show("Code", trainingCodeOf({ ...settings, steps: wanted }));
        })}
      </p>
      {copied.shown}
      <p role="status" class="status">
        {statusOf(phase, progress, began.current, shown, report)}
      </p>
      {busy && (
        <progress
          aria-label="Progress of the training"
          {...(phase === "training" && progress !== null && { value: progress.step, max: progress.steps })}
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
      {trainings > 0 && <ElboTrace fit={trainings} trace={trace.current} steps={trace.current.length} />}
      {report !== null && <Bounds report={report} />}
    </section>
  );
}

function statusOf(
  phase: Phase,
  progress: Progress | null,
  began: number,
  shown: Shown | null,
  report: TrainedReport | null,
): string {
  if (phase === "stopping") return "Stopping…";
  if (phase === "evaluating") return "Evaluating on data…";
  if (phase === "idle") {
    if (report !== null) return `Done: ${shown?.steps ?? 0} steps.`;
    return "Ready.";
  }
  if (progress === null) return "Starting…";
  const left = ((performance.now() - began) / progress.step) * (progress.steps - progress.step);
  return `training: step ${progress.step} of ${progress.steps}, about ${Math.ceil(left / 1000)} s left`;
}

type Judgement = NonNullable<TrainedReport["judgement"]>;

const WORDS: Readonly<Record<Judgement["verdict"], string>> = {
  reliable: "The bound has stopped rising, and nothing speaks against it.",
  unreliable: "The bound has stopped rising, but q does not cover the posteriors of these entries.",
  "not-converged": "The bound was not seen to be level.",
  failed: "The training failed. What is shown is its last good state.",
};

function Verdict({ judgement: { verdict, reasons } }: { readonly judgement: Judgement }) {
  return (
    <div class={`verdict ${verdict}`} data-verdict={verdict}>
      <p>
        <strong>{verdict.replace("-", " ")}</strong> {WORDS[verdict]}
      </p>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </div>
  );
}

/** Nats an entry. */
function Bounds({ report }: { readonly report: TrainedReport }) {
  const { elbo, importanceWeighted, entries, draws, scores, keptBack, judgement } = report;
  const each = ({ value, standardError }: TrainedReport["elbo"]) =>
    `${(value / entries).toFixed(2)} ± ${(standardError / entries).toFixed(2)}`;
  const rows = [
    ["ELBO, nats an entry", each(elbo)],
    [`importance-weighted by ${draws} ${draws === 1 ? "draw" : "draws"}`, each(importanceWeighted)],
    ...Object.entries(scores).map(([name, value]) => [name, value.toFixed(4)]),
  ];
  return (
    <>
      {judgement !== null && <Verdict judgement={judgement} />}
      <h3>{keptBack ? `${entries} entries kept back` : `${entries} entries trained on`}</h3>
      <Scroll label="Bounds">
        <table data-bounds>
          <tbody>
            {rows.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="fine">
        The bounds are lower bounds of the log evidence of data that {keptBack ? "no step has seen" : "were trained on"}
        . Learned parameters are points: how uncertain they are is no part of them.
      </p>
    </>
  );
}
