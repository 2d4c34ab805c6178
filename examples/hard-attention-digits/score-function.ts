/** The same model, its policy learned from places it draws. */
import { amortised } from "elbow-gpu";
import { training as enumerated, glimpses } from "./model.ts";

export default glimpses("score function");

export const training = {
  ...enumerated,
  steps: 1000,
  // Noise that places are drawn by: nothing is to be inferred of it.
  guide: { noise: amortised(() => ({ loc: 0, logScale: 0 })) },
};
