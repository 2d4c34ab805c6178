/**
 * Precedence climbing over the tokens of a formula, building graph values as it goes:
 * `+ −` bind least, then `* /`, then unary `−`, then `^`, which groups to the right (−x^2 is −(x^2), 2^-x is allowed).
 */
import { binary, type Operand, unary } from "../../graph/ops.ts";
import { mathConstants, mathFunction, mathFunctionNames, power, quotient } from "./functions.ts";
import { type Formula, syntaxError, type Token } from "./tokens.ts";

const PRECEDENCE: Readonly<Record<string, number>> = { "+": 1, "-": 1, "*": 2, "/": 2, "^": 4 };
const UNARY_PRECEDENCE = 3;
const OPERAND = `a number, a function or \${…}`;

export function parse(formula: Formula): Operand {
  const parser = new Parser(formula);
  const result = parser.expression(0);
  parser.expect("end", "an operator or the end");
  return result;
}

class Parser {
  #next = 0;

  constructor(readonly formula: Formula) {}

  get #token(): Token {
    return this.formula.tokens[this.#next]!;
  }

  #fail(expected: string, hint = "", token = this.#token): never {
    const found = token.kind === "end" ? "the end of the formula" : `"${token.text}"`;
    throw syntaxError(this.formula.text, token.position, expected, found, hint);
  }

  expect(wanted: string, expected: string): void {
    const token = this.#token;
    if (token.kind === wanted || (token.kind === "symbol" && token.text === wanted)) {
      this.#next++;
      return;
    }
    const juxtaposed = token.kind === "value" || token.kind === "number" || token.kind === "name" || token.text === "(";
    this.#fail(expected, juxtaposed && wanted === "end" ? "write products with *" : "");
  }

  /** Everything that binds at least as tightly as `least`. */
  expression(least: number): Operand {
    let left = this.#operand();
    for (;;) {
      const token = this.#token;
      const precedence = token.kind === "symbol" ? PRECEDENCE[token.text] : undefined;
      if (precedence === undefined || precedence < least) return left;
      this.#next++;
      const right = this.expression(token.text === "^" ? UNARY_PRECEDENCE : precedence + 1);
      left = combine(token.text, left, right);
    }
  }

  #operand(): Operand {
    const token = this.#token;
    switch (token.kind) {
      case "number":
      case "value":
        this.#next++;
        return token.value;
      case "name":
        this.#next++;
        return this.#named(token);
      case "symbol":
        if (token.text === "-") {
          this.#next++;
          const x = this.expression(UNARY_PRECEDENCE);
          return typeof x === "number" ? -x : unary("neg", x);
        }
        if (token.text === "(") {
          this.#next++;
          const inner = this.expression(0);
          this.expect(")", 'an operator or ")"');
          return inner;
        }
        this.#fail(OPERAND, this.#repeatedStar(token) ? "powers are written x^y" : "");
        break;
      default:
        this.#fail(OPERAND);
    }
  }

  #repeatedStar(token: Token): boolean {
    return token.text === "*" && this.formula.tokens[this.#next - 1]?.text === "*";
  }

  #named(token: Token): Operand {
    const known = Object.hasOwn(mathConstants, token.text) ? mathConstants[token.text] : undefined;
    if (known !== undefined) return known;
    const found = mathFunction(token.text);
    if (found === undefined) {
      const called = this.#token.text === "(" && this.#token.kind === "symbol";
      const hint = called ? `functions are ${mathFunctionNames().join(", ")}` : `interpolate it: \${${token.text}}`;
      this.#fail("a function", hint, token);
    }
    this.expect("(", `"(" after ${token.text}`);
    const operands = [this.expression(0)];
    for (; operands.length < found.arity; operands.push(this.expression(0))) {
      this.expect(",", `"," (${token.text} takes ${found.arity} operands)`);
    }
    this.expect(
      ")",
      `an operator or ")" (${token.text} takes ${found.arity === 1 ? "one operand" : `${found.arity === 2 ? "two" : "three"} operands`})`,
    );
    return found.apply(...operands);
  }
}

function combine(symbol: string, left: Operand, right: Operand): Operand {
  if (typeof left === "number" && typeof right === "number") return fold(symbol, left, right);
  switch (symbol) {
    case "+":
      return binary("add", left, right);
    case "-":
      return binary("sub", left, right);
    case "*":
      return binary("mul", left, right);
    case "/":
      return quotient(left, right);
    default:
      return power(left, right);
  }
}

function fold(symbol: string, left: number, right: number): number {
  switch (symbol) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    default:
      return left ** right;
  }
}
