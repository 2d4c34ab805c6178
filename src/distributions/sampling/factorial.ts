const logarithms = /* @__PURE__ */ (() => {
  const exact = [1];
  for (let n = 1; n < 16; n++) exact.push(exact[n - 1]! * n);
  return exact.map(Math.log);
})();

/** log n! for an integer n ≥ 0: exact products, then Stirling's series (DLMF 5.11.1), to double precision. */
export function logFactorialOf(n: number): number {
  const known = logarithms[n];
  if (known !== undefined) return known;
  const x = n + 1;
  const w = 1 / (x * x);
  const series = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
