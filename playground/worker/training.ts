/** Models with parameters to learn: trained here, or evaluated with those that came with the page. */
import { adam, type Device, type JsonData, type Model, type Training, train } from "elbow-gpu";
import type { Learned } from "../learned.ts";
import type { Answer, TrainSettings } from "./protocol.ts";

/** Draws of q for every entry kept back: enough to see the bounds in seconds, and whether q covers them. */
const MOST_DRAWS = 25;

type Say = (answer: Answer, transfer?: Transferable[]) => void;

/** Says what was learned as soon as it is, and then how good it is. */
export async function trainModel(
  id: number,
  { model, training, data }: { readonly model: Model; readonly training: Training; readonly data: JsonData },
  { steps, seed }: TrainSettings,
  from: Learned | null,
  { device, signal, say }: { readonly device: Device; readonly signal: AbortSignal; readonly say: Say },
): Promise<void> {
  const { guide, stepSize, draws, heldOut } = training;
  await using trained = await train(model, data, {
    device,
    steps,
    seed,
    signal,
    ...(guide && { guide }),
    ...(stepSize !== undefined && { optimizer: adam({ stepSize }) }),
    ...(draws !== undefined && { draws }),
    ...(from && { parameters: Object.fromEntries(Object.entries(from).map(([name, { values }]) => [name, values])) }),
    onProgress: ({ stage, step, steps: all, estimates }) =>
      say({ kind: "progress", id, stage, step, steps: all, estimates }),
  });
  const { result } = trained;
  const learned: Learned = Object.fromEntries(
    Object.entries(result.parameters).map(([name, values]) => [
      name,
      { axes: result.axes[name]!, values: Float32Array.from(values) },
    ]),
  );
  say({ kind: "learned", id, learned, steps: result.steps, seconds: result.seconds.run });
  const { bounds, scores } = await trained.evaluate(training, {
    draws: Math.min(MOST_DRAWS, training.evaluationDraws ?? MOST_DRAWS),
    seed,
  });
  const { elbo, importanceWeighted, entries } = bounds;
  const keptBack = heldOut !== undefined;
  const judgement = result.steps === 0 ? null : trained.judge(bounds);
  const report = { elbo, importanceWeighted, entries, draws: bounds.draws, scores, keptBack, judgement };
  say({ kind: "trained", id, report });
}
