/** Training in jax-js: batch, bound, gradient and Adam in one jit; the data stay on the device. */
import { blockUntilReady, defaultDevice, init, jit, numpy as np, random, valueAndGrad } from "@jax-js/jax";
import { type Arrays, ascent, type JaxDevice, type JaxPeer, mapValues, ops, refs, upload } from "./jax.ts";
import type { CheckResult } from "./peer.ts";
import type { PeerTraining, TrainCheckPoint } from "./training.ts";

type A = np.Array;

export async function jaxTraining(training: PeerTraining, device: JaxDevice): Promise<JaxPeer<TrainCheckPoint>> {
  const available = await init();
  if (!available.includes(device)) throw new Error(`jax-js has no device "${device}" here: ${available.join(", ")}`);
  defaultDevice(device);
  const began = performance.now();
  const { batch, latents, stepSize } = training;
  const [rows] = training.data.shape as [number];
  const names = Object.keys(training.parameters);
  const data = upload(training.data);

  const step = jit((state: { lambda: Arrays; first: Arrays; second: Arrays; t: A; key: A }, images: A) => {
    const [key, ofRows, ofNoise] = random.split(state.key, 3) as unknown as [A, A, A];
    const chosen = random.randint(ofRows, { shape: [batch], minval: 0, maxval: rows });
    const x = np.take(images, chosen, 0);
    const noise = random.normal(ofNoise, [batch, latents]);
    const [value, gradient] = valueAndGrad((lambda: Arrays) => training.bound(ops, lambda, x, noise, rows / batch))(
      state.lambda as never,
    ) as [A, Arrays];
    const { lambda, first, second, t } = ascent(names, state, gradient, stepSize);
    return { state: { lambda, first, second, t, key }, value };
  });
  const zeros = (): Arrays => mapValues(training.parameters, ({ shape }) => np.zeros([...shape]));
  const start = { lambda: mapValues(training.parameters, upload), first: zeros(), second: zeros(), t: np.array(0) };
  let state = { ...start, key: random.key(1) };

  const steps = async (n: number): Promise<number> => {
    defaultDevice(device);
    let value: A | undefined;
    for (let i = 0; i < n; i++) {
      value?.dispose();
      const made = step(state as never, data.ref as never) as unknown as { state: typeof state; value: A };
      state = made.state;
      value = made.value;
      // Advised in iterative computations, so that not too much queues up.
      if (i % 16 === 15) await blockUntilReady(value);
    }
    return (await value!.data())[0] as number;
  };
  const firstElbo = await steps(1);
  const done = performance.now();

  const check = async (at: TrainCheckPoint): Promise<CheckResult> => {
    defaultDevice(device);
    const both = jit((lambda: Arrays, x: A, noise: A) => {
      const [value, gradient] = valueAndGrad((l: Arrays) => training.bound(ops, l, x, noise, 1))(lambda as never) as [
        A,
        Arrays,
      ];
      return { value, gradient };
    });
    const { value, gradient } = both(
      refs(mapValues(at.parameters, upload)) as never,
      upload(at.data) as never,
      upload(at.noise) as never,
    ) as unknown as { value: A; gradient: Arrays };
    const gradients: Record<string, Float32Array> = {};
    for (const name of names) gradients[name] = (await gradient[name]!.data()) as unknown as Float32Array;
    return { elbo: (await value.data())[0] as number, gradients };
  };

  return {
    name: `jax-js-${device}`,
    compileSeconds: (done - began) / 1000,
    firstSeconds: (done - began) / 1000,
    firstElbo,
    steps,
    check,
    dispose: () => {},
  };
}
