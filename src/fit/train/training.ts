/** How a model is trained, as its file may say. */
import type { JsonData } from "../../model/model.ts";
import type { TrainedBounds } from "./bounds.ts";
import type { AmortisedGuides } from "./guided.ts";

/** What a model's file may export under the name `training`: the model then has parameters to learn instead of a posterior. */
export interface Training<Data extends object = JsonData> {
  readonly guide?: AmortisedGuides;
  readonly steps?: number;
  readonly draws?: number;
  /** Of Adam. Default 1e-3. */
  readonly stepSize?: number;
  /** The data kept back, which the report is of. Default: the data trained on. */
  heldOut?(data: Data): Data;
  /** Draws for every entry of them. Default 50. */
  readonly evaluationDraws?: number;
  /** More for the report, by name, from values of the model for the data kept back. */
  readonly scores?: Readonly<Record<string, Score<Data>>>;
}

/** A number made of a value of the model: the share of digits that are classified rightly, say. */
export interface Score<Data extends object = JsonData> {
  /** A latent or deterministic site. */
  readonly site: string;
  of(values: Float64Array, data: Data): number;
}

/** Of the data kept back. */
export interface Evaluation {
  readonly bounds: TrainedBounds;
  readonly scores: Readonly<Record<string, number>>;
}
