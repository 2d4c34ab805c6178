/** What the page and its worker say to each other. */
import type { FitJson } from "elbow-gpu";
import type { Data } from "../example.ts";

export interface Settings {
  readonly guide: string;
  readonly draws: number;
  readonly steps: number;
  readonly seed: number;
  readonly device: "auto" | "gpu" | "cpu";
}

export type Request =
  /** Runs the model's function on the data, and says what it declares. */
  | { readonly kind: "trace"; readonly id: number; readonly source: string; readonly data: Data }
  | {
      readonly kind: "fit";
      readonly id: number;
      readonly source: string;
      readonly data: Data;
      readonly settings: Settings;
    }
  /** Goes on with the fit that was stopped or paused. */
  | { readonly kind: "resume"; readonly id: number }
  | { readonly kind: "stop" }
  | { readonly kind: "export"; readonly id: number; readonly format: "csv" | "inference-data" };

export interface SiteDescription {
  readonly name: string;
  readonly role: "latent" | "observed" | "deterministic";
  readonly plates: readonly { readonly name: string; readonly size: number }[];
}

/** Draws of one scalar. */
export interface Marginal {
  readonly name: string;
  readonly latent: boolean;
  readonly draws: Float32Array;
  /** Draws of its prior, where that has constant parameters; else null. */
  readonly prior: Float32Array | null;
}

export interface FitReport {
  readonly json: FitJson;
  /** The last chance to go on: false once it has converged. */
  readonly resumable: boolean;
  readonly elboTrace: Float64Array;
  readonly marginals: readonly Marginal[];
  /** Replicated data, by observed site, with the data themselves. */
  readonly checks: readonly {
    readonly name: string;
    readonly observed: Float64Array;
    readonly replicated: Float64Array;
  }[];
}

export interface Failure {
  readonly message: string;
  /** Where in the model's source, from 1; null where it is not known. */
  readonly line: number | null;
  readonly column: number | null;
}

export type Answer =
  | { readonly kind: "traced"; readonly id: number; readonly name: string; readonly sites: readonly SiteDescription[] }
  | {
      readonly kind: "progress";
      readonly id: number;
      readonly stage: string;
      readonly step: number;
      readonly steps: number;
      readonly elbo: number | null;
    }
  /** Something a reader should know: no WebGPU here, a device lost and found again. */
  | { readonly kind: "notice"; readonly id: number; readonly text: string }
  | { readonly kind: "fitted"; readonly id: number; readonly report: FitReport }
  | { readonly kind: "exported"; readonly id: number; readonly text: string }
  | { readonly kind: "failed"; readonly id: number; readonly failure: Failure };
