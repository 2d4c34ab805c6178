/** Which sites and learned arrays are to blame for steps that are not finite. */
import { gradient } from "../../graph/autodiff.ts";
import { drawAxis } from "../../graph/axis.ts";
import { isFiniteValue, mean, select, sum } from "../../graph/ops.ts";
import type { Backend } from "../../graph/program.ts";
import { substitute } from "../../graph/rewrite.ts";
import { Value } from "../../graph/value.ts";
import type { TracedModel } from "../../model/traced.ts";
import type { ArraysByName } from "../result.ts";
import { type AmortisedGuides, guided } from "./guided.ts";
import { drawnBatches, guidedNoise, learnedState, randomSource } from "./step.ts";

export interface Blame {
  /** Sites whose log density was not finite, the most often so first. */
  readonly sites: readonly string[];
  /** Learned arrays that were not finite, or had a derivative of the bound that was not; else those the sites are made of. */
  readonly parameters: readonly string[];
}

const MOST_STEPS = 16;

/** Takes the steps of these numbers again, as far as the bound and its gradient. */
export async function blameSteps(
  model: TracedModel,
  guides: AmortisedGuides,
  backend: Backend,
  learned: ArraysByName,
  { draws, seed, steps }: { readonly draws: number; readonly seed: number; readonly steps: readonly number[] },
): Promise<Blame> {
  const source = randomSource("parameter");
  const draw = draws === 1 ? [] : [drawAxis(draws)];
  const made = guided(model, guides, guidedNoise(draw, source));
  const slopes = gradient(
    mean(made.bound, draw),
    made.learned.map(({ value }) => value),
  );
  const broken = (value: Value): Value => sum(select(isFiniteValue(value), 0, 1), value.axes);
  const sites = [...made.joint.sites];
  const flags = [...sites.map(([, value]) => broken(value)), ...slopes.map(broken)];
  const names = [...sites.map(([name]) => `site ${name}`), ...made.learned.map(({ name }) => `parameter ${name}`)];
  const replaced = substitute(flags, drawnBatches(model, source));
  const outputs = Object.fromEntries(names.map((name, i) => [name, replaced[i]!]));
  const program = await backend.compile({ name: `faults of ${model.name}`, outputs });
  const write = (name: string, values: ArrayLike<number>): void => {
    if (program.hasInput(name)) program.write(name, values);
  };
  const counts = new Map<string, number>();
  for (const [name, values] of Object.entries(learned)) {
    if (!values.every(Number.isFinite)) counts.set(`parameter ${name}`, MOST_STEPS);
  }
  try {
    for (const [name, values] of [...model.inputs, ...made.constants]) write(name, values);
    for (const [name, values] of Object.entries(learned)) write(learnedState({ name }), values);
    write("seed", [seed >>> 0]);
    write("drawOffset", [0]);
    for (const step of steps.slice(0, MOST_STEPS)) {
      write("step", [step]);
      await program.run();
      const read = await program.read(names);
      for (const name of names) {
        if (read[name]![0]! > 0) counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
  } finally {
    program.dispose();
  }
  const worst = [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name);
  const of = (kind: string): string[] =>
    worst.flatMap((name) => (name.startsWith(kind) ? name.slice(kind.length) : []));
  const found = { sites: of("site "), parameters: of("parameter ") };
  if (found.parameters.length > 0) return found;
  // The derivative of log x below zero is a number: then what the sites are made of is to blame.
  const roots = found.sites.map((name) => made.joint.sites.get(name)!);
  const needed = new Set(Value.topological(roots));
  return { ...found, parameters: made.learned.filter(({ value }) => needed.has(value)).map(({ name }) => name) };
}
