/** Where the command line writes: results on `out`, progress and notices on `err`. */
export interface Sink {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Characters a line holds; 90 where nobody knows. */
  readonly columns: number;
}

export interface Terminal {
  readonly out: Sink;
  readonly err: Sink;
  /** The stream a progress bar draws on. */
  readonly errStream: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const DEFAULT_COLUMNS = 90;

export function processTerminal(): Terminal {
  return { out: sink(process.stdout), err: sink(process.stderr), errStream: process.stderr, env: process.env };
}

function sink(stream: NodeJS.WriteStream): Sink {
  // A reader that has seen enough (`elbow fit … | head`) is no error.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  return {
    write: (text) => void stream.write(text),
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return Math.min(100, Math.max(60, stream.columns || DEFAULT_COLUMNS));
    },
  };
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export type Style = (text: string, style: keyof typeof CODES) => string;

/** Colours on a terminal that has not asked for none (https://no-color.org); plain text elsewhere. */
export function styleFor(sink: Sink, env: Terminal["env"]): Style {
  const wanted = sink.isTTY && !env.NO_COLOR && env.FORCE_COLOR !== "0" && env.TERM !== "dumb";
  return (text, style) => (wanted ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text);
}
