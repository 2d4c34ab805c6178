/** `elbow demo`: two classic data sets, fitted and shown. */

import { meanField } from "../../guides/index.ts";
import { describeDevice, openBackend } from "../device.ts";
import { EXIT } from "../errors.ts";
import { onInterrupt } from "../interrupt.ts";
import { loadModel } from "../loadModel.ts";
import type { DeviceChoice } from "../options.ts";
import { styleFor, type Terminal } from "../terminal.ts";
import { wrap } from "../text.ts";
import { reportOf, runFit } from "./fit.ts";

const FITS = [
  {
    example: "eight-schools",
    about:
      "Eight schools (Rubin 1981): the effects of coaching in eight schools, each with a known standard error. " +
      "How much do the schools differ?",
  },
  {
    example: "radon",
    about:
      "Radon (Gelman & Hill 2006): log radon in 919 houses of 85 counties of Minnesota, an intercept for each county " +
      "from a common distribution. A factorised guide cannot have its correlations; see what the verdict says.",
  },
] as const;

export async function demo(
  options: { readonly device: DeviceChoice; readonly seed: number },
  terminal: Terminal,
): Promise<number> {
  const style = styleFor(terminal.out, terminal.env);
  const { columns } = terminal.out;
  using interrupt = onInterrupt(terminal.err);
  await using open = await openBackend(options.device, terminal.err);
  terminal.out.write(`Elbow runs on ${describeDevice(open.backend)}\n`);
  let code: number = EXIT.ok;
  for (const { example, about } of FITS) {
    const { model, data } = await loadModel(example, undefined);
    terminal.out.write(`\n${"═".repeat(columns)}\n${style(wrap(about, columns), "bold")}\n`);
    terminal.out.write(`elbow fit ${example} --seed ${options.seed}\n\n`);
    const settings = { guide: meanField(), seed: options.seed };
    await using posterior = await runFit(model, data, settings, open.backend, terminal, interrupt.signal);
    terminal.out.write(reportOf(posterior, terminal, false));
    if (interrupt.signal.aborted) return EXIT.interrupted;
    if (posterior.verdict === "failed") code = EXIT.verdict;
  }
  const next =
    "Next: elbow fit radon --guide full-rank has the correlations; elbow examples lists more; elbow --help the commands.";
  terminal.out.write(`\n${wrap(next, columns)}\n`);
  return code;
}
