/** What stands below the options of `--help`: examples, and the exit codes. */

const EXAMPLES: Readonly<Record<string, readonly (readonly [line: string, what: string])[]>> = {
  elbow: [
    ["elbow demo", "two classic data sets, fitted"],
    ["elbow examples", "what else there is to try"],
    ["elbow fit eight-schools", "an example, by its name"],
    ["elbow check my-model", "what a model consists of, before it is fitted"],
    ["elbow fit my-model --guide full-rank", "a folder with model.ts and data.json"],
  ],
  fit: [
    ["elbow fit my-model", "a folder with model.ts and data.json"],
    ["elbow fit model.ts data.json --seed 1", "a model file and a data file"],
    ["elbow fit radon --guide full-rank", "with correlations"],
    ["elbow fit radon --guide mu_alpha=full-rank,default=mean-field", "a family for each site"],
    ["elbow fit radon --objective iwae:10", "an importance-weighted bound instead of the ELBO"],
    ["elbow fit radon --json > fit.json", "for a program"],
    ["elbow fit radon --csv draws.csv", "draws, with Stan's column names"],
    ["elbow fit radon --inference-data fit.json", "for arviz.from_json"],
    ["elbow fit radon --steps 500 --save half.json", "stop early, keep the state"],
    ["elbow fit radon --resume half.json", "and go on"],
  ],
  elbo: [
    ["elbow elbo radon --draws 100000", "the ELBO of a fit, by many draws"],
    ["elbow elbo radon --draws 100000 --objective iwae:50", "another bound, fitted and averaged"],
    ["elbow elbo radon --draws 1000 --start", "at N(0, I), without a fit"],
    ["elbow elbo my-model --draws 1000 --at lambda.json", 'at { "loc": […], "logScale": […] }'],
  ],
  check: [
    ["elbow check my-model", "sites, axes, supports, warnings"],
    ["elbow check model.ts data.json --json", "for a program"],
  ],
  explain: [
    ["elbow explain radon", "the kernels of one step"],
    ["elbow explain radon --wgsl", "and their text"],
    ["elbow explain radon --draws 64 --json", "for a program"],
  ],
  devices: [["elbow devices --json", "for a program"]],
  examples: [
    ["elbow examples", "all, with a line each"],
    ["elbow examples radon", "what it is about"],
    ["elbow examples radon --copy my-model", "a copy to change"],
  ],
  demo: [["elbow demo --device cpu", "on the float64 reference"]],
};

const EXIT_CODES: readonly (readonly [code: string, what: string])[] = [
  ["0", "a result, whatever its verdict"],
  ["1", "an error: a model that does not fit its data, no device; --debug says where it comes from"],
  ["2", "a command line that cannot be understood"],
  ["3", 'a fit without a usable answer; with --strict, without the verdict "reliable"'],
  ["130", "Ctrl-C: what there was is printed and saved"],
];

/** Commands that fit, and so can end with any of the codes. */
const FITTING: readonly string[] = ["elbow", "fit", "elbo", "demo"];

export function helpBelow(command: string): string {
  const parts = [section("Examples", EXAMPLES[command] ?? [])];
  if (FITTING.includes(command)) parts.push(section("Exit codes", EXIT_CODES));
  return parts.join("");
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  const most = 46;
  const lines = rows.map(([left, right]) =>
    left.length > most
      ? `  ${left}\n  ${" ".repeat(Math.min(width, most))}  ${right}`
      : `  ${left.padEnd(Math.min(width, most))}  ${right}`,
  );
  return `\n${title}:\n${lines.join("\n")}\n`;
}
