export {
  type AmortisedContext,
  type AmortisedGuide,
  amortised,
  amortisedChain,
  type NormalParameters,
} from "./amortised.ts";
export { autoregressiveFlow } from "./autoregressiveFlow.ts";
export { type BlockGuides, guide } from "./composed.ts";
export { couplingFlow } from "./couplingFlow.ts";
export { withCategoricals } from "./discrete.ts";
export type { FlowOptions } from "./flow.ts";
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
export { type LowRankOptions, lowRank } from "./lowRank.ts";
export { markov } from "./markov.ts";
export { meanField } from "./meanField.ts";
export { type MixtureOptions, mixtureGuide } from "./mixture.ts";
export { guideNamed } from "./named.ts";
