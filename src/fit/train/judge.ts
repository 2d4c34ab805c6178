/** The bound on batches and draws that stay the same: what a training is judged by. */
import { drawAxis } from "../../graph/axis.ts";
import { add, mean } from "../../graph/ops.ts";
import type { Backend } from "../../graph/program.ts";
import { substitute } from "../../graph/rewrite.ts";
import type { TracedModel } from "../../model/traced.ts";
import type { ArraysByName } from "../result.ts";
import { type AmortisedGuides, guided } from "./guided.ts";
import { drawnBatches, guidedNoise, learnedState, randomSource } from "./step.ts";

/** Batches of a judgement. The error of a difference of two is known to within a sixth. */
const BATCHES = 24;
/** The first step of the random source, away from those of training and of evaluation. */
const JUDGE_STEP = 0x50000000;

export interface TrainJudge {
  /** The bound that each of the batches estimates. Of two sets of learned arrays it is of the same batches and draws. */
  judge(learned: ArraysByName): Promise<Float64Array>;
  dispose(): void;
}

/** Evaluates the bound alone: a judgement costs less than as many steps. */
export async function compileTrainJudge(
  model: TracedModel,
  guides: AmortisedGuides,
  backend: Backend,
  { draws, seed }: { readonly draws: number; readonly seed: number },
): Promise<TrainJudge> {
  const source = randomSource("state");
  const draw = draws === 1 ? [] : [drawAxis(draws)];
  const { bound, constants } = guided(model, guides, guidedNoise(draw, source));
  const [value] = substitute([mean(bound, draw)], drawnBatches(model, source));
  const program = await backend.compile({
    name: `judgement of ${model.name}`,
    outputs: {},
    next: { step: add(source.step, 1) },
    trace: { bound: value! },
  });
  const write = (name: string, values: ArrayLike<number>): void => {
    if (program.hasInput(name)) program.write(name, values);
  };
  for (const [name, values] of [...model.inputs, ...constants]) write(name, values);
  write("seed", [seed >>> 0]);
  write("drawOffset", [0]);
  return {
    async judge(learned) {
      for (const [name, values] of Object.entries(learned)) write(learnedState({ name }), values);
      write("step", [JUDGE_STEP]);
      await program.run(BATCHES);
      return (await program.read(["bound"])).bound!;
    },
    dispose: () => program.dispose(),
  };
}
