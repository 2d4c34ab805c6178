/** A large batch: the ELBO and its gradient from 2^20 draws, evaluated and nothing else. */

import { openDevice } from "../../src/compile/openDevice.ts";
import { compileElbo, meanField } from "../../src/index.ts";
import { type Timing, timeInterleaved } from "./contender.ts";
import { SCALE } from "./ours.ts";
import type { BatchRow } from "./rows.ts";
import { timingOptions } from "./run.ts";

export interface BatchResult {
  readonly name: string;
  readonly title: string;
  readonly ours: Timing;
  readonly draws: number;
  readonly elbo: number;
  readonly standardError: number;
  /** Dispatches and memory of one chunk of draws. */
  readonly chunk: number;
  readonly normals: number;
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
      normals: row.draws * compiled.guide.coordinate.size,
    };
  } finally {
    await device[Symbol.asyncDispose]();
  }
}
