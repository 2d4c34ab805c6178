/** Cutting a formula into tokens. Interpolations are tokens of their own; positions count in the text shown to users. */
import type { Operand } from "../../graph/value.ts";
import { MathSyntaxError } from "../errors.ts";

export type Token =
  | { readonly kind: "number"; readonly value: number; readonly position: number; readonly text: string }
  | { readonly kind: "name"; readonly position: number; readonly text: string }
  | { readonly kind: "value"; readonly value: Operand; readonly position: number; readonly text: string }
  | { readonly kind: "symbol"; readonly position: number; readonly text: string }
  | { readonly kind: "end"; readonly position: number; readonly text: string };

export interface Formula {
  /** The formula with `${1}`, `${2}` … for what was interpolated. */
  readonly text: string;
  readonly tokens: readonly Token[];
}

const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[A-Za-z_]\w*/y;
const SPACE = /\s+/y;
const SYMBOLS = "+-*/^(),";

export function tokenize(strings: readonly string[], values: readonly Operand[]): Formula {
  const pieces = strings.map((piece, i) => (i < values.length ? `${piece}\${${i + 1}}` : piece));
  const text = pieces.join("");
  const tokens: Token[] = [];
  let offset = 0;
  strings.forEach((piece, i) => {
    cut(piece, offset, text, tokens);
    offset += piece.length;
    if (i < values.length) {
      const shown = `\${${i + 1}}`;
      tokens.push({ kind: "value", value: values[i]!, position: offset, text: shown });
      offset += shown.length;
    }
  });
  tokens.push({ kind: "end", position: text.trimEnd().length, text: "the end" });
  return { text, tokens };
}

function cut(piece: string, offset: number, text: string, into: Token[]): void {
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(piece)?.[0];
  };
  while (at < piece.length) {
    const position = offset + at;
    const space = match(SPACE);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const number = match(NUMBER);
    const name = match(NAME);
    const character = piece[at]!;
    if (number !== undefined) into.push({ kind: "number", value: Number(number), position, text: number });
    else if (name !== undefined) into.push({ kind: "name", position, text: name });
    else if (SYMBOLS.includes(character)) into.push({ kind: "symbol", position, text: character });
    else throw syntaxError(text, position, `a number, a function, an operator or \${…}`, `"${character}"`);
    at += (number ?? name ?? character).length;
  }
}

/** The line at fault with a caret under the position, and what was expected there. */
export function syntaxError(
  text: string,
  position: number,
  expected: string,
  found: string,
  hint = "",
): MathSyntaxError {
  const start = text.lastIndexOf("\n", position - 1) + 1;
  const end = text.indexOf("\n", position);
  const line = text.slice(start, end < 0 ? undefined : end);
  const caret = `${line.slice(0, position - start).replace(/\S/g, " ")}^`;
  const message = `math: expected ${expected}, found ${found}${hint === "" ? "" : `; ${hint}`}\n  ${line}\n  ${caret}`;
  return new MathSyntaxError(text, position, expected, message);
}
