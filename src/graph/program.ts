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
}

/**
 * A compiled program on some backend. Values go in and come out in canonical layout (row-major in canonical axis
 * order, `draw` fastest); integers and bools are numbers, bools 0 or 1.
 */
export interface Executable {
  readonly spec: ProgramSpec;
  /** Whether the program has an input of this name (one that nothing depends on is no input). */
  hasInput(name: string): boolean;
  /** Sets an input of any role. Throws a GraphError for an unknown name or a wrong length. */
  write(name: string, values: ArrayLike<number>): void;
  /**
   * Runs `steps` steps (default 1), carrying state. Resolves when they are under way: `read` waits for them, and reports
   * what went wrong. Traces hold this run's steps only. All inputs must have been written.
   */
  run(steps?: number): Promise<void>;
  /** Outputs, states and traces by name, in one round trip. */
  read(names: readonly string[]): Promise<Record<string, Float64Array>>;
  explain(): Explanation;
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

/** A device a program can run on. */
export interface Backend {
  readonly kind: "gpu" | "cpu";
  readonly description: string;
  compile(spec: ProgramSpec): Promise<Executable>;
  dispose(): void;
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
    if (op.kind === "input" && op.role === "state" && spec.next?.[op.name] === undefined) {
      throw new GraphError(`program "${spec.name}": state "${op.name}" has no next value`);
    }
  }
}
