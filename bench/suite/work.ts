/** What a batch of draws cannot do without: the least work of a graph, by kind, for a ceiling to be set by. */
import { isDrawAxis, sizeOf } from "../../src/graph/axis.ts";
import { simplify } from "../../src/graph/simplify.ts";
import { Value } from "../../src/graph/value.ts";
import type { Ceilings } from "./ceilings.ts";

export interface Work {
  readonly normals: number;
  readonly exps: number;
  readonly logs: number;
  /** Everything else, an operation an element. */
  readonly flops: number;
}

/** Exponentials and logarithms of one element of a map. */
const TRANSCENDENTAL: Readonly<Record<string, readonly [exps: number, logs: number]>> = {
  exp: [1, 0],
  expm1: [1, 0],
  tanh: [1, 0],
  sigmoid: [1, 0],
  log: [0, 1],
  log1p: [0, 1],
  softplus: [1, 1],
  logSigmoid: [1, 1],
  logAddExp: [1, 1],
};

/** Counts the nodes that run over draws, each once; `times` for a batch that is evaluated in so many turns. */
export function countWork(roots: readonly Value[], times = 1): Work {
  const nodes = Value.topological(simplify(roots, { keepStops: false })).filter((value) =>
    [value, ...value.inputs].some(({ axes }) => axes.some(isDrawAxis)),
  );
  // softplus and sigmoid of the same argument share their exponential.
  const softened = new Set(
    nodes.flatMap(({ op, inputs }) => (op.kind === "map" && op.name === "softplus" ? inputs : [])),
  );
  let [normals, exps, logs, flops] = [0, 0, 0, 0];
  for (const { op, inputs, axes } of nodes) {
    const size = sizeOf(axes);
    if (op.kind === "random") normals += size;
    else if (op.kind === "reduce") {
      const terms = sizeOf(inputs[0]!.axes);
      if (op.reducer === "logSumExp") exps += terms;
      flops += terms;
    } else if (op.kind === "segment") flops += sizeOf(inputs[0]!.axes);
    else if (op.kind === "map") {
      const [e, l] = TRANSCENDENTAL[op.name] ?? [0, 0];
      const shared = op.name === "sigmoid" && softened.has(inputs[0]!);
      exps += shared ? 0 : e * size;
      logs += l * size;
      if (e + l === 0) flops += size;
    }
  }
  return { normals: times * normals, exps: times * exps, logs: times * logs, flops: times * flops };
}

/** Seconds that the measured rates ask for, were each kind done by itself. */
export const leastSeconds = ({ normals, exps, logs, flops }: Work, ceilings: Ceilings): number =>
  normals / ceilings.normalsPerSecond +
  exps / ceilings.expPerSecond +
  logs / ceilings.logPerSecond +
  flops / ceilings.flops;
