import { amortised, bernoulli, dense, model, normal, real, sigmoid, units } from "elbow-gpu";

export interface Digits {
  /** Which of them: `count` from `first` on (9000 from 0 to train, 1000 from 9000 to test). */
  readonly first: number;
  readonly count: number;
  /** 28 × 28 bits a digit, row by row, base64. */
  readonly pixels: string;
}

export const PIXELS = 28 * 28;
const BATCH = 128;

/** Ink or none, 784 numbers a digit. */
export function unpack({ first, count, pixels }: Digits): Float32Array<ArrayBuffer> {
  const bytes = atob(pixels);
  return Float32Array.from({ length: count * PIXELS }, (_, i) => {
    const bit = first * PIXELS + i;
    return (bytes.charCodeAt(bit >> 3) >> (7 - (bit & 7))) & 1;
  });
}

const [hidden1, hidden2] = [units("hidden 1", 200), units("hidden 2", 200)];
const tanh = { activation: "tanh" } as const;

export default model("digits", ({ plate, sample, observe, deterministic, parameter }, data: Digits) => {
  const digit = plate("digit", data.count, { batch: Math.min(BATCH, data.count) });
  const pixel = plate("pixel", PIXELS);
  const latent = plate("latent", 50);
  const z = sample("z", normal(0, 1), [digit, latent]);
  const layer1 = dense(parameter, "decoder.1", z, latent, hidden1, tanh);
  const layer2 = dense(parameter, "decoder.2", layer1, hidden1, hidden2, tanh);
  const logits = dense(parameter, "decoder.3", layer2, hidden2, pixel, { bias: -2 });
  observe("x", bernoulli({ logits }), real(unpack(data), [digit, pixel]));
  deterministic("ink", sigmoid(logits), [digit, pixel]);
});

const encoder = amortised(({ parameter, observed, axes }) => {
  const x = observed("x");
  const [latent, pixel] = [axes[1]!, x.axes[1]!];
  const layer1 = dense(parameter, "1", x, pixel, hidden1, tanh);
  const layer2 = dense(parameter, "2", layer1, hidden1, hidden2, tanh);
  return {
    loc: dense(parameter, "loc", layer2, hidden2, latent),
    logScale: dense(parameter, "log scale", layer2, hidden2, latent, { bias: -1 }),
  };
});

export const training = {
  guide: { z: encoder },
  steps: 2100,
  stepSize: 2e-3,
  heldOut: (data: Digits): Digits => ({ ...data, first: 9000, count: 1000 }),
  evaluationDraws: 500,
};
