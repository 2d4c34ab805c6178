import type { Axis } from "../graph/axis.ts";
import { mul, sigmoid, sub, tanh } from "../graph/ops.ts";
import { scan } from "../graph/scan.ts";
import type { Value } from "../graph/value.ts";
import { dense, linear } from "./dense.ts";
import type { DeclareParameter } from "./initial.ts";

export interface RecurrentOptions {
  /** From the last entry of the axis to the first, so that h_t has seen x_t and what follows. Default false. */
  readonly reverse?: boolean;
}

/**
 * A gated recurrent unit along the axis `time`, from h = 0; the state after every step, over `hidden` and `time`:
 *
 * r = σ(W_r x + U_r h + b_r),  u = σ(W_u x + U_u h + b_u),  h̃ = tanh(W x + U (r ⊙ h) + b),  h′ = u ⊙ h + (1 − u) ⊙ h̃
 *
 * (K. Cho et al., *Learning phrase representations using RNN encoder–decoder*, EMNLP 2014, eq. 5–8). It learns
 * `NAME.reset.*`, `NAME.update.*` and `NAME.candidate.*`.
 */
export function gru(
  parameter: DeclareParameter,
  name: string,
  x: Value,
  from: Axis,
  hidden: Axis,
  time: Axis,
  { reverse = false }: RecurrentOptions = {},
): Value {
  const gate = (which: string): { readonly input: Value; readonly recurrent: (h: Value) => Value } => ({
    // What does not depend on the state is computed for all times at once.
    input: dense(parameter, `${name}.${which}`, x, from, hidden),
    recurrent: linear(parameter, `${name}.${which}.recurrent`, hidden, hidden),
  });
  const [reset, update, candidate] = [gate("reset"), gate("update"), gate("candidate")];
  return scan(
    time,
    0,
    (h) => {
      const r = sigmoid(reset.input.add(reset.recurrent(h)));
      const u = sigmoid(update.input.add(update.recurrent(h)));
      const proposed = tanh(candidate.input.add(candidate.recurrent(mul(r, h))));
      return mul(u, h).add(mul(sub(1, u), proposed));
    },
    { reverse },
  );
}
