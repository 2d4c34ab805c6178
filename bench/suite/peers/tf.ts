/** TensorFlow.js on WebGPU as its guide advises: variables, the built-in Adam, tidy scopes, no read-back between steps. */
import "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import type { Contender } from "../contender.ts";
import { type GuideName, SCALE, STEP_SIZE } from "../ours.ts";
import type { Ops, PeerModel, Tensor } from "./ops.ts";
import { ADAM, type CheckPoint, type CheckResult, elboOf, lambdaNames, lambdaShape } from "./peer.ts";

export type T = tf.Tensor;

export const ops: Ops<T> = {
  add: (a, b) => tf.add(a, b),
  sub: (a, b) => tf.sub(a, b),
  mul: (a, b) => tf.mul(a, b),
  div: (a, b) => tf.div(a, b),
  exp: (x) => tf.exp(x),
  log: (x) => tf.log(x),
  square: (x) => tf.square(x),
  softplus: (x) => tf.softplus(x),
  tanh: (x) => tf.tanh(x),
  sum: (x, axis) => tf.sum(x, axis),
  logSumExp: (x, axis) => tf.logSumExp(x, axis),
  matmul: (a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D),
  reshape: (x, shape) => tf.reshape(x, [...shape]),
  rows: (x, from, to) => tf.slice(x, [from, 0], [to - from, -1]),
  stack: (a, b) => tf.concat([a, b], 0),
  // The gradient of tf.gather has no WebGPU kernel (UnsortedSegmentSum): the product with a one-hot matrix has.
  take: (x, _index, oneHot) => tf.matMul(oneHot() as tf.Tensor2D, x as tf.Tensor2D),
};

export const upload = ({ values, shape }: Tensor): T =>
  tf.tensor(values, [...shape], values instanceof Int32Array ? "int32" : "float32");

export interface TfPeer<Point = CheckPoint> extends Contender {
  check(at: Point): Promise<CheckResult>;
}

export async function tfPeer(model: PeerModel, guide: GuideName, draws: number): Promise<TfPeer> {
  if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js has no WebGPU backend here");
  await tf.ready();
  const began = performance.now();
  const d = model.dimensions;
  const data = Object.fromEntries(Object.entries(model.data).map(([name, tensor]) => [name, upload(tensor)]));
  const masks = (guide === "mean-field" ? {} : masksOf(d)) as Record<string, T>;
  const variables = lambdaNames(guide).map((name) => {
    const initial = name === "logScale" ? tf.fill([d, 1], Math.log(SCALE)) : tf.zeros(lambdaShape(name, d));
    return [name, tf.variable(initial)] as const;
  });
  const lambda = Object.fromEntries(variables) as Record<string, tf.Variable>;
  const optimizer = tf.train.adam(STEP_SIZE, ADAM.beta1, ADAM.beta2, ADAM.epsilon);
  const loss = (): tf.Scalar =>
    tf.neg(elboOf(ops, model, guide, { lambda, masks }, tf.randomNormal([d, draws]), data, draws)) as tf.Scalar;

  const steps = async (n: number): Promise<number> => {
    let value: tf.Scalar | null = null;
    for (let i = 0; i < n; i++) {
      value?.dispose();
      value = optimizer.minimize(loss, true, Object.values(lambda));
    }
    const [found] = await value!.data();
    value!.dispose();
    return -found!;
  };
  const firstElbo = await steps(1);
  const done = performance.now();
  return {
    name: "tfjs-webgpu",
    compileSeconds: (done - began) / 1000,
    firstSeconds: (done - began) / 1000,
    firstElbo,
    steps,
    async check(at) {
      const given: Record<string, T> = { loc: tf.tensor(at.loc, [d, 1]), logScale: tf.tensor(at.logScale, [d, 1]) };
      if (at.lower !== null) given.lower = tf.tensor(at.lower, [d, d]);
      const names = Object.keys(given);
      const noise = tf.tensor(at.noise, [d, at.draws]);
      const f = (...args: T[]): T => {
        const at_ = Object.fromEntries(names.map((name, i) => [name, args[i]!]));
        return elboOf(ops, model, guide, { lambda: at_, masks }, noise, data, at.draws);
      };
      const { value, grads } = tf.valueAndGrads(f as never)(Object.values(given));
      const result = {
        elbo: (await value.data())[0]!,
        gradients: {
          loc: (await grads[0]!.data()) as Float32Array,
          logScale: (await grads[1]!.data()) as Float32Array,
        },
      };
      tf.dispose([value, ...grads, noise, ...Object.values(given)]);
      return result;
    },
    dispose: () => tf.disposeVariables(),
  };
}

function masksOf(d: number): Record<string, T> {
  const below = new Float32Array(d * d);
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) below[i * d + j] = 1;
  return { below: tf.tensor(below, [d, d]), identity: tf.eye(d) };
}
