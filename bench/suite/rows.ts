/** The rows of the table: which model, which data, how many draws, and who else runs it. */

import diamondsModel from "../../examples/diamonds/model.ts";
import eightSchoolsModel from "../../examples/eight-schools/model.ts";
import radonModel from "../../examples/radon/model.ts";
import digitsModel, {
  type Digits,
  training as digitsTraining,
  PIXELS,
  unpack,
} from "../../examples/vae-digits/model.ts";
import wellsModel from "../../examples/wells/model.ts";
import type { JsonData, Model, Training } from "../../src/index.ts";
import type { TracedModel } from "../../src/model/traced.ts";
import type { YardstickProblem } from "../yardsticks/index.ts";
import { LOGISTIC_PREDICTORS } from "../yardsticks/logistic.ts";
import * as data from "./data.ts";
import * as models from "./models.ts";
import type { GuideName } from "./ours.ts";
import * as peers from "./peers/models.ts";
import type { PeerModel, Tensor } from "./peers/ops.ts";
import { autoencoder } from "./peers/training.ts";
import type { TrainProblem, TrainRow } from "./train.ts";

/** What a row runs on, once its data are there. */
export interface Problem {
  trace(): TracedModel;
  readonly peer: PeerModel;
  readonly yardstick?: YardstickProblem;
}

export interface StepRow {
  readonly kind: "step";
  readonly name: string;
  readonly title: string;
  readonly guide: GuideName;
  readonly draws: number;
  /** Too much for a software adapter. */
  readonly large?: true;
  /** Fits side by side; one by default. */
  readonly fits?: number;
  problem(): Promise<Problem>;
}

export interface BatchRow {
  readonly kind: "batch";
  readonly name: string;
  readonly title: string;
  readonly draws: number;
  readonly guide: GuideName;
  model(): Promise<{ readonly model: Model; readonly data: object }>;
}

/** Many fits of one problem. */
export interface ManyRow {
  readonly kind: "many";
  readonly name: string;
  readonly title: string;
  readonly draws: number;
  readonly guide: GuideName;
  /** How many fits, ascending from 1; the last is the row's. */
  readonly sizes: readonly number[];
  model(): Promise<{ readonly model: Model; readonly data: object }>;
}

export type Row = StepRow | BatchRow | ManyRow | TrainRow;

const problem = <D extends object>(model: unknown, given: D, peer: PeerModel): Problem => ({
  trace: () => (model as Model<D>).trace(given),
  peer,
});

async function eightSchools(n = 8): Promise<Problem> {
  const given = data.schools(await data.readJson<data.EightSchools>("eight-schools"), n);
  const made = problem(eightSchoolsModel, given, peers.eightSchools(given));
  return n === 8 ? { ...made, yardstick: { name: "eight-schools", data: given } } : made;
}

async function wells(): Promise<Problem> {
  const given = await data.readJson<data.Wells>("wells");
  return problem(wellsModel, given, peers.wells(given));
}

async function diamonds(): Promise<Problem> {
  const given = await data.readJson<data.Diamonds>("diamonds");
  return problem(diamondsModel, given, peers.diamonds(given));
}

async function radon(times: number): Promise<Problem> {
  const given = data.replicate(await data.readJson<data.Radon>("radon"), times);
  return problem(radonModel, given, peers.radon(given));
}

async function logistic(n: number, d: number): Promise<Problem> {
  const given = data.logisticData(n, d);
  const made = problem(models.logistic, given, peers.logistic(given));
  return d === LOGISTIC_PREDICTORS ? { ...made, yardstick: { name: "logistic", data: given } } : made;
}

async function mixture(n: number, k: number): Promise<Problem> {
  const given = data.mixtureData(n, k);
  return problem(models.mixture, given, peers.mixture(given));
}

async function volatility(t: number): Promise<Problem> {
  const given = data.volatilityData(t);
  return problem(models.stochasticVolatility, given, peers.stochasticVolatility(given));
}

async function gaussian(d: number): Promise<Problem> {
  const given = data.gaussianData(d);
  return problem(models.gaussian, given, peers.gaussian(given));
}

/** 9,000 digits; the first sixteen for the check. */
async function digits(): Promise<TrainProblem> {
  const given = await data.readJson<Digits>("vae-digits");
  const few = { ...given, count: 16 };
  const rows = (some: Digits): Tensor => ({ values: unpack(some), shape: [some.count, PIXELS] });
  return {
    model: digitsModel as unknown as Model,
    training: digitsTraining as unknown as Training,
    data: given as unknown as JsonData,
    few: { data: few as unknown as JsonData, rows: rows(few) },
    peer: autoencoder(rows(given), {}),
  };
}

const step = (
  name: string,
  title: string,
  draws: number,
  make: () => Promise<Problem>,
  more: { guide?: GuideName; large?: true; fits?: number } = {},
): StepRow => ({ kind: "step", name, title, draws, guide: "mean-field", problem: make, ...more });

