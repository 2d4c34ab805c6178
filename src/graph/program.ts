/** What a backend is asked to run: one graph, its outputs, and which of its inputs are carried from step to step. */
import { GraphError } from "./errors.ts";
import { Value } from "./value.ts";

export interface ProgramSpec {
  /** For messages and explanations. */
  readonly name: string;
  /** Values kept after a run (those of the last step) and readable by name. */
  readonly outputs: Readonly<Record<string, Value>>;
  /** State inputs by name, with their values in the next step (same axes and dtype). */
  readonly next?: Readonly<Record<string, Value>>;
  /** Scalars recorded at every step of a run, readable by name as arrays of one entry a step. */
  readonly trace?: Readonly<Record<string, Value>>;
  /**
   * So many instances of the program side by side, each with its own inputs, states and traces: independent fits of one
   * model. They are an axis that the graph does not see, the outermost of every array. What an instance computes has the
   * bits that it would have alone. Absent: one instance, and arrays without that axis.
   */
  readonly fits?: number;
  /** Inputs (not states) that all instances have in common. */
  readonly shared?: ReadonlySet<string>;
}

/**
 * A compiled program on some backend. Values go in and come out in canonical layout (row-major in canonical axis
 * order, `draw` fastest); integers and bools are numbers, bools 0 or 1.
 */
export interface Executable {
  readonly spec: ProgramSpec;
  /** Whether the program has an input of this name (one that nothing depends on is no input). */
  hasInput(name: string): boolean;
  /**
   * Sets an input of any role: of one fit, or of all alike. Throws a GraphError for an unknown name, a wrong length, or
   * one fit's share of an input that is shared.
   */
  write(name: string, values: ArrayLike<number>, fit?: number): void;
  /**
   * Runs `steps` steps (default 1), carrying state; of many fits each may take its own number, and one that takes none
   * costs nothing and keeps its states and outputs. Resolves when they are under way: `read` waits for them, and reports
   * what went wrong. Traces hold this run's steps only. All inputs (of the fits that run) must have been written.
   */
  run(steps?: number | ArrayLike<number>): Promise<void>;
  /**
   * Outputs, states and traces by name, in one round trip; of many fits those asked for (default: all), one after the
   * other. The trace of a fit that took fewer steps than another of this run ends in NaN.
   */
  read(names: readonly string[], fits?: readonly number[]): Promise<Record<string, Float64Array>>;
  explain(): Explanation;
  /** What the last run took a step, where runs are for several callers at once; 0 before the first. */
  secondsPerStep?(): number;
  dispose(): void;
}

export interface KernelExplanation {
  readonly name: string;
  readonly regime: "resident" | "draw-parallel" | "data-parallel" | "contraction" | "scan" | "cpu";
  readonly workgroups: number;
  /** Bytes read and written a step, as planned. */
  readonly bytes: number;
  /** Floating-point operations a step, as planned. */
  readonly flops: number;
  readonly wgsl: string;
}

export interface Explanation {
  readonly dispatchesPerStep: number;
  readonly stepsPerDispatch: number;
  readonly peakBytes: number;
  /** Bytes of each materialised value, by its description. */
  readonly buffers: readonly { readonly name: string; readonly axes: readonly string[]; readonly bytes: number }[];
  readonly kernels: readonly KernelExplanation[];
}

export interface Estimate {
  readonly operations: number;
  readonly bytes: number;
}

/** A device a program can run on. */
export interface Backend {
  readonly kind: "gpu" | "cpu";
  readonly description: string;
  compile(spec: ProgramSpec): Promise<Executable>;
  /** What a program would take: planned operations a step and bytes of memory. */
  estimate(spec: ProgramSpec): Estimate;
  /** The value that `make` gave when it was first asked for by this key: what fits side by side have in common. */
  once?<T>(key: string, make: () => T): T;
  dispose(): void;
}

/** `make()`, or what it gave another fit of the same model side by side with this one. */
export const madeOnce = <T>(backend: Backend, key: string, make: () => T): T =>
  backend.once === undefined ? make() : backend.once(key, make);

/** How many steps each fit of a run takes. Throws a GraphError where that is not one number a fit. */
export function stepsOfFits(spec: ProgramSpec, steps: number | ArrayLike<number>): Uint32Array<ArrayBuffer> {
  const fits = spec.fits ?? 1;
  const counts = typeof steps === "number" ? new Uint32Array(fits).fill(steps) : Uint32Array.from(steps);
  if (counts.length === fits) return counts;
  throw new GraphError(`program "${spec.name}": steps for ${counts.length} fits, where there are ${fits}`);
}

/** Throws a GraphError where values of this length, for one fit or all, are not what the input takes. */
export function checkWrite(spec: ProgramSpec, name: string, size: number, length: number, fit?: number): void {
  if (length !== size) {
    throw new GraphError(`program "${spec.name}": input "${name}" takes ${size} values, got ${length}`);
  }
  if (fit === undefined) return;
  if (!(fit >= 0 && fit < (spec.fits ?? 1))) {
    throw new GraphError(`program "${spec.name}": input "${name}": there is no fit ${fit}`);
  }
  if (spec.shared?.has(name)) {
    throw new GraphError(`program "${spec.name}": input "${name}" is shared by all fits and cannot be set for one`);
  }
}

export function programInputs(spec: ProgramSpec): Map<string, Value> {
  const roots = [...Object.values(spec.outputs), ...Object.values(spec.next ?? {}), ...Object.values(spec.trace ?? {})];
  const inputs = new Map<string, Value>();
  for (const value of Value.topological(roots)) {
    if (value.op.kind !== "input") continue;
    const known = inputs.get(value.op.name);
    if (known !== undefined && known !== value) {
      throw new GraphError(`program "${spec.name}": two different inputs are named "${value.op.name}"`);
    }
    inputs.set(value.op.name, value);
  }
  return inputs;
}

/** Checks names, axes and types of states and traces. Throws a GraphError. */
export function checkProgram(spec: ProgramSpec): void {
  const inputs = programInputs(spec);
  if (spec.fits !== undefined && !(Number.isInteger(spec.fits) && spec.fits > 0)) {
    throw new GraphError(`program "${spec.name}": the number of fits must be a positive integer, got ${spec.fits}`);
  }
  for (const [name, next] of Object.entries(spec.next ?? {})) {
    const state = inputs.get(name);
    if (state === undefined) continue; // a state nobody reads is still carried
    if (state.op.kind !== "input" || state.op.role !== "state") {
      throw new GraphError(`program "${spec.name}": "${name}" is not a state input`);
    }
    if (state.dtype !== next.dtype) {
      throw new GraphError(
        `program "${spec.name}": state "${name}" is ${state.dtype} but its next value is ${next.dtype}`,
      );
    }
    if (next.axes.some((axis) => !state.hasAxis(axis))) {
      throw new GraphError(`program "${spec.name}": the next value of "${name}" has axes that the state lacks`);
    }
  }
  for (const [name, value] of Object.entries(spec.trace ?? {})) {
    if (value.axes.length > 0) throw new GraphError(`program "${spec.name}": trace "${name}" is not a scalar`);
  }
  for (const input of inputs.values()) {
    const op = input.op;
    if (op.kind === "input" && op.role === "state" && spec.shared?.has(op.name)) {
      throw new GraphError(`program "${spec.name}": state "${op.name}" cannot be shared by all fits`);
    }
    if (op.kind === "input" && op.role === "state" && spec.next?.[op.name] === undefined) {
      throw new GraphError(`program "${spec.name}": state "${op.name}" has no next value`);
    }
  }
}
