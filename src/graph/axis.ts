import { GraphError } from "./errors.ts";

let created = 0;

/**
 * A named axis with a static extent. Identity is the object: two axes of the same name are different axes.
 *
 * Canonical order (the memory layout is row-major in it): plates in the order of their creation, each before its twin, then `draw`. Draws vary
 * fastest, so that neighbouring threads, which take neighbouring draws, touch neighbouring words. Independent fits are
 * instances of a program (program.ts), no axis of its graph.
 */
export class Axis {
  readonly order: number;
  #twin: Axis | undefined;

  constructor(
    readonly name: string,
    readonly size: number,
    order?: number,
  ) {
    if (!Number.isInteger(size) || size < 1) {
      throw new GraphError(`axis "${name}": the extent must be a positive integer, got ${size}`);
    }
    this.order = order ?? ++created;
  }

  /**
   * The primed twin, for a plate that meets itself (a covariance K[i, i′]). It stands right after its plate in canonical
   * order, whenever it is first asked for: layouts must not depend on who asked before.
   */
  prime(): Axis {
    // Orders are integers: a twin is half way to the next, a twin's twin half of the rest.
    const next = Math.floor(this.order) + 1;
    this.#twin ??= new Axis(`${this.name}′`, this.size, (this.order + next) / 2);
    return this.#twin;
  }

  toString(): string {
    return `${this.name}:${this.size}`;
  }
}

/** The axis of Monte Carlo draws; last in canonical order. */
export const drawAxis = (draws: number): Axis => new Axis("draw", draws, Number.MAX_SAFE_INTEGER);

export const isDrawAxis = (axis: Axis): boolean => axis.order === Number.MAX_SAFE_INTEGER;

/** Union in canonical order. */
export function unionAxes(...lists: (readonly Axis[])[]): Axis[] {
  const all = new Set<Axis>();
  for (const list of lists) for (const axis of list) all.add(axis);
  return [...all].sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
}

export const withoutAxes = (axes: readonly Axis[], removed: readonly Axis[]): Axis[] =>
  axes.filter((axis) => !removed.includes(axis));

export const sizeOf = (axes: readonly Axis[]): number => axes.reduce((size, axis) => size * axis.size, 1);

export const sameAxes = (a: readonly Axis[], b: readonly Axis[]): boolean =>
  a.length === b.length && a.every((axis) => b.includes(axis));
