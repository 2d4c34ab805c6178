/** What a distribution is to the rest of the engine, and the checks of parameters that every family shares. */
import { type Axis, unionAxes, withoutAxes } from "../graph/axis.ts";
import { ElbowError } from "../graph/errors.ts";
import { castF32, exp, type Operand } from "../graph/ops.ts";
import { Value } from "../graph/value.ts";
import { constantOf, type Support } from "./support.ts";

export { constantOf, type Support } from "./support.ts";

export type Domain =
  | "finite"
  | "positive"
  | "nonNegative"
  | "unitInterval"
  | "nonNegativeInteger"
  | "integer"
  | "simplex"
  | "ordered";

/** A condition on a parameter that is not a constant, left to whoever knows its values. */
export interface ParameterCheck {
  /** The parameter, or a description of what is derived from it ("high − low"). */
  readonly parameter: string;
  readonly value: Value;
  readonly domain: Domain;
  /** For "simplex" and "ordered": the axis along which the entries sum to one or increase. */
  readonly axis?: Axis;
}

/** A source of randomness on the host: uniforms on the open interval (0, 1) and standard normals, in float64. */
export interface HostRandom {
  uniform(): number;
  normal(): number;
}

/** Noise in the graph. Every call gives fresh, independent noise over `axes` (and whatever axis of draws there is). */
export type GraphNoise = (distribution: "normal" | "uniform", axes: readonly Axis[]) => Value;

/**
 * Parameters of one variate on the host, under the names of `Distribution.parameters`: a number, or for a parameter
 * that runs over event axes its entries in canonical layout.
 */
export type HostParameters = Readonly<Record<string, number | ArrayLike<number>>>;

export interface Distribution {
  readonly name: string;
  readonly discrete: boolean;
  /** A density and, besides it, points of positive probability: data can have it, a latent cannot. */
  readonly hasAtoms?: boolean;
  /** Its density is not that of a probability on its support: `constrained` cuts without renormalising. */
  readonly unnormalised?: boolean;
  readonly support: Support;
  readonly parameters: Readonly<Record<string, Value>>;
  /** Axes that one variate runs over: none for scalar families. */
  readonly eventAxes: readonly Axis[];
  /** Union of the parameters' axes without the event axes. */
  readonly batchAxes: readonly Axis[];
  readonly checks: readonly ParameterCheck[];
  /**
   * Log density or log probability with every constant. The result runs over the axes of x and of the parameters
   * without the event axes; where it is constant along one of them it may lack it, as graph values do. x is taken to
   * be in the support: data are checked on the host beforehand.
   */
  logProb(x: Operand): Value;
  /** log p(x_t | x_{<t}) for each entry t along the event axis of a series; they sum to `logProb`. */
  logProbTerms?(x: Operand): Value;
  /** Reparameterised draws over `axes` (plates and event axes), where the family has them. */
  rsample?(noise: GraphNoise, axes: readonly Axis[]): Value;
  /** One variate on the host, in float64. Vector families return the entries along the event axis. */
  sample(parameters: HostParameters, random: HostRandom): number | number[];
  /** log P(X ≤ x), with relative accuracy in the lower tail. x is between the ends of the support. */
  logCdf?(x: Operand): Value;
  /** log P(X > x), with relative accuracy in the upper tail. */
  logSurvival?(x: Operand): Value;
  /** P(X ≤ x). */
  cdf?(x: Operand): Value;
  /** The x with P(X ≤ x) = p, 0 < p < 1, where it is simple. */
  icdf?(p: Operand): Value;
  /** In nats. */
  entropy?(): Value;
  mean?(): Value;
}

/** A distribution was given something that it cannot be. */
export class DistributionError extends ElbowError {
  static override readonly name = "DistributionError";

  constructor(
    readonly family: string,
    readonly parameter: string | undefined,
    message: string,
  ) {
    super("distribution", `${family}: ${message}`);
  }
}

export const DOMAIN_DESCRIPTIONS: Readonly<Record<Domain, string>> = {
  finite: "finite",
  positive: "positive",
  nonNegative: "non-negative",
  unitInterval: "between 0 and 1",
  nonNegativeInteger: "a non-negative integer",
  integer: "an integer",
  simplex: "non-negative with sum 1",
  ordered: "increasing",
};

/** Whether one number is in a domain; for "simplex" and "ordered", whether it can be an entry. */
export function inDomain(domain: Domain, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  switch (domain) {
    case "finite":
    case "ordered":
      return true;
    case "integer":
      return Number.isInteger(value);
    case "positive":
      return value > 0;
    case "nonNegative":
      return value >= 0;
    case "unitInterval":
    case "simplex":
      return value >= 0 && value <= 1;
    case "nonNegativeInteger":
      return value >= 0 && Number.isInteger(value);
  }
}

