/** Numbers that weights begin with: the same on every machine, so that a fit depends on its seed alone. */

/** About standard normal: twelve uniforms (a linear congruential sequence) less six. */
export function firstWeights(count: number, seed: number, scale = 1): Float64Array {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x2545f491) >>> 0;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  return Float64Array.from({ length: count }, () => {
    let total = -6;
    for (let k = 0; k < 12; k++) total += uniform();
    return scale * total;
  });
}
