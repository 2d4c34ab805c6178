/** Ctrl-C: the first asks the work to end with what it has, the second ends the process. */
import { EXIT } from "./errors.ts";
import type { Sink } from "./terminal.ts";

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
}

export function onInterrupt(err: Sink): Interrupt {
  const controller = new AbortController();
  const handle = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    err.write("\nelbow: stopping; what there is comes next (Ctrl-C once more to leave at once)\n");
    controller.abort();
  };
  process.on("SIGINT", handle);
  return { signal: controller.signal, [Symbol.dispose]: () => void process.off("SIGINT", handle) };
}
