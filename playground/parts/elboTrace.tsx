import { useEffect, useRef } from "preact/hooks";
import type { TracePlot } from "../pictures/trace.ts";

interface ElboTraceProps {
  /** The latest estimate; null before the first. */
  readonly latest: { readonly step: number; readonly elbo: number } | null;
  /** The whole, once the fit is done. */
  readonly whole: Float64Array | null;
  /** Counts fits: each begins a new picture. */
  readonly fit: number;
}

/** uPlot is loaded when the first fit begins; what arrives before it is there is drawn once it is. */
export function ElboTrace({ latest, whole, fit }: ElboTraceProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<TracePlot | null>(null);
  const finished = useRef(whole);
  finished.current = whole;
  useEffect(() => {
    let current = true;
    import("../pictures/trace.ts").then(({ TracePlot }) => {
      if (!current) return;
      plot.current = new TracePlot(place.current!);
      if (finished.current !== null) plot.current.finish(finished.current);
    });
    return () => {
      current = false;
      plot.current?.dispose();
      plot.current = null;
    };
  }, [fit]);
  useEffect(() => {
    if (latest !== null) plot.current?.add(latest.step, latest.elbo);
  }, [latest]);
  useEffect(() => {
    if (whole !== null) plot.current?.finish(whole);
  }, [whole]);
  return (
    <div class="trace" ref={place} role="img" aria-label="The ELBO by step, with a band of two standard deviations" />
  );
}