export function checkDomain(family: string, parameter: string, value: number, domain: Domain): void {
  if (inDomain(domain, value)) return;
  throw new DistributionError(family, parameter, `${parameter} must be ${DOMAIN_DESCRIPTIONS[domain]}, got ${value}`);
}

export function asOperand(family: string, parameter: string, given: unknown): Operand {
  if (typeof given === "number") return given;
  if (given instanceof Value && given.dtype !== "bool") return given;
  const what = given instanceof Value ? "a boolean value" : given === null ? "null" : typeof given;
  throw new DistributionError(family, parameter, `${parameter} must be a number or a graph value, got ${what}`);
}

/** A float of the graph, whatever was given. */
export const realValue = (x: Operand): Value => castF32(x);

type Given = readonly [operand: Operand, domain: Domain, axis?: Axis];

let deferred = false;

/**
 * Runs `build` with checks of constant parameters left to the caller, who finds them among `checks`: a model knows the
 * name of the site, a constructor does not.
 */
export function deferringChecks<T>(build: () => T): T {
  const outer = deferred;
  deferred = true;
  try {
    return build();
  } finally {
    deferred = outer;
  }
}

/** Turns operands into float values; constants are checked now unless deferred, the rest is listed in `checks`. */
export function takeParameters<Name extends string>(
  family: string,
  given: Readonly<Record<Name, Given>>,
): { readonly parameters: Readonly<Record<Name, Value>>; readonly checks: ParameterCheck[] } {
  const parameters: Partial<Record<Name, Value>> = {};
  const checks: ParameterCheck[] = [];
  for (const name of Object.keys(given) as Name[]) {
    const [operand, domain, axis] = given[name];
    const checked = asOperand(family, name, operand);
    const known = constantOf(checked);
    const checkLater = known === undefined || deferred;
    if (!checkLater) checkDomain(family, name, known, domain);
    const value = typeof checked === "number" ? realValue(checked) : castF32(checked);
    parameters[name] = value;
    if (checkLater) checks.push({ parameter: name, value, domain, ...(axis === undefined ? {} : { axis }) });
  }
  return { parameters: parameters as Record<Name, Value>, checks };
}

/** Fills in what follows from the parameters. */
export function makeDistribution(
  spec: Omit<Distribution, "batchAxes" | "eventAxes" | "discrete"> & {
    readonly eventAxes?: readonly Axis[];
    readonly discrete?: boolean;
    /** Where it does not follow from the parameters' axes, for distributions made of others. */
    readonly batchAxes?: readonly Axis[];
    /** Parameter axes that are neither batch nor event: the classes of a categorical, the columns of a matrix. */
    readonly innerAxes?: readonly Axis[];
  },
): Distribution {
  const { innerAxes = [], ...rest } = spec;
  const eventAxes = spec.eventAxes ?? [];
  const all = unionAxes(...Object.values(spec.parameters).map((value) => value.axes));
  const batchAxes = spec.batchAxes ?? withoutAxes(all, [...eventAxes, ...innerAxes]);
  const { logCdf, cdf = logCdf && ((x: Operand) => exp(logCdf(x))) } = spec;
  return { ...rest, ...(cdf ? { cdf } : {}), eventAxes, batchAxes, discrete: spec.discrete ?? false };
}

/** A parameter of `sample` that must be one number. */
export function hostNumber(parameters: HostParameters, name: string): number {
  const value = parameters[name];
  if (typeof value === "number") return value;
  throw new DistributionError("sample", name, `needs the parameter "${name}" as a number`);
}

/** A parameter of `sample` along an event axis; a number stands for a constant vector. */
export function hostVector(parameters: HostParameters, name: string, size: number): number[] {
  const value = parameters[name];
  if (typeof value === "number") return new Array<number>(size).fill(value);
  if (value?.length === size) return Array.from(value);
  throw new DistributionError("sample", name, `needs the parameter "${name}" as ${size} numbers`);
}

/** halfX(scale) and halfX(0, scale) mean the same; another location would need renormalisation and is refused. */
export function halfScale(family: string, first: Operand, second: Operand | undefined): Operand {
  if (second === undefined) return first;
  if (constantOf(asOperand(family, "loc", first)) !== 0) {
    const got = typeof first === "number" ? String(first) : "a graph value";
    throw new DistributionError(family, "loc", `loc must be the constant 0, got ${got}; shift the variable instead`);
  }
  return second;
}
