import { run } from "./run.ts";
import { processTerminal } from "./terminal.ts";

// Not process.exit(): what is still on its way to a pipe would be cut off.
process.exitCode = await run(process.argv.slice(2), processTerminal());
