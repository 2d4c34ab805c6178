import { gaussianRandomWalk, model, normal, real } from "elbow-gpu";

interface Data {
  /** Annual flow, in 10⁸ m³. */
  readonly flow: readonly number[];
}

/** Variances of the yearly change of the level and of an observation: Durbin & Koopman's maximum likelihood. */
const LEVEL_VARIANCE = 1469.1;
const OBSERVATION_VARIANCE = 15099;

export default model("local level", ({ plate, sample, observe }, data: Data) => {
  const year = plate("year", data.flow.length);
  const walk = gaussianRandomWalk(year, { scale: Math.sqrt(LEVEL_VARIANCE), initial: normal(1000, 300) });
  const level = sample("level", walk);
  observe("flow", normal(level, Math.sqrt(OBSERVATION_VARIANCE)), real(data.flow, [year]));
});
