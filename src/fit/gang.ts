/** Several fits side by side on one device: what each asks of a program is done for all of them at once. */
import type { Backend, Executable, Explanation, ProgramSpec } from "../graph/program.ts";

type Arrays = Record<string, Float64Array>;

interface Request {
  readonly program: GangProgram;
  readonly seat: number;
  readonly names: readonly string[];
  resolve(arrays: Arrays): void;
  reject(error: unknown): void;
}

/**
 * A device for each of up to `size` fits. A fit sees a backend and executables of its own; behind them is one program of
 * many fits for each program that they have in common. Their runs wait for each other: the turn is taken when every fit
 * that is under way waits for an answer. So a fit is written as if it were alone, and its numbers are those it has alone.
 *
 * A program is common to those who compile the same spec, the same object; `once` gives it to them.
 */
export class Gang {
  readonly #made = new Map<string, unknown>();
  readonly #programs = new Map<ProgramSpec, Promise<GangProgram>>();
  readonly #underWay = new Set<number>();
  #asked: Request[] = [];

  constructor(
    readonly backend: Backend,
    readonly size: number,
    /** Inputs that are the same for all fits. */
    readonly shared: ReadonlySet<string>,
  ) {}

  /** Runs a fit in a seat, which must be free, with the backend of that seat. */
  async run<Result>(seat: number, fit: (backend: Backend) => Promise<Result>): Promise<Result> {
    this.#underWay.add(seat);
    try {
      return await fit(this.#backendOf(seat));
    } finally {
      await this.#leave(seat);
    }
  }

  async #leave(seat: number): Promise<void> {
    this.#underWay.delete(seat);
    for (const made of this.#programs.values()) {
      await made.then(
        (program) => program.forget(seat),
        () => {},
      );
    }
    this.#turnIfAllWait();
  }

  #backendOf(seat: number): Backend {
    const { backend } = this;
    return {
      kind: backend.kind,
      description: backend.description,
      compile: async (spec) => this.#seatIn(await this.#programOf(spec), seat),
      estimate: (spec) => backend.estimate(spec),
      once: (key, make) => this.#once(key, make),
      dispose() {},
    };
  }

  #once<T>(key: string, make: () => T): T {
    if (!this.#made.has(key)) this.#made.set(key, make());
    return this.#made.get(key) as T;
  }

  #programOf(spec: ProgramSpec): Promise<GangProgram> {
    const known = this.#programs.get(spec);
    if (known !== undefined) return known;
    const made = this.backend
      .compile({ ...spec, fits: this.size, shared: this.shared })
      .then((executable) => new GangProgram(spec, executable, this.size, this.shared));
    this.#programs.set(spec, made);
    return made;
  }

  #seatIn(program: GangProgram, seat: number): Executable {
    const ask = (names: readonly string[]): Promise<Arrays> =>
      new Promise((resolve, reject) => {
        this.#asked.push({ program, seat, names, resolve, reject });
        this.#turnIfAllWait();
      });
    return {
      spec: program.spec,
      hasInput: (name) => program.executable.hasInput(name),
      write: (name, values) => program.write(name, values, seat),
      async run(steps = 1) {
        if (program.isDue(seat)) await ask([]);
        program.queue(seat, Number(steps));
      },
      read: ask,
      explain: () => program.explain(),
      secondsPerStep: () => program.secondsPerStep,
      // The program is the gang's.
      dispose() {},
    };
  }

  #turnIfAllWait(): void {
    if (this.#asked.length === 0 || this.#asked.length < this.#underWay.size) return;
    const asked = this.#asked;
    this.#asked = [];
    void this.#turn(asked);
  }

  /** Runs what is queued and reads what is asked for, program by program. */
  async #turn(asked: readonly Request[]): Promise<void> {
    const answers: (() => void)[] = [];
    for (const program of new Set(asked.map((request) => request.program))) {
      const requests = asked.filter((request) => request.program === program);
      try {
        const rows = await program.answer(requests);
        for (const [i, { resolve }] of requests.entries()) answers.push(() => resolve(rows[i]!));
      } catch (error) {
        for (const { reject } of requests) answers.push(() => reject(error));
      }
    }
    for (const answer of answers) answer();
  }

  /** Frees the programs, those being compiled as soon as they are. */
  async dispose(): Promise<void> {
    const programs = [...this.#programs.values()];
    this.#programs.clear();
    this.#made.clear();
    await Promise.all(
      programs.map((program) =>
        program.then(
          ({ executable }) => executable.dispose(),
          () => {},
        ),
      ),
    );
  }
}

/** A program that the fits of a gang have in common. */
class GangProgram {
  readonly #due: Uint32Array;
  /** Steps of each fit's last run: the length of its traces. */
  readonly #last: Uint32Array;
  readonly #written = new Set<string>();
  readonly #traces: ReadonlySet<string>;
  /** Of the last run, of all fits together; 0 before the first. */
  secondsPerStep = 0;
  #explanation: Explanation | undefined;

  constructor(
    readonly spec: ProgramSpec,
    readonly executable: Executable,
    size: number,
    readonly shared: ReadonlySet<string>,
  ) {
    this.#due = new Uint32Array(size);
    this.#last = new Uint32Array(size);
    this.#traces = new Set(Object.keys(spec.trace ?? {}));
  }

  isDue(seat: number): boolean {
    return this.#due[seat]! > 0;
  }

  queue(seat: number, steps: number): void {
    this.#due[seat] = steps;
  }

  /** The fit in this seat has ended, and what it still had queued does not matter. */
  forget(seat: number): void {
    this.#due[seat] = 0;
  }

  explain(): Explanation {
    this.#explanation ??= this.executable.explain();
    return this.#explanation;
  }

  write(name: string, values: ArrayLike<number>, seat: number): void {
    if (!this.shared.has(name)) {
      this.executable.write(name, values, seat);
      return;
    }
    if (this.#written.has(name)) return;
    this.#written.add(name);
    this.executable.write(name, values);
  }

  async answer(requests: readonly Request[]): Promise<Arrays[]> {
    const began = performance.now();
    const most = this.#due.reduce((a, b) => Math.max(a, b), 0);
    if (most > 0) {
      const steps = this.#due.slice();
      for (const [seat, count] of steps.entries()) if (count > 0) this.#last[seat] = count;
      this.#due.fill(0);
      await this.executable.run(steps);
    }
    const names = [...new Set(requests.flatMap((request) => request.names))];
    const seats = requests.map(({ seat }) => seat);
    const arrays = names.length === 0 ? {} : await this.executable.read(names, seats);
    if (most > 0) this.secondsPerStep = (performance.now() - began) / 1000 / most;
    return requests.map((request, row) => {
      const own: Arrays = {};
      for (const name of request.names) {
        const all = arrays[name]!;
        const size = all.length / requests.length;
        const length = this.#traces.has(name) ? this.#last[request.seat]! : size;
        own[name] = all.slice(row * size, row * size + length);
      }
      return own;
    });
  }
}
