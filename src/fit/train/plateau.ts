/** When a training has learned what it will: step sizes, looks at the bound, and the end. */

/** What the bound gained from one look to another, on the same batches and draws. */
export interface Gain {
  readonly mean: number;
  readonly standardError: number;
  readonly steps: number;
}

export interface Look {
  readonly step: number;
  /** The bound of each batch of the judgement. */
  readonly bounds: Float64Array;
}

const LEAST_SHARE = 0.1;
/** Step sizes of a schedule. */
const STAGES = 50;
/** The first look comes after this share of the steps; each is this many times as late as the one before. */
const FIRST_LOOK = 0.2;
const RATIO = 1.3;
/** Looks in a row without a gain that end it. */
const FLAT_LOOKS = 2;
/** Fewer steps than these are not judged. */
export const FEWEST_STEPS = 50;
/** Nats an entry that are not worth as many more steps. */
const WORTH = 0.01;

/**
 * The step size falls to a tenth along half a cosine. The bound is looked at after steps that grow geometrically, so that it
 * has had time to change, and each time on the same batches and draws, so that the error of its gain is small and known.
 * Where it was twice in a row no higher than the best there was (nothing significant, or less than 0.01 nats an entry), it is level: what is left of
 * the schedule is gone through in half as many steps as were taken.
 */
export class Plateau {
  #end: number;
  #from = 0;
  #fromShare = 1;
  #flat = 0;
  #looks: Look[] = [];
  #last: Gain | null = null;

  constructor(
    readonly steps: number,
    readonly entries = 1,
  ) {
    this.#end = steps;
  }

  /** Steps in all, as things stand. */
  get end(): number {
    return this.#end;
  }

  get looks(): readonly Look[] {
    return this.#looks;
  }

  /** Whether the bound has stopped rising. */
  get level(): boolean {
    return this.#flat >= FLAT_LOOKS;
  }

  /** What the last look found. */
  get gain(): Gain | null {
    return this.#last;
  }

  /** The share of the first step size at a step. */
  shareAt(step: number): number {
    const done = (step - this.#from) / (this.#end - this.#from);
    return LEAST_SHARE + ((this.#fromShare - LEAST_SHARE) * (1 + Math.cos(Math.PI * done))) / 2;
  }

  /** The share of the first step size that holds at a step, and until which: few values, at steps that no clock decides. */
  stageAt(step: number): { readonly share: number; readonly until: number } {
    const length = Math.max(1, Math.floor((this.#end - this.#from) / STAGES));
    const begin = this.#from + Math.floor((step - this.#from) / length) * length;
    return { share: this.shareAt(begin), until: begin + length };
  }

  /** After how many steps to look next. */
  get nextLook(): number {
    const { steps } = this;
    if (steps < FEWEST_STEPS) return Number.POSITIVE_INFINITY;
    if (this.level) return this.#end;
    const last = this.#looks.at(-1)?.step;
    const next = last === undefined ? Math.ceil(FIRST_LOOK * steps) : Math.ceil(RATIO * last);
    // The look at the end needs as long a way to the one before it.
    return next * RATIO > steps && next !== steps ? steps : next;
  }

  take(look: Look): void {
    // The optimizer's own noise makes the bound go up and down: a gain is one over the best there was.
    const before = bestOf(this.#looks.filter(({ step }) => step * RATIO <= look.step || this.level));
    this.#looks.push(look);
    if (before === undefined) return;
    this.#last = gainOf(before, look);
    if (this.level) return;
    this.#flat = this.isWorth(this.#last) ? 0 : this.#flat + 1;
    if (!this.level) return;
    this.#fromShare = this.shareAt(look.step);
    this.#from = look.step;
    this.#end = Math.min(this.steps, look.step + Math.ceil(look.step / 2));
  }

  /** Whether the bound is level, and at its end no lower than it was. */
  get converged(): boolean {
    const { mean, standardError } = this.#last ?? { mean: Number.NaN, standardError: 0 };
    return this.level && mean > -Math.max(2 * standardError, WORTH * this.entries);
  }

  /** Whether a gain is significant and worth having. */
  isWorth({ mean, standardError }: Gain): boolean {
    return !(mean < Math.max(2 * standardError, WORTH * this.entries));
  }
}

function bestOf(looks: readonly Look[]): Look | undefined {
  const mean = ({ bounds }: Look): number => bounds.reduce((a, b) => a + b, 0) / bounds.length;
  return looks.reduce<Look | undefined>((a, b) => (a === undefined || mean(b) > mean(a) ? b : a), undefined);
}

/** The mean of paired differences and its standard error. */
export function gainOf(before: Look, after: Look): Gain {
  const differences = after.bounds.map((bound, i) => bound - before.bounds[i]!).filter(Number.isFinite);
  const count = differences.length;
  const mean = differences.reduce((a, b) => a + b, 0) / count;
  const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (count - 1);
  return { mean, standardError: Math.sqrt(variance / count), steps: after.step - before.step };
}
