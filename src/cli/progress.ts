/** Progress of a fit on stderr: a bar on a terminal, a line now and then in a pipe. */
import { Presets, SingleBar } from "cli-progress";
import type { Progress, Stage } from "../fit/progress.ts";
import type { Terminal } from "./terminal.ts";
import { count, fixed, seconds } from "./text.ts";

const STAGES: Readonly<Record<Stage, string>> = {
  compile: "compiling",
  search: "looking for a start",
  refine: "refining the start",
  optimise: "optimising",
  evaluate: "evaluating the result",
};

export interface ProgressView {
  update(progress: Progress): void;
  stop(): void;
}

/** Seconds between lines where there is no terminal. */
const SPARSE = 5;

export function progressView(terminal: Terminal): ProgressView {
  return terminal.err.isTTY ? bar(terminal) : sparseLines(terminal);
}

function bar(terminal: Terminal): ProgressView {
  const made = new SingleBar(
    {
      format: "{bar} {step} of at most {most} steps  ELBO {elbo}  {phase}",
      stream: terminal.errStream,
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      // Ctrl-C is the command's to answer.
      gracefulExit: false,
      linewrap: true,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update({ stage, step, steps, elbo, objective }) {
      const shown = `${elbo === null || !Number.isFinite(elbo) ? "…" : fixed(elbo, 2)}${besides(objective)}`;
      const payload = { step: count(step), most: count(steps), elbo: shown, phase: STAGES[stage] };
      if (started) made.update(step, payload);
      else made.start(steps, step, payload);
      started = true;
    },
    stop() {
      if (started) made.stop();
    },
  };
}

/** What is maximised, where that is not the ELBO. */
const besides = (objective: Progress["objective"]): string =>
  objective === undefined ? "" : `, ${objective.name} ${fixed(objective.value, 2)}`;

function sparseLines(terminal: Terminal): ProgressView {
  const start = performance.now();
  let last = start;
  return {
    update({ stage, step, elbo, objective }) {
      const now = performance.now();
      if (now - last < SPARSE * 1000) return;
      last = now;
      const shown = elbo === null ? "" : `, ELBO ${fixed(elbo, 2)}${besides(objective)}`;
      terminal.err.write(`elbow: ${STAGES[stage]}, step ${count(step)}${shown}, ${seconds((now - start) / 1000)}\n`);
    },
    stop() {},
  };
}
