/** The places of a quad's threads along one axis of a tile. */
import type { Axis } from "../../graph/axis.ts";
import { TILE } from "../contraction.ts";
import type { Binding } from "./emitter.ts";
import type { StageContext } from "./group.ts";

/**
 * Four neighbours along an axis: those of one thread of a quad, `lane`, in the tile of that number. Beyond the end of the
 * axis its last element stands in, which is then computed more than once, to the same bits: an `if` round each store
 * would double the time that SwiftShader takes to compile, each time anew.
 */
export class Four {
  /** Which four of the axis's they are. */
  readonly #name: string;
  readonly #places = new Map<number, Binding>();

  constructor(
    readonly context: StageContext,
    readonly axis: Axis,
    tile: string,
    lane: string,
  ) {
    this.#name = context.emitter.fresh("g");
    const index = `${tile} * ${TILE / 4} + ${lane}`;
    const last = Math.ceil(axis.size / 4) - 1;
    context.root.lines.push(`let ${this.#name} = ${axis.size % TILE === 0 ? index : `min(${index}, ${last})`};`);
  }

  /** One of them. */
  place(i: number): Binding {
    const known = this.#places.get(i);
    if (known !== undefined) return known;
    const { emitter, root } = this.context;
    const { size } = this.axis;
    const [text, index] = [emitter.fresh("i"), `${this.#name} * 4 + ${i}`];
    root.lines.push(`let ${text} = ${size % 4 === 0 ? index : `min(${index}, ${size - 1})`};`);
    const made = { text, frame: root, lanes: false };
    this.#places.set(i, made);
    return made;
  }

  /** All four, as lanes. */
  all(): Binding {
    return { text: this.#name, frame: this.context.root, lanes: true };
  }
}
