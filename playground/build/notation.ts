/** A model as it is written in the READMEs, "theta_j ~ normal(mu, tau)      j = 1 … 8", as TeX. */

const GREEK = new Set(
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega".split(
    " ",
  ),
);
const LETTERS: Readonly<Record<string, string>> = { eps: "\\epsilon", γ: "\\gamma", Θ: "\\Theta", Σ: "\\sum" };
const FUNCTIONS = new Set(["log", "exp", "min", "max"]);

const SYMBOLS: readonly (readonly [RegExp, string])[] = [
  [/·/g, "\\cdot "],
  [/²/g, "^{2}"],
  [/³/g, "^{3}"],
  [/ᵀ/g, "^{\\top}"],
  [/~/g, "\\sim "],
  [/≤/g, "\\le "],
  [/≥/g, "\\ge "],
  [/∈/g, "\\in "],
  [/…/g, "\\dots "],
  [/−/g, "-"],
];

const text = (words: string): string => `\\text{${words.replaceAll("_", "\\_")}}`;

const isIndex = (part: string): boolean => /^[ijklnt\d]{1,2}$/.test(part) || part.length === 1;
const isWord = (name: string): boolean => !isLetter(name.split("_")[0]!.replace(/\d+$/, "")) && !FUNCTIONS.has(name);
const isLetter = (head: string): boolean => head.length <= 1 || GREEK.has(head) || head in LETTERS;

/** "mu_alpha", "alpha_raw_j", "beta1": a letter or a word, with what stands below it. */
function nameOf(name: string): string {
  if (FUNCTIONS.has(name)) return `\\${name} `;
  const numbered = name.replace(/^([a-z]+)(\d+)(?=_|$)/, (whole, head, number) =>
    isLetter(head) ? `${head}_${number}` : whole,
  );
  const [head = "", ...rest] = numbered.split("_");
  if (isLetter(head)) {
    const letter = GREEK.has(head) ? `\\${head}` : (LETTERS[head] ?? head);
    const below = rest.map((part) => (isIndex(part) ? part : GREEK.has(part) ? `\\${part}` : text(part)));
    return below.length === 0 ? `${letter} ` : `${letter}_{${below.join(",")}}`;
  }
  const index = rest.length > 0 && isIndex(rest.at(-1)!) ? rest.pop() : undefined;
  return `${text([head, ...rest].join("_"))}${index === undefined ? "" : `_{${index}}`}`;
}

function formula(plain: string): string {
  // A family's name is text, whatever its words are: "~ gamma(", "~ half-Cauchy(".
  const families = plain.split(/(~\s*\p{L}[\p{L} -]*(?=\())/u);
  return families.map((part, i) => (i % 2 === 1 ? `\\sim ${text(part.replace(/^~\s*/, ""))}` : terms(part))).join("");
}

function terms(plain: string): string {
  const pieces = plain.split(/(?<![\p{L}\d])(\p{L}[\p{L}\d]*(?:_[\p{L}\d]+)*)/u);
  const made = pieces.map((piece, i) => {
    if (i % 2 === 1) return nameOf(piece);
    // Words keep their distance from what stands beside them.
    const before = i > 0 && isWord(pieces[i - 1]!);
    const after = i + 1 < pieces.length && isWord(pieces[i + 1]!);
    if (/^\s+$/.test(piece)) return before || after ? "\\ " : " ";
    const spaced = piece.replace(/^\s+(?=[([\d])/, before ? "\\ " : "").replace(/(?<=[\d)\]])\s+$/, after ? "\\ " : "");
    return SYMBOLS.reduce((tex, [symbol, by]) => tex.replace(symbol, by), spaced).replace(/[%#&]/g, "\\$&");
  });
  return made.join("");
}

/** What stands beside a formula: words as text. */
const remark = (said: string): string => (/[~=·_…]/.test(said) ? formula(said) : text(said));

/** Lines of a model's notation as an array of formulas, each with its remark. */
export function notation(lines: string): string {
  const rows = lines
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [said = "", ...remarks] = line
        .trim()
        .replace(/\s+([~=])/, " $1")
        .split(/\s{4,}/);
      return `${formula(said)} & ${remarks.map(remark).join("\\quad ")}`;
    });
  return `\\begin{array}{ll} ${rows.join(" \\\\ ")} \\end{array}`;
}
