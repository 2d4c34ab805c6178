/** How a thread comes by the items of a group. */
import { Frame } from "./frame.ts";

/** One item, whose number is an i32 variable; or all that fall to one of so many threads: `thread` is its number. */
export type Walk =
  | { readonly kind: "item"; readonly item: string }
  | { readonly kind: "share"; readonly items: number; readonly threads: number };

/** A loop of more rounds is a plain `for`: its test costs less, and one round more costs little. */
const FEW_ROUNDS = 16;

export class Items {
  /** The block of one item, and what holds its number. */
  readonly root: Frame;
  readonly item: string;

  /** `inBlocks`: a thread takes neighbouring items, else every so manieth. */
  constructor(
    readonly walk: Walk,
    readonly thread: Frame,
    readonly inBlocks: boolean,
  ) {
    this.item = walk.kind === "item" ? walk.item : walk.items === walk.threads ? "thread" : "item";
    this.root = this.isLoop ? new Frame(thread) : thread;
  }

  /** Whether a thread's items are fewer or more than one: what all share stands outside their block. */
  get isLoop(): boolean {
    return this.walk.kind === "share" && this.walk.items !== this.walk.threads;
  }

  /**
   * The statements of the thread. Where rounds are few the loop tests at its end: a software adapter, whose threads run in
   * step, otherwise runs the body once more, for none of them.
   */
  finish(afterwards: readonly string[]): string[] {
    const { walk, root, thread } = this;
    if (walk.kind === "item" || !this.isLoop) return [...thread.lines, ...afterwards];
    const { items, threads } = walk;
    const rounds = Math.ceil(items / threads);
    const body = root.lines.map((line) => `  ${line}`);
    const guarded = items % threads === 0 ? body : [`if (item < ${items}) {`, ...body, "}"];
    if (rounds === 1) return [...thread.lines, "let item = thread;", ...guarded, ...afterwards];
    const [first, step, end] = this.inBlocks
      ? [`thread * ${rounds}`, 1, `thread * ${rounds} + ${rounds}`]
      : ["thread", threads, `${items}`];
    if (rounds > FEW_ROUNDS) {
      const header = `for (var item = ${first}; item < ${end}; item += ${step}) {`;
      return [...thread.lines, header, ...body, "}", ...afterwards];
    }
    const test = `continuing { item += ${step}; break if item >= ${end}; }`;
    return [...thread.lines, `var item = ${first};`, "loop {", ...guarded, test, "}", ...afterwards];
  }
}
