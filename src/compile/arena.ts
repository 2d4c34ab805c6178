/** Places of stored values in few buffers, planned before anything runs; what is no longer read is written over. */
import { isDrawAxis } from "../graph/axis.ts";
import type { Value } from "../graph/value.ts";
import { membersOf } from "./levels.ts";
import type { ScheduledGroup } from "./schedule.ts";

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

/** Draw-carrying floats and bools go four at a time, if every kernel that writes them does too. */
export function isVectorValue(value: Value): boolean {
  const draw = value.axes.find(isDrawAxis);
  return draw !== undefined && draw.size % 4 === 0 && (value.dtype === "f32" || value.dtype === "bool");
}

export interface Allocation {
  readonly arena: "scalar" | "vector";
  /** In words of its arena. */
  readonly offset: number;
  readonly words: number;
}

export interface WorkMemory {
  readonly places: ReadonlyMap<Value, Allocation>;
  readonly scalarWords: number;
  readonly vectorWords: number;
}

/** Places for the states (kept throughout) and the stored values (kept from first write to last read). */
export function planWork(
  states: readonly Value[],
  levels: readonly (readonly ScheduledGroup[])[],
  firstWritten: ReadonlyMap<Value, number>,
  lastRead: ReadonlyMap<Value, number>,
): WorkMemory {
  const writtenByLanes = new Set<Value>();
  for (const group of levels.flat()) {
    const { lanes } = group.tactics;
    if (lanes === undefined) continue;
    for (const member of membersOf(group)) {
      const target = member.kind === "state" ? member.state : member.value;
      if (target.hasAxis(lanes)) writtenByLanes.add(target);
    }
  }
  const arenas = { scalar: new Arena(), vector: new Arena() };
  const places = new Map<Value, Allocation>();
  const place = (value: Value): void => {
    const fits = isVectorValue(value) && writtenByLanes.has(value);
    // The host writes states as they are.
    const arena = fits && (value.dtype === "f32" || !states.includes(value)) ? "vector" : "scalar";
    places.set(value, { arena, offset: arenas[arena].allocate(value.size), words: value.size });
  };
  states.forEach(place);
  const last = levels.length - 1;
  for (let level = 0; level <= last; level++) {
    for (const [value, first] of firstWritten) if (first === level) place(value);
    for (const [value, end] of lastRead) {
      if (end !== level) continue;
      const known = places.get(value);
      if (known !== undefined) arenas[known.arena].release(known.offset, known.words);
    }
  }
  return { places, scalarWords: arenas.scalar.words, vectorWords: arenas.vector.words };
}
