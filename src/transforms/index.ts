export { identity } from "./identity.ts";
export { interval } from "./interval.ts";
export { lower } from "./lower.ts";
export { offsetMultiplier } from "./offsetMultiplier.ts";
export { ordered } from "./ordered.ts";
export { positive } from "./positive.ts";
export { simplex } from "./simplex.ts";
export { type Transform, TransformError, transformTo } from "./transform.ts";
export { upper } from "./upper.ts";
