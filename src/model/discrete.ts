/** Discrete latent sites: finitely many values, each a position along an axis of its own. */
import { type Distribution, describeSupport } from "../distributions/index.ts";
import { chainOf } from "../distributions/markovChain.ts";
import { constantOf, supportBounds } from "../distributions/support.ts";
import { Axis, withoutAxes } from "../graph/axis.ts";
import { indexInput, input } from "../graph/ops.ts";
import { rename } from "../graph/reindex.ts";
import { Value } from "../graph/value.ts";
import { ModelError } from "./errors.ts";
import { describeAxes } from "./layout.ts";
import type { DiscreteSite, Term } from "./sites.ts";

/** More values than this are not summed over one by one. */
const MOST_STATES = 65_536;

/** The site of a discrete latent. Throws a ModelError where its values cannot be listed. */
export function discreteSite(
  name: string,
  inputName: string,
  distribution: Distribution,
  plates: readonly Axis[],
  enumerate: boolean,
): DiscreteSite {
  const refuse = (why: string): never => {
    throw new ModelError("discrete-latent", name, `${name}: a latent ${distribution.name} ${why}`);
  };
  const chain = chainOf(distribution);
  if (distribution.eventAxes.length > 0 && chain === undefined) {
    refuse(
      "is a vector of counts, whose values are too many to sum over; write it as scalar sites, or sum it out by hand",
    );
  }
  const bounds = supportBounds(distribution.support);
  const [lower, upper] = [bounds.lower, bounds.upper].map((bound) =>
    bound === undefined ? undefined : constantOf(bound),
  );
  if (distribution.support.kind !== "integerInterval") {
    refuse(
      `has infinitely many values (it is ${describeSupport(distribution.support)}), which cannot be summed over; give it an ` +
        "end with truncated(…, { upper }), or use a family that sums it out, such as negativeBinomial for a Poisson with a gamma rate",
    );
  }
  if (lower === undefined || upper === undefined) {
    return refuse("has bounds that are not constants; give them as numbers of the model's code");
  }
  const count = upper - lower + 1;
  if (count > MOST_STATES) refuse(`has ${count} values, more than the ${MOST_STATES} that are summed over one by one`);
  const states = new Axis(`${name}.state`, count);
  const own = { name, distribution, axes: plates, states, lower, enumerate, probsName: `${name}_probs` };
  if (chain !== undefined) {
    return { ...own, time: chain.time, value: indexInput(inputName, plates, chain.state, "parameter") };
  }
  const inner = new Set(Object.values(distribution.parameters).flatMap((value) => value.axes));
  const [axis, ...more] = withoutAxes([...inner], [...distribution.batchAxes, ...plates]);
  const isPosition = axis !== undefined && more.length === 0 && axis.size === count && lower === 0;
  const value = isPosition
    ? indexInput(inputName, plates, axis, "parameter")
    : input(inputName, plates, "parameter", "i32");
  return { ...own, value };
}

/** The prior of a discrete site as a term of the log joint. */
export function priorTerm({ name, distribution, value, axes, states }: DiscreteSite): Term {
  const chain = chainOf(distribution);
  if (chain === undefined) return { site: name, value: distribution.logProb(value), plates: axes };
  const { state, initial, transition } = chain;
  return {
    site: name,
    value: rename(initial, state, states),
    transition: rename(rename(transition, state.prime(), states.prime()), state, states),
    plates: axes,
  };
}

/**
 * Throws where entries of a discrete site along its plates meet on the way to a term of the log joint: the sum over its
 * values goes entry by entry, so that N sites of K values cost N·K terms and not Kᴺ.
 */
export function requireEntryByEntry(sites: readonly DiscreteSite[], terms: readonly Term[]): void {
  for (const site of sites) {
    if (site.axes.length === 0) continue;
    for (const term of terms) {
      const depends = new Set<Value>([site.value]);
      for (const node of Value.topological([term.value])) {
        const through = node.inputs.filter((x) => depends.has(x));
        if (through.length === 0) continue;
        depends.add(node);
        const met = axesThatMeet(node, depends).filter((axis) => site.axes.includes(axis));
        if (met.length === 0) continue;
        throw new ModelError(
          "discrete-latent",
          site.name,
          `${site.name}: its entries along ${describeAxes(met)} meet in one term of "${term.site}" (a ${node.op.kind} over ` +
            "that plate), so that they cannot be summed out one by one; make neighbours along a plate one markovChain",
        );
      }
    }
  }
}

/** The axes along which an operation lets entries of its inputs meet or move. */
function axesThatMeet(node: Value, depends: ReadonlySet<Value>): readonly Axis[] {
  const { op } = node;
  switch (op.kind) {
    case "reduce":
      return op.over;
    case "gather":
      return depends.has(node.inputs[0]!) ? [op.axis] : [];
    case "segment":
      return op.rows;
    case "reindex":
      return op.map.source.map(({ axis }) => axis);
    case "scan":
      return [op.axis];
    case "cholesky":
    case "triangularSolve":
      return [op.row, op.column];
    default:
      return [];
  }
}
