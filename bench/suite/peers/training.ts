/** The variational autoencoder of examples/vae-digits in the peers' terms. */
import { Random } from "../random.ts";
import type { Ops, Tensor } from "./ops.ts";

/** Parameters and noise at which a peer must agree with the float64 reference, on all of `data`. */
export interface TrainCheckPoint {
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly data: Tensor;
  /** [entries, latents]. */
  readonly noise: Tensor;
}

/** What a step learns from: a batch of the rows of `data`, drawn afresh. */
export interface PeerTraining {
  readonly data: Tensor;
  readonly batch: number;
  readonly latents: number;
  readonly stepSize: number;
  /** Learned arrays by the names of the example, a layer's weights from its inputs (rows) to its units (columns). */
  readonly parameters: Readonly<Record<string, Tensor>>;
  /** The bound of the batch `x`, [batch, pixels], for all entries: `weight` is what an entry stands for. */
  bound<T>(ops: Ops<T>, parameters: Readonly<Record<string, T>>, x: T, noise: T, weight: number): T;
}

const LAYERS = (pixels: number, hidden: number, latents: number) =>
  [
    ["guide.z.1", pixels, hidden, 0],
    ["guide.z.2", hidden, hidden, 0],
    ["guide.z.loc", hidden, latents, 0],
    ["guide.z.log scale", hidden, latents, -1],
    ["decoder.1", latents, hidden, 0],
    ["decoder.2", hidden, hidden, 0],
    ["decoder.3", hidden, pixels, -2],
  ] as const;

/** `images`: rows of zeros and ones. */
export function autoencoder(
  images: Tensor,
  { batch = 128, hidden = 200, latents = 50, stepSize = 2e-3 },
): PeerTraining {
  const pixels = images.shape[1]!;
  const random = new Random(5);
  const parameters: Record<string, Tensor> = {};
  for (const [name, from, to, bias] of LAYERS(pixels, hidden, latents)) {
    const bound = Math.sqrt(6 / (from + to));
    const weights = Float32Array.from({ length: from * to }, () => (2 * random.uniform() - 1) * bound);
    parameters[`${name}.weight`] = { values: weights, shape: [from, to] };
    parameters[`${name}.bias`] = { values: new Float32Array(to).fill(bias), shape: [to] };
  }
  return {
    data: images,
    batch,
    latents,
    stepSize,
    parameters,
    bound(ops, learned, x, noise, weight) {
      const layer = (name: string, input: typeof x) =>
        ops.add(ops.matmul(input, learned[`${name}.weight`]!), learned[`${name}.bias`]!);
      const hiddenOf = (stem: string, input: typeof x) =>
        ops.tanh(layer(`${stem}.2`, ops.tanh(layer(`${stem}.1`, input))));
      const encoded = hiddenOf("guide.z", x);
      const loc = layer("guide.z.loc", encoded);
      const logScale = layer("guide.z.log scale", encoded);
      const z = ops.add(loc, ops.mul(ops.exp(logScale), noise));
      const logits = layer("decoder.3", hiddenOf("decoder", z));
      const likelihood = ops.sum(ops.sub(ops.mul(x, logits), ops.softplus(logits)));
      // KL(q ‖ N(0, 1)) = Σ (σ² + μ² − 1) / 2 − log σ.
      const spread = ops.add(ops.exp(ops.mul(logScale, 2)), ops.square(loc));
      const divergence = ops.sum(ops.sub(ops.mul(ops.sub(spread, 1), 0.5), logScale));
      return ops.mul(ops.sub(likelihood, divergence), weight);
    },
  };
}
