/** How far the loop of a reduction runs. */
import type { Axis } from "../../graph/axis.ts";
import type { Value } from "../../graph/value.ts";
import { isEven, tilingOf } from "../lower.ts";
import { type Bound, boundsAlong, either, nonzeroWhere } from "../nonzero.ts";
import type { Bindings } from "./emitter.ts";
import type { Frame } from "./frame.ts";
import type { StageContext } from "./group.ts";

export interface Range {
  /** WGSL of the first index and of the one after the last. */
  readonly first: string;
  readonly end: string;
  /** No more iterations than this. */
  readonly most: number;
}

/** Shorter loops run whole: a comparison costs about what a term does. */
const SHORTEST_BOUNDED = 8;

/** What holds wherever one of these reductions has a term that counts. */
export function commonBounds(reductions: readonly Value[]): readonly Bound[] {
  const bounds = reductions.map(({ op, inputs }) =>
    op.kind === "reduce" && op.reducer === "sum" ? nonzeroWhere(inputs[0]!) : [],
  );
  return bounds.reduce(either);
}

/**
 * The range of a loop along `axis`, which starts in `frame`: in vec4s along lanes; in the last tile only as far as the axis
 * goes; where terms vanish for all `copies`, not at all.
 */
export function rangeOf(
  context: StageContext,
  axis: Axis,
  bounds: readonly Bound[],
  copies: readonly Bindings[],
  frame: Frame,
): Range {
  const { emitter } = context;
  if (axis === context.lanes) return { first: "0", end: `${axis.size / 4}`, most: axis.size / 4 };
  const named = (text: string): string => {
    const name = emitter.fresh("n");
    frame.lines.push(`let ${name} = ${text};`);
    return name;
  };
  const tiling = tilingOf(axis);
  let [first, end] = ["0", `${axis.size}`];
  if (tiling !== undefined && !isEven(tiling)) {
    end = named(`min(${axis.size}, ${tiling.whole.size} - ${copies[0]!.get(tiling.tile)!.text} * ${axis.size})`);
  }
  if (axis.size < SHORTEST_BOUNDED) return { first, end, most: axis.size };
  const { from, upTo } = boundsAlong(axis, bounds);
  // From where on: the least of what the copies need, for each bound.
  const starts = from.flatMap((bound) => negated(withoutAxis(bound, axis), copies, "min"));
  const ends = upTo.flatMap((bound) => sums(withoutAxis(bound, axis), copies, "max"));
  if (starts.length > 0) first = named(starts.reduce((a, b) => `max(${a}, ${b})`, first));
  if (ends.length > 0) end = named(ends.reduce((a, b) => `min(${a}, ${b} + 1)`, end));
  return { first, end, most: axis.size };
}

function withoutAxis({ terms, offset }: Bound, axis: Axis): Bound {
  return { terms: new Map([...terms].filter(([other]) => other !== axis)), offset };
}

const negated = ({ terms, offset }: Bound, copies: readonly Bindings[], extreme: "min" | "max"): string[] =>
  sums({ terms: new Map([...terms].map(([axis, c]) => [axis, -c])), offset: -offset }, copies, extreme);

/** The least or greatest over all copies of Σ coefficient · index + offset; none where an index is not at hand. */
function sums({ terms, offset }: Bound, copies: readonly Bindings[], extreme: "min" | "max"): string[] {
  const texts = new Set<string>();
  for (const bindings of copies) {
    const parts: string[] = [];
    for (const [axis, coefficient] of terms) {
      const binding = bindings.get(axis);
      if (binding === undefined || binding.lanes) return [];
      parts.push(coefficient === 1 ? binding.text : `${binding.text} * (${coefficient})`);
    }
    texts.add([...parts, ...(offset !== 0 || parts.length === 0 ? [`(${offset})`] : [])].join(" + "));
  }
  return [[...texts].reduce((a, b) => `${extreme}(${a}, ${b})`)];
}
