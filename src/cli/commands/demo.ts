/** `elbow demo`: two classic data sets, fitted and shown. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeDevice, openBackend } from "../device.ts";
import { EXIT, LoadError } from "../errors.ts";
import { onInterrupt } from "../interrupt.ts";
import { loadModel } from "../loadModel.ts";
import type { DeviceChoice } from "../options.ts";
import { styleFor, type Terminal } from "../terminal.ts";
import { wrap } from "../text.ts";
import { reportOf, runFit } from "./fit.ts";

const FITS = [
  {
    example: "eight-schools",
    guide: "mean-field",
    about:
      "Eight schools (Rubin 1981): the effects of coaching in eight schools, each with a known standard error. " +
      "How much do the schools differ?",
  },
  {
    example: "radon",
    guide: "mean-field",
    about:
      "Radon (Gelman & Hill 2006): log radon in 919 houses of 85 counties of Minnesota, an intercept for each county " +
      "from a common distribution. A factorised guide cannot have its correlations; see what the verdict says.",
  },
] as const;

export async function demo(
  options: { readonly device: DeviceChoice; readonly seed: number },
  terminal: Terminal,
): Promise<number> {
  const folder = examplesFolder();
  const style = styleFor(terminal.out, terminal.env);
  const { columns } = terminal.out;
  using interrupt = onInterrupt(terminal.err);
  await using open = await openBackend(options.device, terminal.err);
  terminal.out.write(`Elbow runs on ${describeDevice(open.backend)}\n`);
  let code: number = EXIT.ok;
  for (const { example, guide, about } of FITS) {
    const { model, data } = await loadModel(join(folder, example), undefined);
    terminal.out.write(`\n${"═".repeat(columns)}\n${style(wrap(about, columns), "bold")}\n`);
    terminal.out.write(`elbow fit examples/${example} --seed ${options.seed}\n\n`);
    const settings = { guide, seed: options.seed };
    await using posterior = await runFit(model, data, settings, open.backend, terminal, interrupt.signal);
    terminal.out.write(reportOf(posterior, terminal, false));
    if (interrupt.signal.aborted) return EXIT.interrupted;
    if (posterior.verdict === "failed") code = EXIT.verdict;
  }
  const next =
    "Next: elbow fit examples/radon --guide full-rank has the correlations; elbow --help lists the commands.";
  terminal.out.write(`\n${wrap(next, columns)}\n`);
  return code;
}

/** examples/ of this package: somewhere above the file that runs, be it source or bundle. */
function examplesFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); dirname(folder) !== folder; folder = dirname(folder)) {
    const examples = join(folder, "examples");
    if (FITS.every(({ example }) => existsSync(join(examples, example, "model.ts")))) return examples;
  }
  throw new LoadError(
    "the demo's examples are not installed beside the command; see the repository's examples/ folder",
  );
}
