/** Learned arrays, as a page ships them and as its pictures read them. */

export interface LearnedArray {
  /** Name and size of its axes, the last fastest. */
  readonly axes: readonly { readonly name: string; readonly size: number }[];
  readonly values: Float32Array;
}

/** By the names of `TrainResult.parameters`. */
export type Learned = Readonly<Record<string, LearnedArray>>;

/** A byte a number: value = byte × the scale of its line, a line being what has the last axis in common. */
export interface ShippedArray {
  readonly axes: LearnedArray["axes"];
  readonly scales: readonly number[];
  /** Signed bytes, base64. */
  readonly bytes: string;
}

/** What examples/NAME/learned.json holds. */
export interface Shipped {
  /** Steps of the training that they are of. */
  readonly steps: number;
  readonly arrays: Readonly<Record<string, ShippedArray>>;
}

const LARGEST = 127;

/** Rounds every number to 1/127 of the largest of its line. */
export function shipped(learned: Learned, steps: number): Shipped {
  return {
    steps,
    arrays: Object.fromEntries(Object.entries(learned).map(([name, array]) => [name, shippedArray(array)])),
  };
}

function shippedArray({ axes, values }: LearnedArray): ShippedArray {
  const width = axes.at(-1)?.size ?? 1;
  const scales = Array.from({ length: values.length / width }, (_, line) => {
    const largest = values
      .subarray(line * width, (line + 1) * width)
      .reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    return Number((largest / LARGEST).toPrecision(5));
  });
  const bytes = Array.from(values, (x, i) => {
    const scale = scales[Math.floor(i / width)]!;
    return scale === 0 ? 0 : Math.max(-LARGEST, Math.min(LARGEST, Math.round(x / scale))) & 255;
  });
  return { axes, scales, bytes: btoa(bytes.map((byte) => String.fromCharCode(byte)).join("")) };
}

export const restored = ({ arrays }: Shipped): Learned =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { axes, scales, bytes }]) => {
      const text = atob(bytes);
      const width = axes.at(-1)?.size ?? 1;
      const value = (i: number): number => ((text.charCodeAt(i) << 24) >> 24) * scales[Math.floor(i / width)]!;
      return [name, { axes, values: Float32Array.from({ length: text.length }, (_, i) => value(i)) }];
    }),
  );

/** A dense layer, Σ_from W x + b, whichever way its weights lie. */
export function layer(learned: Learned, name: string, x: ArrayLike<number>): Float32Array {
  const [weight, bias] = [learned[`${name}.weight`]!, learned[`${name}.bias`]!];
  const to = bias.axes[0]!;
  const fromStride = weight.axes[1]!.name === to.name ? to.size : 1;
  const toStride = fromStride === 1 ? x.length : 1;
  return bias.values.map((start, j) => {
    let sum = start;
    for (let i = 0; i < x.length; i++) sum += x[i]! * weight.values[i * fromStride + j * toStride]!;
    return sum;
  });
}