const BATCH = 1 << 20;

export const ROWS: readonly Row[] = [
  step("eight-schools", "eight schools, S = 64", 64, () => eightSchools()),
  step("wells", "wells, S = 16", 16, wells),
  step("diamonds-full-rank", "diamonds, full rank, S = 16", 16, diamonds, { guide: "full-rank" }),
  step("logistic", "logistic regression, 20,000 × 32, S = 32", 32, () => logistic(20_000, 32)),
  step("logistic-large", "logistic regression, 200,000 × 100, S = 64", 64, () => logistic(200_000, 100), {
    large: true,
  }),
  step("radon", "radon, N = 919, S = 16", 16, () => radon(1)),
  step("radon-100", "radon, N = 91,900, S = 16", 16, () => radon(100)),
  step("mixture", "Gaussian mixture, K = 16, N = 10,000, S = 16", 16, () => mixture(10_000, 16)),
  step("stochastic-volatility", "stochastic volatility, T = 2,000, S = 16", 16, () => volatility(2000)),
  step("gaussian-512", "Gaussian, full rank, D = 512, S = 32", 32, () => gaussian(512), { guide: "full-rank" }),
  {
    kind: "batch",
    name: "elbo-eight-schools",
    title: "ELBO of 2^20 draws, eight schools",
    draws: BATCH,
    guide: "mean-field",
    model: async () => ({ model: eightSchoolsModel as unknown as Model, data: await data.readJson("eight-schools") }),
  },
  {
    kind: "batch",
    name: "elbo-wells",
    title: "ELBO of 2^20 draws, wells",
    draws: BATCH,
    guide: "mean-field",
    model: async () => ({ model: wellsModel as unknown as Model, data: await data.readJson("wells") }),
  },
  {
    kind: "many",
    name: "many-fits",
    title: "1,024 fits of eight schools, S = 16",
    draws: 16,
    guide: "mean-field",
    sizes: [1, 64, 1024],
    model: async () => ({ model: eightSchoolsModel as unknown as Model, data: await data.readJson("eight-schools") }),
  },
  { kind: "train", name: "vae", title: "VAE on digits, batch 128", problem: digits },
];

/** Families of problems for the growth charts: the same step at other sizes. */
export const GROWTH: Readonly<
  Record<string, { readonly axis: string; readonly sizes: readonly number[]; readonly row: (size: number) => StepRow }>
> = {
  "eight schools: draws": {
    axis: "S",
    sizes: [16, 64, 256, 1024, 4096],
    row: (s) => step(`eight-schools-S${s}`, `eight schools, S = ${s}`, s, () => eightSchools()),
  },
  "eight schools: schools": {
    axis: "N",
    sizes: [8, 32, 128, 512, 2048],
    row: (n) => step(`eight-schools-N${n}`, `${n} schools, S = 64`, 64, () => eightSchools(n)),
  },
  "eight schools: fits": {
    axis: "F",
    sizes: [1, 4, 16, 64, 256, 1024],
    row: (f) =>
      step(`eight-schools-F${f}`, `${f} fits of eight schools, S = 16`, 16, () => eightSchools(), { fits: f }),
  },
  "logistic regression: draws": {
    axis: "S",
    sizes: [8, 16, 32, 64, 128],
    row: (s) => step(`logistic-S${s}`, `logistic, 5,000 × 32, S = ${s}`, s, () => logistic(5000, 32)),
  },
  "logistic regression: rows": {
    axis: "N",
    sizes: [1250, 2500, 5000, 10_000, 20_000, 40_000],
    row: (n) => step(`logistic-N${n}`, `logistic, ${n} × 32, S = 32`, 32, () => logistic(n, 32)),
  },
  "logistic regression: predictors": {
    axis: "D",
    sizes: [8, 16, 32, 64, 128],
    row: (d) => step(`logistic-D${d}`, `logistic, 5,000 × ${d}, S = 32`, 32, () => logistic(5000, d)),
  },
  "radon: houses": {
    axis: "N",
    sizes: [919, 3676, 14_704, 58_816],
    row: (n) => step(`radon-N${n}`, `radon, N = ${n}`, 16, () => radon(n / 919)),
  },
  "stochastic volatility: returns": {
    axis: "T",
    sizes: [500, 1000, 2000, 4000, 8000],
    row: (t) => step(`stochastic-volatility-T${t}`, `stochastic volatility, T = ${t}`, 16, () => volatility(t)),
  },
  "mixture: points": {
    axis: "N",
    sizes: [625, 1250, 2500, 5000, 10_000],
    row: (n) => step(`mixture-N${n}`, `mixture, N = ${n}`, 16, () => mixture(n, 16)),
  },
};
