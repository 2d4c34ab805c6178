/** Chunks of draws one after the other on the device, what each gives kept there: the host waits once for many. */
import { Axis } from "../graph/axis.ts";
import { add, castI32, eq, input, iota, mod, select } from "../graph/ops.ts";
import type { Executable, ProgramSpec } from "../graph/program.ts";
import type { Value } from "../graph/value.ts";

/** Turns whose results are kept before they are read, and the most numbers that are kept. */
const MOST_TURNS = 64;
const MOST_KEPT = 2 ** 15;

const TURN = "turn";
const stateOf = (name: string): string => `turns.${name}`;

/** The number of the turn that a step takes. */
export const turnState = (): Value => input(TURN, [], "state", "u32");

/**
 * The program of one chunk a step: each output becomes a state with a row for each turn, of which a step fills one.
 * Rows are few where outputs are large.
 */
export class Turns {
  readonly kept: number;
  readonly spec: ProgramSpec;
  readonly #names: readonly string[];
  readonly #sizes: ReadonlyMap<string, number>;

  constructor(
    name: string,
    /** What the outputs depend on: a `turnState()`. */
    turn: Value,
    outputs: Readonly<Record<string, Value>>,
    /** How many turns an evaluation takes. */
    readonly turns: number,
  ) {
    const entries = Object.entries(outputs);
    this.#names = entries.map(([output]) => output);
    this.#sizes = new Map(entries.map(([output, { size }]) => [output, size]));
    const width = entries.reduce((sum, [, { size }]) => sum + size, 0);
    // Of several turns as many rows, however many there are: memory does not depend on it.
    this.kept = turns === 1 ? 1 : Math.max(1, Math.min(MOST_TURNS, Math.floor(MOST_KEPT / width)));
    // The outermost of all: a turn is a row.
    const row = new Axis(TURN, this.kept, 0);
    const isRow = eq(iota(row), mod(castI32(turn), this.kept));
    const next = entries.map(([output, value]): [string, Value] => {
      const state = input(stateOf(output), [row, ...value.axes], "state", value.dtype);
      return [stateOf(output), select(isRow, value, state)];
    });
    this.spec = { name, outputs: {}, next: { [TURN]: add(turn, 1), ...Object.fromEntries(next) } };
  }

  /** Writes the states' first values. */
  begin(executable: Executable): void {
    for (const [name, size] of this.#sizes) executable.write(stateOf(name), new Float64Array(this.kept * size));
  }

  /** Visits the outputs of every turn, in order. */
  async forEach(executable: Executable, visit: (outputs: Record<string, Float64Array>) => void): Promise<void> {
    executable.write(TURN, [0]);
    for (let done = 0; done < this.turns; done += this.kept) {
      const now = Math.min(this.kept, this.turns - done);
      await executable.run(now);
      const read = await executable.read(this.#names.map(stateOf));
      for (let row = 0; row < now; row++) {
        const own = this.#names.map((name): [string, Float64Array] => {
          const size = this.#sizes.get(name)!;
          return [name, read[stateOf(name)]!.subarray(row * size, (row + 1) * size)];
        });
        visit(Object.fromEntries(own));
      }
    }
  }
}
