import {
  add,
  and,
  castF32,
  castI32,
  dense,
  div,
  drawCategorical,
  eq,
  exp,
  floor,
  ge,
  index,
  iota,
  layer,
  logSumExp,
  lt,
  type Model,
  maximum,
  model,
  mul,
  normal,
  normalCdf,
  real,
  scoreFunction,
  select,
  sub,
  sum,
  units,
  type Value,
} from "elbow-gpu";

export interface Canvases {
  /** Which of them: `count` from `first` on (16,000 from 0 to train, 4,000 from 16,000 to test). Every digit is on four. */
  readonly first: number;
  readonly count: number;
  /** What a nat of the policy's entropy is worth. */
  readonly exploration: number;
  /** A character a digit. */
  readonly labels: string;
  /** 14 × 14 bits a digit, base64. */
  readonly pixels: string;
  /** Row and column of the digit's upper left corner, 0 … 28, two bytes a canvas, base64. */
  readonly corners: string;
}

const [CANVAS, SIDE, BLOCK, STRIDE] = [42, 14, 6, 7];
const COPIES = 4;
const DRAWS = 4;
/** Places to a side: glimpses of 14 × 14 overlap by half. */
const PLACES = (CANVAS - SIDE) / STRIDE + 1;
const CENTRE = (PLACES * PLACES - 1) / 2;

/** The cells of squares on the canvas, of `count` × `count` squares of `side` × `side`, `stride` apart. */
const squares = (count: number, stride: number, side: number): number[][] =>
  Array.from({ length: count * count }, (_, s) =>
    Array.from({ length: side * side }, (_, p) => {
      const row = stride * Math.floor(s / count) + Math.floor(p / side);
      return row * CANVAS + stride * (s % count) + (p % side);
    }),
  );
const GLIMPSES = squares(PLACES, STRIDE, SIDE);
const BLOCKS = squares(CANVAS / BLOCK, BLOCK, BLOCK);

const [policyUnits, classUnits] = [units("policy units", 32), units("class units", 64)];
const relu = { activation: "relu" } as const;

/**
 * How the policy learns: from all places, from draws of it, or not at all, with the glimpse always of the middle; and the
 * canvases of a step, fewer where each costs more.
 */
const BATCHES = { enumerated: 50, "score function": 100, "central glimpse": 100 } as const;
export type Learning = keyof typeof BATCHES;

export const glimpses = (learning: Learning): Model<Canvases> =>
  model(`digits by glimpses, ${learning}`, ({ plate, sample, factor, deterministic, parameter }, data: Canvases) => {
    const { first, count, labels, exploration } = data;
    const image = plate("image", count, { batch: Math.min(BATCHES[learning], count) });
    const source = plate("source", labels.length);
    const cell = plate("cell", CANVAS * CANVAS);
    const place = plate("place", GLIMPSES.length);
    const pixel = plate("pixel", SIDE * SIDE);
    const block = plate("block", BLOCKS.length);
    const within = plate("within", BLOCK * BLOCK);
    const digit = plate("digit", 10);

    // A canvas is empty but for its digit.
    const sources = Array.from({ length: count }, (_, n) => Math.floor((first + n) / COPIES));
    const corners = atob(data.corners);
    const corner = (which: 0 | 1): number[] =>
      Array.from({ length: count }, (_, n) => corners.charCodeAt(2 * (first + n) + which));
    const bytes = atob(data.pixels);
    const bits = Uint8Array.from(
      { length: labels.length * SIDE * SIDE },
      (_, bit) => (bytes.charCodeAt(bit >> 3) >> (7 - (bit & 7))) & 1,
    );
    const row = floor(div(iota(cell), CANVAS));
    const down = sub(row, real(corner(0), [image]));
    const right = sub(sub(castF32(iota(cell)), mul(row, CANVAS)), real(corner(1), [image]));
    const inside = [ge(down, 0), lt(down, SIDE), ge(right, 0), lt(right, SIDE)].reduce(and);
    const at = castI32(select(inside, add(mul(down, SIDE), right), 0));
    const ink = real(bits, [source, pixel])
      .at(index(sources, [image], source))
      .at(at, pixel);
    const canvas = select(inside, ink, 0);
    const label = index(
      sources.map((s) => Number(labels[s])),
      [image],
      digit,
    );

    /** log π, from how much ink is in each of 7 × 7 blocks: the policy sees no more. */
    const look = (): Value => {
      const coarse = canvas.at(index(BLOCKS, [block, within], cell)).mean(within);
      const hidden = dense(parameter, "policy.1", coarse, block, policyUnits, relu);
      const preference = dense(parameter, "policy.2", hidden, policyUnits, place);
      return sub(preference, logSumExp(preference, [place]));
    };
    const logPolicy = learning === "central glimpse" ? null : look();
    const windows = index(GLIMPSES, [place, pixel], cell);
    const class1 = layer(parameter, "class.1", pixel, classUnits, relu);
    const class2 = layer(parameter, "class.2", classUnits, digit);
    /** log p(digit | what a glimpse shows), of the glimpses of these cells. */
    const classify = (window: Value): Value => {
      const scores = class2(class1(canvas.at(window, cell)));
      return sub(scores, logSumExp(scores, [digit]));
    };
    if (logPolicy === null) {
      const seen = classify(windows.at(castI32(CENTRE), place));
      factor("label", seen.at(label));
      deterministic("probability", exp(seen), [image, digit]);
      return;
    }

    const policy = exp(logPolicy);
    if (learning === "enumerated") {
      const reward = classify(windows).at(label);
      factor("label", sum(mul(policy, reward), [place]));
    } else {
      // Places are drawn by inversion of uniforms, which are made of noise whose q is its prior.
      const draws = plate("glimpse", DRAWS);
      const noise = sample("noise", normal(0, 1), [image, draws]);
      const drawn = drawCategorical(policy, place, normalCdf(noise));
      factor("label", scoreFunction(classify(windows.at(drawn, place)).at(label), logPolicy.at(drawn, place), draws));
    }
    factor("exploration", mul(sum(mul(policy, logPolicy), [place]), -exploration));

    // One glimpse, of the place that the policy likes best.
    const liked = eq(logPolicy, maximum(logPolicy, [place]));
    const best = castI32(maximum(select(liked, iota(place), 0), [place]));
    deterministic("policy", policy, [image, place]);
    deterministic("probability", exp(classify(windows.at(best, place))), [image, digit]);
  });

export default glimpses("enumerated");

export const training = {
  guide: {},
  steps: 800,
  stepSize: 1e-2,
  /** The bound of these is that of hard attention alone, without what the entropy is worth. */
  heldOut: (data: Canvases): Canvases => ({ ...data, first: 16_000, count: 4000, exploration: 0 }),
  evaluationDraws: 1,
  scores: {
    accuracy: {
      site: "probability",
      of: (probability: Float64Array, { labels, first, count }: Canvases): number => {
        let right = 0;
        for (let n = 0; n < count; n++) {
          const own = [...probability.subarray(10 * n, 10 * n + 10)];
          if (own.indexOf(Math.max(...own)) === Number(labels[Math.floor((first + n) / COPIES)])) right++;
        }
        return right / count;
      },
    },
  },
};
