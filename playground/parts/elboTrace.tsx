import { useEffect, useRef } from "preact/hooks";
import type { TracePlot } from "../pictures/trace.ts";

interface ElboTraceProps {
  /** The estimate of every step so far. */
  readonly trace: ArrayLike<number>;
  /** Of `trace`, which may grow in place. */
  readonly steps: number;
  /** Counts fits: each begins a new picture. */
  readonly fit: number;
}

/** uPlot is loaded when the first fit begins. */
export function ElboTrace({ trace, steps, fit }: ElboTraceProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<TracePlot | null>(null);
  const known = useRef(trace);
  known.current = trace;
  useEffect(() => {
    let current = true;
    import("../pictures/trace.ts").then(({ TracePlot }) => {
      if (!current) return;
      plot.current = new TracePlot(place.current!);
      plot.current.show(known.current);
    });
    return () => {
      current = false;
      plot.current?.dispose();
      plot.current = null;
    };
  }, [fit]);
  useEffect(() => plot.current?.show(trace), [trace, steps]);
  return (
    <>
      <div class="trace" ref={place} role="img" aria-label="The ELBO by step, with a band of two standard deviations" />
      <p class="fine">The ELBO of every step. The band holds two standard deviations of its estimates either way.</p>
    </>
  );
}
