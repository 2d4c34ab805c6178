/** Places of stored values in few buffers, planned before anything runs; what is no longer read is written over. */
import { isDrawAxis } from "../graph/axis.ts";
import type { Value } from "../graph/value.ts";
import { membersOf } from "./levels.ts";
import type { Schedule, ScheduledGroup } from "./schedule.ts";

/** Offsets are multiples of this many words (256 bytes), in vector arenas of as many bytes. */
const ALIGN_WORDS = 64;

/** One arena: a buffer of words, or of vec4s counted in words all the same. */
export class Arena {
  #words = 0;
  #free: { offset: number; words: number }[] = [];

  get words(): number {
    return this.#words;
  }

  allocate(words: number): number {
    const size = Math.max(1, Math.ceil(words / ALIGN_WORDS)) * ALIGN_WORDS;
    let best: { offset: number; words: number } | undefined;
    for (const hole of this.#free) {
      if (hole.words >= size && (best === undefined || hole.words < best.words)) best = hole;
    }
    if (best !== undefined) {
      const { offset } = best;
      best.offset += size;
      best.words -= size;
      this.#free = this.#free.filter((hole) => hole.words > 0);
      return offset;
    }
    const offset = this.#words;
    this.#words += size;
    return offset;
  }

  release(offset: number, words: number): void {
    const size = Math.max(1, Math.ceil(words / ALIGN_WORDS)) * ALIGN_WORDS;
    this.#free.push({ offset, words: size });
    this.#free.sort((a, b) => a.offset - b.offset);
    for (let i = this.#free.length - 1; i > 0; i--) {
      const [before, after] = [this.#free[i - 1]!, this.#free[i]!];
      if (before.offset + before.words === after.offset) {
        before.words += after.words;
        this.#free.splice(i, 1);
      }
    }
  }
}

/** Words from one fit's array to the next: whole cache lines, so that the workgroups of two fits never write to one. */
export const strideOf = (size: number): number => Math.ceil(size / 16) * 16;

/** Draw-carrying floats and bools go four at a time, if every kernel that writes them does too. */
export function isVectorValue(value: Value): boolean {
  const draw = value.axes.find(isDrawAxis);
  return draw !== undefined && draw.size % 4 === 0 && (value.dtype === "f32" || value.dtype === "bool");
}

export interface Allocation {
  readonly arena: "scalar" | "vector";
  /** In words of its arena. */
  readonly offset: number;
  /** Of one fit. */
  readonly words: number;
  /** Words from the values of one fit to those of the next; 0 in a program of one fit. */
  readonly stride: number;
}

export interface WorkMemory {
  readonly places: ReadonlyMap<Value, Allocation>;
  readonly scalarWords: number;
  readonly vectorWords: number;
}

/**
 * Places for the states (kept throughout) and the stored values (kept from first write to last read). Of many fits, each
 * value that the host may read is one array after the other, so that few copies bring them home; all others share a
 * slice a fit.
 */
export function planWork(
  states: readonly Value[],
  levels: readonly (readonly ScheduledGroup[])[],
  { firstWritten, lastRead, outputs }: Pick<Schedule, "firstWritten" | "lastRead" | "outputs">,
  fits: number | undefined,
): WorkMemory {
  const writtenByLanes = new Set<Value>();
  for (const group of levels.flat()) {
    const { quads } = group.tactics;
    const lanes = quads === undefined ? group.tactics.lanes : [quads.rows, quads.columns].find(isDrawAxis);
    if (lanes === undefined) continue;
    for (const member of membersOf(group)) {
      const target = member.kind === "state" ? member.state : member.value;
      if (target.hasAxis(lanes)) writtenByLanes.add(target);
    }
  }
  const whole = { scalar: new Arena(), vector: new Arena() };
  const slices = fits === undefined ? whole : { scalar: new Arena(), vector: new Arena() };
  const places = new Map<Value, Allocation>();
  const arenaOf = (value: Value): Allocation["arena"] => {
    const fit = isVectorValue(value) && writtenByLanes.has(value);
    // The host writes states as they are.
    return fit && (value.dtype === "f32" || !states.includes(value)) ? "vector" : "scalar";
  };
  const place = (value: Value): void => {
    const arena = arenaOf(value);
    const words = value.size;
    const stride = fits === undefined ? 0 : strideOf(words);
    places.set(value, {
      arena,
      offset: whole[arena].allocate(fits === undefined ? words : fits * stride),
      words,
      stride,
    });
  };
  states.forEach(place);
  const kept = new Set(fits === undefined ? [] : outputs.values());
  for (const value of kept) if (firstWritten.has(value)) place(value);
  const last = levels.length - 1;
  for (let level = 0; level <= last; level++) {
    for (const [value, first] of firstWritten) {
      if (first !== level || kept.has(value)) continue;
      const arena = arenaOf(value);
      places.set(value, { arena, offset: slices[arena].allocate(value.size), words: value.size, stride: 0 });
    }
    for (const [value, end] of lastRead) {
      if (end !== level) continue;
      const known = places.get(value);
      if (known !== undefined) slices[known.arena].release(known.offset, known.words);
    }
  }
  if (fits === undefined) return { places, scalarWords: whole.scalar.words, vectorWords: whole.vector.words };
  for (const [value, { arena, offset, words, stride }] of places) {
    if (stride !== 0) continue;
    places.set(value, { arena, offset: whole[arena].words + offset, words, stride: slices[arena].words });
  }
  return {
    places,
    scalarWords: whole.scalar.words + fits * slices.scalar.words,
    vectorWords: whole.vector.words + fits * slices.vector.words,
  };
}
