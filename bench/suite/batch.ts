/** A large batch: the ELBO and its gradient from 2^20 draws, evaluated and nothing else. */

import { openDevice } from "../../src/compile/openDevice.ts";
import { drawAxis } from "../../src/graph/axis.ts";
import { input, random } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import type { BoundGuide, Noise } from "../../src/guides/index.ts";
import { compileElbo, meanField } from "../../src/index.ts";
import type { TracedModel } from "../../src/model/traced.ts";
import { elbo } from "../../src/objectives/index.ts";
import { type Timing, timeInterleaved } from "./contender.ts";
import { SCALE } from "./ours.ts";
import type { BatchRow } from "./rows.ts";
import { timingOptions } from "./run.ts";
import { countWork, type Work } from "./work.ts";

export interface BatchResult {
  readonly name: string;
  readonly title: string;
  readonly ours: Timing;
  readonly draws: number;
  readonly elbo: number;
  readonly standardError: number;
  /** Draws of one run of the program. */
  readonly chunk: number;
  /** The least that the whole batch takes. */
  readonly work: Work;
}

export async function runBatchRow(
  row: BatchRow,
  quick: boolean,
  onProgress: (text: string) => void,
): Promise<BatchResult> {
  const { model, data } = await row.model();
  const device = await openDevice({ kind: "gpu" });
  try {
    onProgress("compiling");
    const began = performance.now();
    const compiled = await compileElbo(model, data as never, { device, guide: meanField(), draws: row.draws });
    const compileSeconds = (performance.now() - began) / 1000;
    const lambda = compiled.initial();
    lambda.logScale!.fill(Math.log(SCALE));
    let step = 0;
    const first = await compiled.evaluate(lambda, { seed: 1, step });
    const contender = {
      name: "elbow",
      compileSeconds,
      firstSeconds: (performance.now() - began) / 1000,
      firstElbo: first.value,
      async steps(n: number): Promise<number> {
        let value = Number.NaN;
        for (let i = 0; i < n; i++) ({ value } = await compiled.evaluate(lambda, { seed: 1, step: ++step }));
        return value;
      },
      dispose: () => compiled.dispose(),
    };
    const [timing] = await timeInterleaved([contender], timingOptions(quick, onProgress));
    compiled.dispose();
    return {
      name: row.name,
      title: row.title,
      ours: timing!,
      draws: row.draws,
      elbo: first.value,
      standardError: first.standardError,
      chunk: compiled.chunk,
      work: countWork(rootsOf(model.trace(data as never), compiled.chunk), row.draws / compiled.chunk),
    };
  } finally {
    await device[Symbol.asyncDispose]();
  }
}

/** The value and the gradient of a chunk, as compileElbo builds them. */
function rootsOf(traced: TracedModel, draws: number): Value[] {
  const size = traced.coordinate.size;
  const start = { mean: new Float64Array(size), factor: null, scale: new Float64Array(size).fill(1) };
  const guide = meanField().bind(traced.coordinate, start);
  const draw = drawAxis(draws);
  const source = {
    seed: input("seed", [], "parameter", "u32"),
    step: input("step", [], "parameter", "u32"),
    drawOffset: input("drawOffset", [], "parameter", "u32"),
  };
  const inputsOf = (specs: BoundGuide["parameters"] | BoundGuide["constants"]) =>
    Object.fromEntries(Object.entries(specs).map(([name, { axes }]) => [name, input(name, axes, "parameter")]));
  const noise: Noise = (distribution, axes, stream) => random(distribution, stream, [...axes, draw], source);
  const settings = { form: "joint", gradient: "reparameterised" } as const;
  const found = elbo(traced, guide, inputsOf(guide.parameters), inputsOf(guide.constants), noise, draw, settings);
  return [found.value, ...Object.values(found.gradient())];
}
