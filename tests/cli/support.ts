/** A terminal that remembers, for commands run in this process. */
import { Writable } from "node:stream";
import type { Terminal } from "../../src/cli/terminal.ts";

export interface RecordedTerminal extends Terminal {
  readonly stdout: () => string;
  readonly stderr: () => string;
}

export function recordedTerminal({ isTTY = false, columns = 90 } = {}): RecordedTerminal {
  const written = { out: "", err: "" };
  const sink = (key: "out" | "err") => ({
    write: (text: string) => {
      written[key] += text;
    },
    isTTY,
    columns,
  });
  const errStream = new Writable({
    write: (chunk, _encoding, done) => {
      written.err += String(chunk);
      done();
    },
  });
  return {
    out: sink("out"),
    err: sink("err"),
    errStream,
    env: {},
    stdout: () => written.out,
    stderr: () => written.err,
  };
}
