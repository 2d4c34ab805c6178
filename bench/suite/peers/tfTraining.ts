/** Training in TensorFlow.js on WebGPU: variables, the built-in Adam, rows gathered from a tensor on the device. */
import "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { ADAM } from "./peer.ts";
import { ops, type T, type TfPeer, upload } from "./tf.ts";
import type { PeerTraining, TrainCheckPoint } from "./training.ts";

export async function tfTraining(training: PeerTraining): Promise<TfPeer<TrainCheckPoint>> {
  if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js has no WebGPU backend here");
  await tf.ready();
  const began = performance.now();
  const { batch, latents, stepSize } = training;
  const [rows] = training.data.shape as [number];
  const names = Object.keys(training.parameters);
  const data = upload(training.data);
  const lambda = Object.fromEntries(
    Object.entries(training.parameters).map(([name, tensor]) => [name, tf.variable(upload(tensor))]),
  );
  const optimizer = tf.train.adam(stepSize, ADAM.beta1, ADAM.beta2, ADAM.epsilon);
  const steps = async (n: number): Promise<number> => {
    let value: tf.Scalar | null = null;
    for (let i = 0; i < n; i++) {
      value?.dispose();
      // Outside of what is differentiated: the batch is no function of the variables.
      const x = tf.tidy(() => tf.gather(data, tf.randomUniform([batch], 0, rows, "int32") as tf.Tensor1D));
      const noise = tf.randomNormal([batch, latents]);
      const loss = (): tf.Scalar => tf.neg(training.bound(ops, lambda, x, noise, rows / batch)) as tf.Scalar;
      value = optimizer.minimize(loss, true, Object.values(lambda));
      tf.dispose([x, noise]);
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
      const [x, noise] = [upload(at.data), upload(at.noise)];
      const given = names.map((name) => upload(at.parameters[name]!));
      const f = (...args: T[]): T =>
        training.bound(ops, Object.fromEntries(names.map((name, i) => [name, args[i]!])), x, noise, 1);
      const { value, grads } = tf.valueAndGrads(f as never)(given);
      const gradients: Record<string, Float32Array> = {};
      for (const [i, name] of names.entries()) gradients[name] = (await grads[i]!.data()) as Float32Array;
      const elbo = (await value.data())[0]!;
      tf.dispose([value, ...grads, x, noise, ...given]);
      return { elbo, gradients };
    },
    dispose() {
      tf.disposeVariables();
      data.dispose();
    },
  };
}
