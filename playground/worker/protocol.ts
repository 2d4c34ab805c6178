/** What the page and its worker say to each other. */
import type { FitJson } from "elbow-gpu";
import type { Data } from "../example.ts";
import type { Learned } from "../learned.ts";

export interface Settings {
  /** In words, as on the command line. */
  readonly guide: string;
  readonly objective: string;
  readonly draws: number;
  readonly steps: number;
  readonly seed: number;
  readonly device: "auto" | "gpu" | "cpu";
}

/** Of a model with parameters to learn. */
export type TrainSettings = Pick<Settings, "steps" | "seed" | "device">;

/** A model and its data. */
export interface Subject {
  /** JavaScript. */
  readonly source: string;
  readonly data: Data;
}

interface Asked {
  readonly id: number;
}

export type Request =
  /** Runs the model's function on the data, and says what it declares. */
  | (Asked & Subject & { readonly kind: "trace" })
  /** Opens the device while the reader reads. */
  | (Asked & { readonly kind: "warm"; readonly device: Settings["device"] })
  | (Asked & Subject & { readonly kind: "fit"; readonly settings: Settings })
  /** Goes on with the fit that was stopped or paused. */
  | (Asked & { readonly kind: "resume" })
  /** Fits the same once more from a plain start by small steps, to show how the bound rises. */
  | (Asked & { readonly kind: "climb" })
  | (Asked & { readonly kind: "two-modes"; readonly modes: Modes })
  /** Learns the parameters of a model whose file exports `training`; of no steps, evaluates those it is given. */
  | (Asked & Subject & { readonly kind: "train"; readonly settings: TrainSettings; readonly from: Learned | null })
  | { readonly kind: "stop" }
  | (Asked & { readonly kind: "export"; readonly format: "csv" | "inference-data" });

export interface Plate {
  readonly name: string;
  readonly size: number;
  /** Whether its entries follow each other in time. */
  readonly time: boolean;
}

export interface SiteDescription {
  readonly name: string;
  /** "discrete": a latent of finitely many values; "enumerated" where the model sums it out. */
  readonly role: "latent" | "discrete" | "enumerated" | "deterministic" | "observed";
  readonly plates: readonly Plate[];
}

/** What a model declares. */
export interface Traced {
  readonly name: string;
  readonly sites: readonly SiteDescription[];
  readonly plates: readonly Plate[];
  /** Steps that its training takes by default; null for a model with a posterior instead. */
  readonly trainingSteps: number | null;
}

/** Draws of one scalar. */
export interface Marginal {
  readonly name: string;
  readonly draws: Float32Array;
  /** Draws of its prior, given draws of all that it depends on; null until it is drawn, and where it is improper. */
  readonly prior: Float32Array | null;
}

export type Parameters = FitJson["parameters"];

/** What q says, before anything is known of how well it says it. */
export interface Preview {
  readonly sites: readonly SiteDescription[];
  readonly steps: number;
  /** The ELBO estimate of every step. */
  readonly elboTrace: Float64Array;
  readonly marginals: readonly Marginal[];
  /** Of the same draws; the report has more exact ones. */
  readonly parameters: Parameters;
}

/** Replicated data of an observed site, with the data themselves, each row-major over the site's plates. */
export interface PredictiveCheck {
  readonly name: string;
  readonly plates: readonly Plate[];
  readonly observed: Float64Array;
  readonly replicated: Float64Array;
}

/** The ELBO's share of each entry of a plate that is time. */
export interface SeriesTerms {
  readonly plate: string;
  readonly likelihood: Float64Array;
  readonly prior: Float64Array;
  readonly entropy: Float64Array;
  readonly total: Float64Array;
  /** Of sites that do not run over the plate. */
  readonly rest: number;
}

/** (1 − share) N(−distance/2, 1) + share N(distance/2, spread²). */
export interface Modes {
  readonly distance: number;
  readonly spread: number;
  readonly share: number;
}

export interface Gaussian {
  readonly loc: number;
  readonly scale: number;
  /** What was minimised, KL(q ‖ p) or KL(p ‖ q), in nats. */
  readonly divergence: number;
}

export interface TwoModes {
  /** Of the reverse divergence, from a start at either mode. */
  readonly left: Gaussian;
  readonly right: Gaussian;
  /** Of the forward divergence. */
  readonly forward: Gaussian;
}

/** The final evaluation. */
export interface FitReport {
  readonly json: FitJson;
  /** The last chance to go on: false once it has converged. */
  readonly resumable: boolean;
  readonly checks: readonly PredictiveCheck[];
  readonly series: SeriesTerms | null;
}

export interface Estimate {
  readonly value: number;
  readonly standardError: number;
}

/** Bounds of log p of all entries that were kept back. */
export interface TrainedReport {
  readonly elbo: Estimate;
  readonly importanceWeighted: Estimate;
  readonly entries: number;
  readonly draws: number;
  readonly scores: Readonly<Record<string, number>>;
  /** False where they are of the data trained on. */
  readonly keptBack: boolean;
  /** Of the training that went before; null where parameters were only evaluated. */
  readonly judgement: { readonly verdict: FitJson["verdict"]; readonly reasons: readonly string[] } | null;
}

export interface Failure {
  readonly message: string;
  /** Where in the model's source, from 1; null where it is not known. */
  readonly line: number | null;
  readonly column: number | null;
}

export type Answer =
  | (Asked & Traced & { readonly kind: "traced" })
  | (Asked & { readonly kind: "warmed" })
  | (Asked & {
      readonly kind: "progress";
      readonly stage: string;
      readonly step: number;
      readonly steps: number;
      /** The ELBO estimates of the steps since the last of these. */
      readonly estimates: Float64Array;
    })
  /** Something a reader should know: no WebGPU here, a device lost and found again. */
  | (Asked & { readonly kind: "notice"; readonly text: string })
  | (Asked & { readonly kind: "preview"; readonly preview: Preview })
  /** Draws of the priors of what the preview shows, by scalar. */
  | (Asked & { readonly kind: "priors"; readonly priors: ReadonlyMap<string, Float32Array> })
  | (Asked & { readonly kind: "fitted"; readonly report: FitReport })
  /** The ELBO estimate of every step. */
  | (Asked & { readonly kind: "climbed"; readonly trace: Float64Array })
  | (Asked & { readonly kind: "two-modes"; readonly found: TwoModes })
  /** The training is over; how good it is comes with `trained`. */
  | (Asked & {
      readonly kind: "learned";
      readonly learned: Learned;
      readonly steps: number;
      readonly seconds: number;
    })
  | (Asked & { readonly kind: "trained"; readonly report: TrainedReport })
  | (Asked & { readonly kind: "exported"; readonly text: string })
  | (Asked & { readonly kind: "failed"; readonly failure: Failure });
