export { type Activation, activate, type DenseOptions, dense, layer, units } from "./dense.ts";
export { gru, type RecurrentOptions } from "./gru.ts";
export { type DeclareParameter, filled, glorot, type Initializer, type LearnedParameter } from "./initial.ts";
