/** The part that discrete blocks of a guide have in the ELBO and its gradient. */
import { vjp } from "../graph/autodiff.ts";
import type { Axis } from "../graph/axis.ts";
import { add, constant, gather, mul, select, stopGradient, sum } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { type DiscreteBlock, probabilitiesOf } from "../guides/discrete.ts";
import type { BoundGuide, Noise, Parameters, Scores } from "../guides/guide.ts";
import type { DiscreteGuess, DiscreteProbabilities } from "../model/eliminate.ts";
import type { LogJoint } from "../model/sites.ts";
import { drawCategorical, scoreFunction } from "./scoreFunction.ts";

/** Streams of the discrete blocks' uniforms; no other part of a guide draws from them. */
const FIRST_STREAM = 0x7ffe0000;

interface Part {
  readonly block: DiscreteBlock;
  readonly q: DiscreteProbabilities;
  /** log q of what is drawn, over its plates and draw; null where nothing is. */
  readonly logDensity: Value | null;
}

/** q of a guide's discrete blocks, drawn where the block says so. */
export class DiscretePart {
  readonly #parts: readonly Part[];

  constructor(
    guide: BoundGuide,
    readonly lambda: Parameters,
    noise: Noise,
    readonly draw: Axis,
  ) {
    this.#parts = (guide.discrete ?? []).map((block, i) => {
      const { site, estimator } = block;
      const q = probabilitiesOf(block, lambda);
      if (estimator === "enumerated") return { block, q, logDensity: null };
      const position = drawCategorical(q.probs, site.states, noise("uniform", site.axes, FIRST_STREAM + i));
      return { block, q: { ...q, position }, logDensity: gather(q.logProbs, site.states, position) };
    });
  }

  /** For the model's log joint. */
  get guess(): DiscreteGuess {
    return new Map(this.#parts.map(({ block, q }) => [block.site.name, q]));
  }

  /** log q of all that is drawn, over draw. */
  get logDensity(): Value {
    return this.#parts
      .flatMap(({ block, logDensity }) => (logDensity === null ? [] : [sum(logDensity, block.site.axes)]))
      .reduce((a, b) => add(a, b), constant(0));
  }

  /**
   * By site: ∂/∂q of the bound, of each probability on its own, where it is averaged over; the estimate of the gradient in the
   * logits where it is drawn. `target` is the log joint of each draw.
   */
  scores(target: Value, { drawn }: LogJoint, { good, share }: Pick<Scores, "good" | "share">): Record<string, Value> {
    return Object.fromEntries(
      this.#parts.map(({ block, q, logDensity }) => {
        const { name, axes } = block.site;
        if (logDensity === null) {
          const [found] = vjp([{ value: target, cotangent: select(good, share, 0) }], [q.probs]);
          return [name, found!];
        }
        const f = stopGradient(drawn.get(name)!.sub(logDensity));
        const surrogate = scoreFunction(f, logDensity, this.draw, { good });
        const [found] = vjp([{ value: sum(surrogate, axes), cotangent: constant(1) }], [this.lambda[block.parameter]!]);
        return [name, found!];
      }),
    );
  }

  /** By parameter: the gradient in the logits. */
  gradient(scores: Readonly<Record<string, Value>>): Record<string, Value> {
    return Object.fromEntries(
      this.#parts.map(({ block, q, logDensity }) => {
        const score = scores[block.site.name]!;
        if (logDensity !== null) return [block.parameter, score];
        const mean = sum(mul(q.probs, score), [block.site.states]);
        return [block.parameter, mul(q.probs, score.sub(mean))];
      }),
    );
  }
}
