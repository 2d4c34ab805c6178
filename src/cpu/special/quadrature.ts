/** A rule on (0, 1): Σ weight f(node) ≈ ∫ f. */
export interface Rule {
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

/** The Gauss–Legendre rule of n nodes, by Newton's method on the Legendre polynomial (Abramowitz & Stegun 25.4.29). */
export function gaussLegendre(n: number): Rule {
  const nodes: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 6; step++) {
      let [previous, value] = [1, x];
      for (let k = 2; k <= n; k++) [previous, value] = [value, ((2 * k - 1) * x * value - (k - 1) * previous) / k];
      slope = (n * (x * value - previous)) / (x * x - 1);
      x -= value / slope;
    }
    nodes.push((1 - x) / 2);
    weights.push(1 / ((1 - x * x) * slope * slope));
  }
  return { nodes, weights };
}

/** ∫ over (0, end) of each component of f, in panels no longer than `longest`. */
export function integrate(
  rule: Rule,
  end: number,
  longest: number,
  out: Float64Array,
  f: (v: number, weight: number, out: Float64Array) => void,
): void {
  out.fill(0);
  const panels = Math.min(Math.max(Math.ceil(end / longest), 1), 1000);
  const width = end / panels;
  for (let panel = 0; panel < panels; panel++) {
    for (let i = 0; i < rule.nodes.length; i++) f((panel + rule.nodes[i]!) * width, rule.weights[i]! * width, out);
  }
}
