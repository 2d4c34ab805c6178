/** jax-js as its README advises: the whole step in one jit, state kept on the device, nothing read back in between. */
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, random, valueAndGrad } from "@jax-js/jax";
import type { Contender } from "../contender.ts";
import { type GuideName, SCALE, STEP_SIZE } from "../ours.ts";
import type { Operand, Ops, PeerModel, Tensor } from "./ops.ts";
import { ADAM, type CheckPoint, type CheckResult, elboOf, lambdaNames, lambdaShape } from "./peer.ts";

type A = np.Array;
export type Arrays = Record<string, A>;

/** Arguments are consumed by what takes them: every use but the last needs a reference of its own. */
const ref = (x: Operand<A>): Operand<A> => (typeof x === "number" ? x : x.ref);

export const ops: Ops<A> = {
  add: (a, b) => np.add(ref(a), ref(b)),
  sub: (a, b) => np.subtract(ref(a), ref(b)),
  mul: (a, b) => np.multiply(ref(a), ref(b)),
  div: (a, b) => np.divide(ref(a), ref(b)),
  exp: (x) => np.exp(x.ref),
  log: (x) => np.log(x.ref),
  square: (x) => np.square(x.ref),
  softplus: (x) => softplus(x),
  tanh: (x) => np.tanh(x.ref),
  sum: (x, axis) => np.sum(x.ref, axis ?? null),
  logSumExp: (x, axis) => nn.logsumexp(x.ref, axis),
  matmul: (a, b) => np.matmul(a.ref, b.ref),
  reshape: (x, shape) => np.reshape(x.ref, [...shape]),
  rows: (x, from, to) => x.ref.slice([from, to]),
  stack: (a, b) => np.concatenate([a.ref, b.ref], 0),
  take: (x, index) => np.take(x.ref, index.ref, 0),
};

/** nn.softplus overflows for large arguments: max(x, 0) + log(1 + exp(−|x|)). */
function softplus(x: A): A {
  const tail = np.log(np.add(1, np.exp(np.negative(np.absolute(x.ref)))));
  return np.add(np.maximum(x.ref, 0), tail);
}

export const upload = ({ values, shape }: Tensor): A => np.array(values, { shape: [...shape] });
export const mapValues = <X, Y>(record: Readonly<Record<string, X>>, f: (x: X, name: string) => Y): Record<string, Y> =>
  Object.fromEntries(Object.entries(record).map(([name, x]) => [name, f(x, name)]));
export const refs = (arrays: Arrays): Arrays => mapValues(arrays, (x) => x.ref);

export type JaxDevice = "webgpu" | "wasm";

export interface JaxPeer<Point = CheckPoint> extends Contender {
  check(at: Point): Promise<CheckResult>;
}

interface AdamState {
  readonly lambda: Arrays;
  readonly first: Arrays;
  readonly second: Arrays;
  readonly t: A;
}

/** A step of Adam upwards. */
export function ascent(names: readonly string[], state: AdamState, gradient: Arrays, stepSize: number): AdamState {
  const t = np.add(state.t, 1);
  const lambda: Arrays = {};
  const first: Arrays = {};
  const second: Arrays = {};
  const correction = (beta: number): A => np.subtract(1, np.exp(np.multiply(t.ref, Math.log(beta))));
  for (const name of names) {
    const g = gradient[name]!;
    first[name] = ops.add(ops.mul(state.first[name]!, ADAM.beta1), ops.mul(g, 1 - ADAM.beta1));
    second[name] = ops.add(ops.mul(state.second[name]!, ADAM.beta2), ops.mul(ops.square(g), 1 - ADAM.beta2));
    const scale = ops.add(np.sqrt(ops.div(second[name], correction(ADAM.beta2))), ADAM.epsilon);
    const move = ops.div(ops.div(first[name], correction(ADAM.beta1)), scale);
    lambda[name] = ops.add(state.lambda[name]!, ops.mul(move, stepSize));
  }
  return { lambda, first, second, t };
}

