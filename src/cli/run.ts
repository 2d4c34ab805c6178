/** The command line: parses, runs a command, turns errors into messages and exit codes. */
import { Command, CommanderError } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { check } from "./commands/check.ts";
import { demo } from "./commands/demo.ts";
import { devices } from "./commands/devices.ts";
import { elbo } from "./commands/elbo.ts";
import { examples } from "./commands/examples.ts";
import { explain } from "./commands/explain.ts";
import { fitCommand } from "./commands/fit.ts";
import { EXIT, UsageError } from "./errors.ts";
import { helpBelow } from "./help.ts";
import { objectiveOption } from "./objective.ts";
import { deviceOption, guideOption, jsonOption, positiveInteger, seedOption, withModel } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** Runs `elbow ARGS`; resolves with the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = buildProgram(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    report(error, args.includes("--debug"), terminal);
    return error instanceof UsageError ? EXIT.usage : EXIT.error;
  }
}

function report(error: unknown, debug: boolean, terminal: Terminal): void {
  const known = error instanceof Error ? error : new Error(String(error));
  terminal.err.write(debug ? `${known.stack}\n` : `elbow: ${known.message}\n`);
  for (let cause = known.cause; debug && cause instanceof Error; cause = cause.cause) {
    terminal.err.write(`caused by: ${cause.stack}\n`);
  }
}

function buildProgram(terminal: Terminal, setExitCode: (code: number) => void): Command {
  const program = new Command("elbow")
    .description(
      "Variational inference on WebGPU: fits a model written in TypeScript and says whether to trust the fit.",
    )
    .version(manifest.version)
    .option("--debug", "show where an error comes from")
    .addHelpText("after", helpBelow("elbow"))
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      getOutHelpWidth: () => terminal.out.columns,
      getErrHelpWidth: () => terminal.err.columns,
    })
    .exitOverride()
    .showHelpAfterError("(elbow --help lists the commands and their options)");
  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option("--debug", "show where an error comes from")
      .addHelpText("after", helpBelow(name));

  withModel(command("fit", "fit a model to its data"))
    .addOption(guideOption("mean-field, or that of --resume"))
    .addOption(objectiveOption("elbo, or that of --resume"))
    .option(
      "--draws <n>",
      "draws per optimisation step (default: 16 for the ELBO, or those of --resume)",
      positiveInteger,
    )
    .option("--steps <n>", "most optimisation steps, more than those of --resume (default: 10000)", positiveInteger)
    .addOption(seedOption("0, or that of --resume"))
    .addOption(deviceOption())
    .addOption(jsonOption())
    .option("--all", "show every row of the summary")
    .option("--csv <file>", "write draws of the posterior to a file, with Stan's column names")
    .option("--inference-data <file>", "write draws, replicated and observed data as JSON for arviz.from_json")
    .option("--output-draws <n>", "how many draws --csv and --inference-data write", positiveInteger, 4000)
    .option("--save <file>", "write the state of the fit at its end, to go on from; Ctrl-C writes one anyway")
    .option("--resume <file>", "go on with a fit that was saved: the same model and data")
    .option("--strict", 'exit with 3 unless the verdict is "reliable"')
    .action(async (model, data, options) => setExitCode(await fitCommand(model, data, options, terminal)));

  withModel(command("elbo", "fit, then average the ELBO, or another objective, over many draws"))
    .requiredOption("--draws <n>", "draws to average over", positiveInteger)
    .option("--start", "no fit: evaluate at N(0, I) of the unconstrained space")
    .option("--at <file>", "no fit: evaluate at the guide's parameters in a JSON file")
    .addOption(guideOption())
    .addOption(objectiveOption())
    .addOption(seedOption())
    .addOption(deviceOption())
    .addOption(jsonOption())
    .action(async (model, data, options) => setExitCode(await elbo(model, data, options, terminal)));

  withModel(command("check", "trace a model on its data and list its sites, without fitting"))
    .addOption(jsonOption())
    .action(async (model, data, options) => check(model, data, options, terminal));

  withModel(command("explain", "show the kernels of one optimisation step"))
    .addOption(guideOption())
    .option("--draws <n>", "draws per optimisation step", positiveInteger)
    .addOption(deviceOption())
    .option("--wgsl", "print the kernels' WGSL as well")
    .addOption(jsonOption())
    .action(async (model, data, options) => explain(model, data, options, terminal));

  command("devices", "list what a fit can run on here")
    .addOption(jsonOption())
    .action(async (options) => devices(options, terminal));

  command("examples", "list the examples, or tell of one")
    .argument("[name]", "one of them")
    .option("--copy <folder>", "copy it, to change it")
    .addOption(jsonOption())
    .action((name, options) => examples(name, options, terminal));

  command("demo", "fit two classic data sets and show what comes out")
    .addOption(deviceOption())
    .addOption(seedOption())
    .action(async (options) => setExitCode(await demo(options, terminal)));
  return program;
}
