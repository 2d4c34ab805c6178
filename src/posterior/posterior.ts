import { ElbowError } from "../graph/errors.ts";
import type { Backend } from "../graph/program.ts";
import { drawOutputs, type Evaluation, evaluate, scalarColumn, valueOutputs } from "./check.ts";
import { type CheckSettings, DEFAULT_CHECK } from "./checkSettings.ts";
import { type Checked, type Diagnosis, diagnosisOf } from "./diagnosis.ts";
import { drawPosterior, type PosteriorDraws } from "./draws.ts";
import type { Elbo } from "./elbo.ts";
import { type Evidence, evidenceFrom } from "./evidence.ts";
import { type FitJson, toJSON } from "./export.ts";
import { type Fitted, PosteriorError, positiveInteger } from "./fitted.ts";
import type { InferenceDataJson } from "./inferenceData.ts";
import { type Layout, layoutOf, selectSites } from "./layout.ts";
import { marginalsOf } from "./marginals.ts";
import { RunningMean } from "./moments.ts";
import { findingsOf, type ObjectiveValue } from "./objective.ts";
import type { Predictive } from "./predictive.ts";
import { DrawProgram, DrawPrograms, type Outputs, STEPS } from "./programs.ts";
import { type Proposal, usualProposal } from "./proposal.ts";
import { QuantileStore } from "./quantiles.ts";
import { quantileName, Summary, type SummaryOptions, type SummaryRow } from "./summary.ts";
import { type ElboTerms, type ElboTermsOptions, elboTerms } from "./terms.ts";
import { judge, type Verdict } from "./verdict.ts";

export interface PosteriorOptions {
  /** Of the final evaluation; the verdict is defined by the defaults. */
  readonly check?: Partial<CheckSettings>;
  /** Called once by dispose(): to hand back what the fit opened. */
  readonly onDispose?: () => void;
}

/** Only log p and log q: the program of the evidence. */
const weightOutputs: Outputs = (draws, joint) => ({ logJoint: joint.logJoint, logDensity: draws.logDensity });

/**
 * The result of a fit. A fit that failed or was cancelled gives one as well, with the last good state.
 *
 * `check()` is the final evaluation; `fit` awaits it. What needs no more draws then answers at once: `summary()`,
 * `diagnose()`, `elbo`, `khat`, `verdict`, `reasons`, `toJSON()`.
 */
export class Posterior<Result extends Fitted = Fitted> {
  readonly #settings: CheckSettings;
  readonly #layout: Layout;
  readonly #programs = new DrawPrograms();
  #backend: Backend;
  #checking: Promise<Checked> | undefined;
  #checked: Checked | undefined;
  #evidence: Evidence | null = null;
  #disposed = false;

  constructor(
    /** The fit as it ended. */
    readonly result: Result,
    readonly options: PosteriorOptions = {},
  ) {
    this.#settings = { ...DEFAULT_CHECK, ...options.check };
    this.#layout = layoutOf(result.model);
    this.#backend = result.backend;
  }

  /**
   * The final evaluation: ELBO, k̂, importance-reweighted moments, evidence, summary, verdict. Done once. `on`: where to
   * run it, the fit's own device by default; what it compiles elsewhere is not kept.
   */
  async check(on?: Backend): Promise<this> {
    this.#alive();
    this.#checking ??= on === undefined ? this.#onBackend(() => this.#check()) : this.#checkElsewhere(on);
    try {
      this.#checked = await this.#checking;
    } catch (error) {
      this.#checking = undefined;
      throw error;
    }
    return this;
  }

