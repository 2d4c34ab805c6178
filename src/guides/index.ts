export { type BlockGuides, guide } from "./composed.ts";
export { fullRank } from "./fullRank.ts";
export {
  type BoundGuide,
  type GradientEstimator,
  type Guide,
  type GuideDraws,
  GuideError,
  type GuideStart,
  type Moments,
  type Noise,
  type Parameters,
  type SiteSpan,
} from "./guide.ts";
export { markov } from "./markov.ts";
export { meanField } from "./meanField.ts";
