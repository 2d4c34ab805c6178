import { markovChain, model, normal, real } from "elbow-gpu";

interface Data {
  readonly y: readonly number[];
  readonly initial: readonly number[];
  /** transition[i][j]: probability of state j after state i. */
  readonly transition: readonly (readonly number[])[];
  readonly means: readonly number[];
  readonly sds: readonly number[];
  /** Whether the states are summed out; else q has probabilities of their own for every time. */
  readonly enumerate: boolean;
}

export default model("hidden Markov model", ({ plate, sample, observe }, data: Data) => {
  const state = plate("state", data.initial.length);
  const time = plate("time", data.y.length);
  const chain = markovChain(time, state, {
    initial: real(data.initial, [state]),
    transition: real(data.transition, [state, state.prime()]),
  });
  const z = sample("z", chain, [], { enumerate: data.enumerate });
  observe("y", normal(real(data.means, [state]).at(z), real(data.sds, [state]).at(z)), real(data.y, [time]));
});
