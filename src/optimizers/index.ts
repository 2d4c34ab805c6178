export { type AdamOptions, adam } from "./adam.ts";
export { adaptiveNames, automaticOptimizer } from "./automatic.ts";
export { naturalGradient } from "./naturalGradient.ts";
export { LONGEST_STEP, type Optimizer } from "./optimizer.ts";
