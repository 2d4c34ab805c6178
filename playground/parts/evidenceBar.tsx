import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { FitReport } from "../worker/protocol.ts";

interface EvidenceBarProps {
  readonly json: FitReport["json"];
  /** The ELBO of every step of the same fit from a plain start. */
  climb(): Promise<Float64Array>;
  /** Whether to show it without being asked. */
  readonly play: boolean;
}

/** Steps an estimate is averaged over. */
const WINDOW = 15;
/** Nats below the evidence where the bar begins at most. */
const DEEPEST = 60;
const SECONDS = 5;

/** log p(x) = ELBO + KL: a bar of one length, in which the ELBO grows at the cost of the divergence. */
export function EvidenceBar({ json, climb, play }: EvidenceBarProps) {
  const { elbo, evidence } = json;
  const [trace, setTrace] = useState<Float64Array | null>(null);
  const [step, setStep] = useState(0);
  const [state, setState] = useState<"still" | "fitting" | "playing">("still");
  const [error, setError] = useState<string | null>(null);
  const frame = useRef(0);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  const smooth = useMemo(() => trace && smoothed(trace), [trace]);

  const watch = async (): Promise<void> => {
    setState("fitting");
    setError(null);
    try {
      const climbed = trace ?? (await climb());
      setTrace(climbed);
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      const began = performance.now();
      const move = (now: number): void => {
        // A frame may have begun before the click was handled.
        const share = still ? 1 : Math.min(1, Math.max(0, now - began) / 1000 / SECONDS);
        setStep(Math.round(share * (climbed.length - 1)));
        setState(share < 1 ? "playing" : "still");
        if (share < 1) frame.current = requestAnimationFrame(move);
      };
      setState("playing");
      frame.current = requestAnimationFrame(move);
    } catch (caught) {
      setError((caught as Error).message);
      setState("still");
    }
  };
  useEffect(() => {
    if (play && evidence !== null && evidence.standardError !== null) void watch();
  }, [json]);

  if (evidence === null || evidence.standardError === null) return null;
  const now = smooth === null ? elbo.value : smooth[Math.min(step, smooth.length - 1)]!;
  const lowest = Math.max(evidence.value - DEEPEST, Math.min(elbo.value - 1, smooth?.[0] ?? elbo.value - 1));
  const share = Math.max(0, Math.min(1, (now - lowest) / (evidence.value - lowest)));
  const divergence = Math.max(0, evidence.value - now);
  const words = `log p(x) = ELBO + KL: ${evidence.value.toFixed(2)} = ${now.toFixed(2)} + ${divergence.toFixed(2)}`;
  return (
    <section aria-labelledby="evidence-heading">
      <h3 id="evidence-heading">Evidence = ELBO + divergence</h3>
      <div class="evidence" role="img" aria-label={words} data-divergence={divergence.toFixed(3)}>
        <div class="bound" style={{ width: `${100 * share}%` }} />
      </div>
      <p class="ends" aria-hidden="true">
        <span>{lowest.toFixed(1)}</span>
        <span>
          <b class="bound-name">ELBO {now.toFixed(2)}</b> +{" "}
          <b class="gap-name">KL(q ‖ posterior) {divergence.toFixed(2)}</b>
        </span>
        <span>log p(x) = {evidence.value.toFixed(2)}</span>
      </p>
      {trace !== null && (
        <label class="slide">
          Step {step + 1}
          <input
            type="range"
            min={0}
            max={trace.length - 1}
            value={step}
            onInput={(event) => {
              cancelAnimationFrame(frame.current);
              setState("still");
              setStep(event.currentTarget.valueAsNumber);
            }}
          />
        </label>
      )}
      <p class="row">
        <button type="button" disabled={state !== "still"} onClick={watch}>
          {state === "fitting" ? "Fitting…" : "Watch it close from a plain start"}
        </button>
      </p>
      {error !== null && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      <p class="fine">
        The evidence does not depend on q: whatever the ELBO gains, the divergence loses. The evidence is the estimate
        by importance sampling, ± {evidence.standardError.toFixed(3)}.
      </p>
    </section>
  );
}

/** The mean of the estimates about each step. */
function smoothed(trace: Float64Array): Float64Array {
  return trace.map((_, i) => {
    const reach = Math.min(WINDOW, i, trace.length - 1 - i);
    const near = trace.subarray(i - reach, i + reach + 1).filter(Number.isFinite);
    return near.length === 0 ? Number.NEGATIVE_INFINITY : near.reduce((sum, x) => sum + x, 0) / near.length;
  });
}
