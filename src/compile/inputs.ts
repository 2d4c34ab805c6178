/** Where the inputs of a program lie: data in as few banks as hold them, parameters in buffers of their own. */
import type { Axis } from "../graph/axis.ts";
import type { Value } from "../graph/value.ts";
import { MemoryPlanError } from "../webgpu/errors.ts";
import { isVectorValue, strideOf } from "./arena.ts";

/** Storage bindings a kernel may use: the web's floor. */
export const STORAGE_BINDINGS = 8;
/** Bindings that are not data: scalar and vector parameters, scalar and vector workspace, trace. */
const OTHER_BINDINGS = 5;

/** One of the buffers of an executable. */
export type BufferName = "control" | "parameters" | "parameters4" | "work" | "work4" | "trace" | `data${number}`;

/** Where an input's values go: pieces of buffers, in words. A CSR inverse of an index is kept beside it. */
export interface InputPlace extends Region {
  readonly value: Value;
}

export interface CsrPlace {
  readonly index: Value;
  readonly groups: number;
  readonly starts: Region;
  readonly rows: Region;
}

/** Words of buffers, end to end: one array, or one for each fit. */
export interface Region {
  readonly pieces: readonly Piece[];
  /** Words from the array of one fit to that of the next; 0 where all fits share one. */
  readonly stride: number;
}

export interface Piece {
  readonly buffer: BufferName;
  readonly offset: number;
  readonly words: number;
}

/** The fits of a program, and which of its inputs each has for itself. */
export interface Fits {
  /** Undefined: a program of one fit, which has no table of fits. */
  readonly count: number | undefined;
  isShared(input: Value): boolean;
}

/** Gives every input a place: data in as few banks as hold it, parameters in one buffer. */
export class InputLayout {
  readonly places = new Map<string, InputPlace>();
  readonly csr: CsrPlace[] = [];
  readonly #banks: number[] = [];
  readonly #words = { parameters: 0, parameters4: 0 };
  /** Which fits run, and how many steps each: a pair of words a slot; null in a program of one fit. */
  readonly slots: Piece | null;

  constructor(
    readonly maxBindingBytes: number,
    readonly program: string,
    readonly fits: Fits,
  ) {
    this.slots = fits.count === undefined ? null : this.#takeParameter("parameters", 2 * fits.count);
  }

  add(value: Value): void {
    const op = value.op;
    if (op.kind !== "input" || this.places.has(op.name)) return;
    const { stride, words } = this.#extent(value, value.size);
    const vector = isVectorValue(value) && value.dtype === "f32";
    const pieces =
      vector || op.role === "parameter"
        ? [this.#takeParameter(vector ? "parameters4" : "parameters", words)]
        : this.#take(words);
    this.places.set(op.name, { value, pieces, stride });
  }

  addCsr(index: Value, out: Axis): void {
    if (this.csr.some((entry) => entry.index === index)) return;
    const region = (size: number): Region => {
      const { stride, words } = this.#extent(index, size);
      return { pieces: this.#take(words), stride };
    };
    this.csr.push({ index, groups: out.size, starts: region(out.size + 1), rows: region(index.size) });
  }

  /** Words of an array that every fit has, or that all share. */
  #extent(input: Value, size: number): { stride: number; words: number } {
    const { count } = this.fits;
    if (count === undefined || this.fits.isShared(input)) return { stride: 0, words: size };
    const stride = strideOf(size);
    return { stride, words: count * stride };
  }

  *bytes(): Iterable<[BufferName, number]> {
    for (const [i, words] of this.#banks.entries()) yield [`data${i}`, words * 4];
    yield ["parameters", this.#words.parameters * 4];
    yield ["parameters4", this.#words.parameters4 * 4];
  }

  #takeParameter(buffer: "parameters" | "parameters4", words: number): Piece {
    const offset = this.#words[buffer];
    this.#words[buffer] += align(words);
    return { buffer, offset, words };
  }

  /** A range of data words: in one bank where one has room, cut across banks where none is large enough. */
  #take(words: number): Piece[] {
    const capacity = Math.floor(this.maxBindingBytes / 4);
    const size = align(words);
    if (size <= capacity) {
      let bank = this.#banks.findIndex((used) => used + size <= capacity);
      if (bank < 0) bank = this.#newBank(words);
      const offset = this.#banks[bank]!;
      this.#banks[bank] = offset + size;
      return [{ buffer: `data${bank}`, offset, words }];
    }
    const pieces: Piece[] = [];
    const whole = Math.floor(capacity / 64) * 64;
    for (let rest = words; rest > 0; rest -= whole) {
      const bank = this.#newBank(words);
      const part = Math.min(rest, whole);
      this.#banks[bank] = align(part);
      pieces.push({ buffer: `data${bank}`, offset: 0, words: part });
    }
    return pieces;
  }

  #newBank(words: number): number {
    const most = STORAGE_BINDINGS - OTHER_BINDINGS;
    if (this.#banks.length === most) {
      const needed = this.#banks.reduce((sum, used) => sum + used, words) * 4;
      throw new MemoryPlanError(
        `program "${this.program}"`,
        `${most} data bindings`,
        needed,
        most * this.maxBindingBytes,
      );
    }
    this.#banks.push(0);
    return this.#banks.length - 1;
  }
}

const align = (words: number): number => Math.ceil(words / 64) * 64;