export async function jaxPeer(model: PeerModel, guide: GuideName, draws: number, device: JaxDevice): Promise<JaxPeer> {
  const available = await init();
  if (!available.includes(device)) throw new Error(`jax-js has no device "${device}" here: ${available.join(", ")}`);
  defaultDevice(device);
  const began = performance.now();
  const d = model.dimensions;
  const names = lambdaNames(guide);
  const data = mapValues(model.data, upload);
  const masks: Arrays = guide === "mean-field" ? {} : masksOf(d);

  const elbo = (lambda: Arrays, noise: A, given: Arrays, masks: Arrays, s: number): A =>
    elboOf(ops, model, guide, { lambda, masks }, noise, given, s);

  const step = jit(
    (state: { lambda: Arrays; first: Arrays; second: Arrays; t: A; key: A }, given: Arrays, m: Arrays) => {
      const [key, sub] = random.split(state.key) as unknown as [A, A];
      const noise = random.normal(sub, [d, draws]);
      const [value, gradient] = valueAndGrad((lambda: Arrays) => elbo(lambda, noise, given, m, draws))(
        state.lambda as never,
      ) as [A, Arrays];
      const { lambda, first, second, t } = ascent(names, state, gradient, STEP_SIZE);
      return { state: { lambda, first, second, t, key }, value };
    },
  );

  const zeros = (): Arrays => Object.fromEntries(names.map((name) => [name, np.zeros(lambdaShape(name, d))]));
  const start = { ...zeros(), logScale: np.full([d, 1], Math.log(SCALE)) };
  let state = { lambda: start as Arrays, first: zeros(), second: zeros(), t: np.array(0), key: random.key(1) };

  const steps = async (n: number): Promise<number> => {
    let value: A | undefined;
    for (let i = 0; i < n; i++) {
      value?.dispose();
      const made = step(state as never, refs(data) as never, refs(masks) as never) as unknown as {
        state: typeof state;
        value: A;
      };
      state = made.state;
      value = made.value;
      // Advised in iterative computations, so that not too much queues up.
      if (i % 64 === 63) await blockUntilReady(value);
    }
    return (await value!.data())[0] as number;
  };
  const firstElbo = await steps(1);
  const done = performance.now();

  const check = async (at: CheckPoint): Promise<CheckResult> => {
    defaultDevice(device);
    const lambda: Arrays = {
      loc: upload({ values: at.loc, shape: [d, 1] }),
      logScale: upload({ values: at.logScale, shape: [d, 1] }),
    };
    if (at.lower !== null) lambda.lower = upload({ values: at.lower, shape: [d, d] });
    const noise = upload({ values: at.noise, shape: [d, at.draws] });
    const both = jit((l: Arrays, e: A, given: Arrays, m: Arrays) => {
      const [value, gradient] = valueAndGrad((x: Arrays) => elbo(x, e, given, m, at.draws))(l as never) as [A, Arrays];
      return { value, loc: gradient.loc!, logScale: gradient.logScale! };
    });
    const found = both(lambda as never, noise as never, refs(data) as never, refs(masks) as never) as unknown as Arrays;
    return {
      elbo: (await found.value!.data())[0] as number,
      gradients: {
        loc: (await found.loc!.data()) as unknown as Float32Array,
        logScale: (await found.logScale!.data()) as unknown as Float32Array,
      },
    };
  };

  return {
    name: `jax-js-${device}`,
    compileSeconds: (done - began) / 1000,
    firstSeconds: (done - began) / 1000,
    firstElbo,
    async steps(n) {
      defaultDevice(device);
      return steps(n);
    },
    check,
    dispose: () => {},
  };
}

function masksOf(d: number): Arrays {
  const below = new Float32Array(d * d);
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) below[i * d + j] = 1;
  return { below: upload({ values: below, shape: [d, d] }), identity: np.eye(d) };
}
