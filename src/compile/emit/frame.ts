/**
 * A frame is a block of WGSL under construction: a thread's body, a loop, the arm of an `if`. Code that does not depend
 * on a loop is emitted into the frame outside it, which is how loop-invariant work leaves the loop.
 */
export class Frame {
  readonly lines: string[] = [];
  readonly depth: number;

  constructor(readonly parent: Frame | null) {
    this.depth = parent === null ? 0 : parent.depth + 1;
  }

  /** True where this frame is `other` or encloses it. */
  encloses(other: Frame): boolean {
    for (let frame: Frame | null = other; frame !== null; frame = frame.parent) if (frame === this) return true;
    return false;
  }

  /** Puts a finished child block here. */
  block(header: string, child: Frame): void {
    this.lines.push(`${header} {`, ...child.lines.map((line) => `  ${line}`), "}");
  }
}

export const deeper = (a: Frame, b: Frame): Frame => (a.depth >= b.depth ? a : b);