  async #checkElsewhere(on: Backend): Promise<Checked> {
    const home = this.#backend;
    // A lost device has left nothing to share.
    if (home.kind === on.kind) this.#backend = on;
    try {
      return await this.#onBackend(() => this.#check());
    } finally {
      if (this.#backend === on) {
        await this.#programs.release();
        this.#backend = home;
      }
    }
  }

  async #check(): Promise<Checked> {
    const { result } = this;
    const began = performance.now();
    // A fit that did not end well has its verdict already: one batch tells what it is worth.
    const settled = result.stopped === "converged" || result.stopped === "max-steps";
    const settings = settled
      ? this.#settings
      : {
          ...this.#settings,
          batches: 1,
          drawsPerBatch: Math.min(this.#settings.drawsPerBatch, 20_000),
          evidenceDraws: 0,
        };
    const evaluation = await evaluate(result, this.#backend, this.#layout, settings);
    if (settings.evidenceDraws > 0) {
      this.#evidence = await this.#importanceSample(
        settings.evidenceDraws,
        usualProposal(result),
        result.seed,
        evaluation,
      );
    }
    const { verdict, reasons } = judge({
      stopped: result.stopped,
      reasons: result.reasons,
      guide: result.guide.name,
      khat: evaluation.khat,
      batches: settings.batches,
      drawsPerBatch: settings.drawsPerBatch,
      moments: evaluation.moments,
      ess: evaluation.ess,
      nan: { draws: evaluation.nan, total: evaluation.draws, bySite: evaluation.nanBySite },
      impossible: evaluation.impossible,
      objective: findingsOf(result, evaluation),
      discrete: evaluation.discrete,
    });
    if (this.#backend.kind !== result.backend.kind && result.stopped !== "device-lost") {
      reasons.push("the device was lost after the fit: the final evaluation ran on the CPU");
    }
    const checkSeconds = (performance.now() - began) / 1000;
    return { evaluation, verdict, reasons, summary: this.#summaryOf(evaluation), checkSeconds };
  }

  #summaryOf({ moments, quantiles }: Evaluation): Summary {
    return this.#makeSummary(this.#layout, quantiles, (i) => moments[i]!);
  }

  /** "reliable", "unreliable", "not-converged" or "failed". */
  get verdict(): Verdict {
    return this.#known().verdict;
  }

  /** Why, in plain words; empty for a reliable fit. */
  get reasons(): readonly string[] {
    return this.#known().reasons;
  }

  /** The evidence lower bound with its standard error, in three forms. */
  get elbo(): Elbo {
    return this.#known().evaluation.elbo;
  }

  /** The value of what was maximised instead of the ELBO; null where that was the ELBO. */
  get objective(): ObjectiveValue | null {
    return this.#known().evaluation.objective;
  }

  /** Median Pareto k̂ of the batches. */
  get khat(): number {
    return this.#known().evaluation.khat;
  }

  /** Mean, sd and quantiles of every scalar in constrained space, deterministic sites included. */
  summary(): Summary {
    return this.#known().summary;
  }

  /** A summary with other quantiles, sites or draws. */
  async summarize(options: SummaryOptions = {}): Promise<Summary> {
    this.#alive();
    const draws = positiveInteger(options.draws ?? this.#settings.summaryDraws, "draws");
    const layout = selectSites(this.#layout, options.sites);
    return this.#onBackend(() => this.#summarize(layout, draws, options.quantiles));
  }

  async #summarize(layout: Layout, draws: number, quantiles: SummaryOptions["quantiles"]): Promise<Summary> {
    const store = new QuantileStore(layout.scalars.length, draws, quantiles);
    const sums = layout.scalars.map(() => new RunningMean());
    const program = await this.#drawProgram();
    let first = true;
    do {
      const read = (): string[] => valueOutputs(layout);
      await program.forEachChunk(draws, { step: STEPS.sample, seed: this.result.seed, read }, (chunk) => {
        const column = (scalar: number): Float64Array => scalarColumn(layout, chunk, scalar);
        if (first) {
          sums.forEach((sum, scalar) => {
            for (const x of column(scalar)) sum.add(x);
          });
        }
        store.add(chunk.start, chunk.count, column);
      });
      first = false;
    } while (store.nextGroup());
    return this.#makeSummary(layout, store, (i) => {
      const sum = sums[i]!;
      return { mean: sum.value, sd: sum.standardError * Math.sqrt(sum.count) };
    });
  }

  /** Rows from the moments and quantiles of draws, save those that q itself gives without noise. */
  #makeSummary(
    layout: Layout,
    store: QuantileStore,
    moments: (scalar: number) => { readonly mean: number; readonly sd: number },
  ): Summary {
    const columns = store.probabilities.map(quantileName);
    const marginals = marginalsOf(this.result, store.probabilities);
    const rows = layout.scalars.map(({ name, number }, i): [string, SummaryRow] => {
      const { mean, sd, quantiles } = marginals.get(number) ?? { ...moments(i), quantiles: store.of(i) };
      return [name, { mean, sd, quantiles: Object.fromEntries(columns.map((column, k) => [column, quantiles[k]!])) }];
    });
    return new Summary(new Map(rows), columns);
  }

  /** Everything known of the fit's quality; prints as a few lines. */
  diagnose(): Diagnosis {
    return diagnosisOf(this.result, this.#known(), this.#evidence);
  }

  /** Independent draws from the guide in constrained space. The same seed gives the same draws. */
  async sample(count: number, options: { readonly seed?: number } = {}): Promise<PosteriorDraws> {
    this.#alive();
    positiveInteger(count, "sample(count)");
    const seed = options.seed ?? this.result.seed;
    return this.#onBackend(async () =>
      drawPosterior(this.result, await this.#drawProgram(), this.#layout, count, seed),
    );
  }

  /**
   * The log evidence by importance sampling, with its standard error, k̂ and the implied KL(q ‖ posterior). The default
   * proposal is a Student-t with the guide's location and scale, which is less biased than the guide itself; the guide
   * above 100 coordinates, or where its draws cannot be widened into a t's. "wide" looks for modes near the guide's.
   */
  async evidence(
    options: { readonly draws?: number; readonly proposal?: Proposal; readonly seed?: number } = {},
  ): Promise<Evidence> {
    this.#alive();
    const draws = positiveInteger(options.draws ?? this.#settings.evidenceDraws, "evidence({ draws })");
    await this.check();
    const { evaluation } = this.#known();
    const { proposal = usualProposal(this.result), seed = this.result.seed } = options;
    this.#evidence = await this.#onBackend(() => this.#importanceSample(draws, proposal, seed, evaluation));
    return this.#evidence;
  }

  async #importanceSample(draws: number, proposal: Proposal, seed: number, of: Evaluation): Promise<Evidence> {
    const program = await this.#programs.get(proposal, () =>
      DrawProgram.compile(this.result, this.#backend, {
        purpose: `evidence by ${proposal}`,
        proposal,
        build: weightOutputs,
        usual: DEFAULT_CHECK.evidenceDraws,
      }),
    );
    const logWeights = new Float64Array(draws);
    await program.forEachChunk(draws, { step: STEPS.evidence, seed }, (chunk) => {
      const logDensity = chunk.column("logDensity");
      logWeights.set(
        chunk.column("logJoint").map((value, i) => value - logDensity[i]!),
        chunk.start,
      );
    });
    return evidenceFrom(logWeights, proposal, of.elbo, of.level);
  }

  /** New data from every observed site's distribution at draws of the guide. */
  async predict(options: { readonly draws?: number; readonly seed?: number } = {}): Promise<Predictive> {
    this.#alive();
    const draws = positiveInteger(options.draws ?? 1000, "predict({ draws })");
    const { predict } = await import("./predictive.ts");
    return this.#onBackend(() => predict(this.result, this.#backend, draws, options.seed ?? this.result.seed));
  }

  /** The ELBO's share of each entry of the plate named `along`: term by term in time, where that is time. See terms.ts. */
  async terms(along: string, options: ElboTermsOptions = {}): Promise<ElboTerms> {
    this.#alive();
    return this.#onBackend(() => elboTerms(this.result, this.#backend, along, options));
  }

  /** Draws as CSV with Stan's column names; see csv.ts. */
  async toCSV(options: { readonly draws?: number; readonly seed?: number } = {}): Promise<string> {
    const draws = await this.sample(options.draws ?? 4000, options);
    const { model, guide, seed, stopped } = this.result;
    const { toCSV } = await import("./csv.ts");
    return toCSV(draws, [`model = ${model.name}`, `guide = ${guide.name}`, `seed = ${seed}`, `stopped = ${stopped}`]);
  }

  /**
   * Draws, replicated and observed data as the object whose JSON `arviz.from_json` reads; see inferenceData.ts.
   * `draws` of the posterior, default 4000; `replicates` of the data, default 1000, 0 for none.
   */
  async toInferenceData(
    options: { readonly draws?: number; readonly replicates?: number; readonly seed?: number } = {},
  ): Promise<InferenceDataJson> {
    const { draws = 4000, replicates = 1000, seed = this.result.seed } = options;
    const sampled = await this.sample(draws, { seed });
    const predictive = replicates === 0 ? null : await this.#predictIfItCan({ draws: replicates, seed });
    const { inferenceData } = await import("./inferenceData.ts");
    return inferenceData(this.result, sampled, predictive);
  }

  /** Null for a model that observes nothing, or nothing that has a distribution in a draw. */
  async #predictIfItCan(options: { readonly draws: number; readonly seed: number }): Promise<Predictive | null> {
    try {
      return await this.predict(options);
    } catch (error) {
      if (error instanceof PosteriorError && error.code === "no-predictive") return null;
      throw error;
    }
  }

  /** The object of `elbow fit --json`. */
  toJSON(): FitJson {
    const { evaluation, verdict, reasons, summary, checkSeconds } = this.#known();
    const { elbo, objective, khat, nan } = evaluation;
    const nonFinite = this.result.nonFinite.total + nan;
    return toJSON(this.result, {
      verdict,
      reasons,
      elbo,
      objective,
      evidence: this.#evidence,
      khat,
      nonFinite,
      summary,
      checkSeconds,
    });
  }

  /**
   * Frees the programs: those that are being compiled as soon as they are, all others before the next task. What was
   * computed stays readable; asking for more throws. `await using` waits for all of it.
   */
  dispose(): void {
    void this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#programs.release();
    this.options.onDispose?.();
  }

  #alive(): void {
    if (this.#disposed) throw new PosteriorError("disposed", "this posterior was disposed of; fit again to go on");
  }

  #known(): Checked {
    if (this.#checked !== undefined) return this.#checked;
    this.#alive();
    throw new PosteriorError("not-checked", "the posterior is not evaluated yet: await posterior.check() first");
  }

  #drawProgram(): Promise<DrawProgram> {
    return this.#programs.get("draws", () =>
      DrawProgram.compile(this.result, this.#backend, {
        purpose: "draws",
        proposal: "guide",
        build: drawOutputs,
        usual: this.#settings.drawsPerBatch,
      }),
    );
  }

  /** Runs `work`, again on the CPU if the device is lost meanwhile: λ is at home. */
  async #onBackend<T>(work: () => Promise<T>): Promise<T> {
    const away = this.#backend.kind !== "cpu";
    if (away && this.result.stopped === "device-lost") await this.#comeHome();
    try {
      return await work();
    } catch (error) {
      if (!away || !(error instanceof ElbowError) || error.code !== "device-lost") throw error;
      await this.#comeHome();
      return work();
    }
  }

  async #comeHome(): Promise<void> {
    const { cpuBackend } = await import("../cpu/backend.ts");
    void this.#programs.release();
    this.#backend = cpuBackend();
  }
}
