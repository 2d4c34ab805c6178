/** `npm run estimators`: measures the variances of the gradient estimators side by side; writes docs/estimators.md. */
import { writeFileSync } from "node:fs";
import { boundBaseline, exactGradient, exactVariance, type MeasuredGradient, measureAttention } from "./attention.ts";
import { type Estimator, estimators } from "./estimators.ts";
import { exactOf, measureGamma } from "./exactFamily.ts";
import { type Measured, measure } from "./measure.ts";
import { type Pair, problems } from "./problems.ts";

const BATCHES = 4000;

const shown = (x: number): string => {
  if (x < 1e-20) return "0";
  const digits = x.toPrecision(2);
  return digits.includes("e") ? `${Number(digits).toExponential(1)}` : String(Number(digits));
};

/** The largest deviation of the mean from the exact gradient, in standard errors. */
const deviation = (mean: readonly number[], error: readonly number[], exact: readonly number[]): string =>
  Math.max(...mean.map((m, i) => Math.abs(m - exact[i]!) / Math.max(error[i]!, 1e-10))).toFixed(1);

function row({ name, of, draws }: Estimator, exact: Pair | null, { mean, error, variance }: Measured): string {
  const off = exact === null ? "" : deviation(mean, error, exact);
  return `| ${of} | ${name} | ${draws} | ${shown(variance)} | ${off} |`;
}

function attentionRow(name: string, draws: number, found: MeasuredGradient, known?: number): string {
  const exact = known === undefined ? "" : ` (exact: ${known.toFixed(2)})`;
  const off = deviation(found.mean, found.error, exactGradient);
  return `| ${name} | ${draws} | ${shown(found.variance)}${exact} | ${off} |`;
}

const parts = [
  `# Estimators of gradients

Written by \`npm run estimators\` (\`bench/estimators\`): ${BATCHES} estimates each, in float64. Variances are totals over the
derivatives in q's location (in sds of q) and log sd, of one estimate by so many draws, antithetic draws not used. The last column is
the distance of the mean from the exact gradient, known by quadrature, in standard errors: beyond 4 an estimator would be
biased. The equations are in [elbo.md](elbo.md).`,
];
for (const problem of problems()) {
  process.stderr.write(`${problem.name}\n`);
  const rows = estimators.flatMap((estimator) => {
    const found = measure(problem, estimator, BATCHES);
    return found === null ? [] : [row(estimator, estimator.exact(problem), found)];
  });
  parts.push(
    `## ${problem.name}\n\n${problem.about[0]!.toUpperCase()}${problem.about.slice(1)}.\n\n` +
      `| gradient of | estimator | draws | variance | bias / se |\n|---|---|---:|---:|---:|\n${rows.join("\n")}`,
  );
}
process.stderr.write("a gamma q\n");
const gammas = [
  ["far", [30, 12]],
  ["near", [50, 16]],
] as const;
const gammaRows = gammas.flatMap(([where, at]) =>
  (["none", "leave-one-out", "implicit", "implicit, sticking the landing"] as const).map((estimator) => {
    const found = measureGamma(estimator, at, 16, BATCHES);
    const name = estimator === "none" ? "score function" : estimator.replace(/^leave/, "score function, leave");
    return `| ${where} | ${name} | 16 | ${shown(found.variance)} | ${deviation(found.mean, found.error, exactOf(at[0], at[1]))} |`;
  }),
);
parts.push(
  `## Poisson rate, a gamma q

The same counts with a q of the posterior's own family, Gamma(30, 12) (far) and Gamma(50, 16) (near; the posterior is
Gamma(51, 16)). No smooth T(ε; λ) is at hand: draws come by rejection, their derivatives are implicit. Variances are totals
over the logarithms of shape and rate.

| q | estimator | draws | variance | bias / se |
|---|---|---:|---:|---:|
${gammaRows.join("\n")}`,
);
process.stderr.write("hard attention\n");
const attention = [
  attentionRow("score function", 1, measureAttention(1, "none", BATCHES), exactVariance.none),
  attentionRow(
    "score function, the bound as baseline",
    1,
    measureAttention(1, boundBaseline(), BATCHES),
    exactVariance.bound,
  ),
  attentionRow("score function", 16, measureAttention(16, "none", BATCHES)),
  attentionRow("score function, leave-one-out", 16, measureAttention(16, "leave-one-out", BATCHES)),
  attentionRow("enumeration", 0, measureAttention(1, null, 10)),
];
parts.push(
  `## hard attention

The bound Σ_l p(l) log p(y | l) over four locations; variances are totals over the 24 weights of the policy.

| estimator | draws | variance | bias / se |
|---|---:|---:|---:|
${attention.join("\n")}`,
  `## What follows

- Far from the posterior a path is worth a factor of three to five over the score function with a leave-one-out baseline, and
  that one a factor of two to a hundred over the bare score function. Near it log w hardly varies, which a baseline removes and a
  plain path does not; sticking the landing beats both.
- Sticking the landing has no variance where q is the posterior, and far from it is no worse than the others. A fit begins near the
  optimum, so it is the default with Gaussian guides.
- The doubly-reparameterised gradients do the same for weighted draws: near the posterior their variance vanishes while that of the
  plain ones does not.
- The score of self-normalised weights moves q towards weighted moments of the draws, whatever the slopes of the posterior are, and is
  what \`forwardKl()\` uses; near a Gaussian posterior \`forwardKl({ gradient: "doubly-reparameterised" })\` has less variance.
- Where no mean of squared weights exists (a rare event under a narrow q) the χ bound's gradient has nothing to be compared with.
- Implicit derivatives give families without a T(ε; λ) what reparameterisation gives the others.
- A sum over few values has no variance at all.`,
);
writeFileSync("docs/estimators.md", `${parts.join("\n\n")}\n`);
