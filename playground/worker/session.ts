/** One fit at a time, with what is needed to go on with it. */
import {
  adam,
  type Device,
  type FitResult,
  fit,
  guideNamed,
  type JsonData,
  type Model,
  objectiveNamed,
  openDevice,
  type Posterior,
} from "elbow-gpu";
import type { Learned } from "../learned.ts";
import { previewOf } from "./preview.ts";
import { priorsOf } from "./prior.ts";
import type { Answer, Settings, TrainSettings } from "./protocol.ts";
import { reportOf } from "./report.ts";
import { trainModel } from "./training.ts";

/** From a standard normal in the unconstrained coordinates. */
const CLIMB = { draws: 64, steps: 600, stepSize: 0.03, initialScale: 1 } as const;

/** So many devices may be lost in one fit before it gives up. */
const LOSSES = 3;

type Say = (answer: Answer, transfer?: Transferable[]) => void;

export class Session {
  #device: { readonly kind: Settings["device"]; readonly open: Promise<Device> } | undefined;
  #abort: AbortController | undefined;
  #last: { readonly model: Model; readonly data: JsonData; readonly settings: Settings } | undefined;
  posterior: Posterior<FitResult> | undefined;

  constructor(readonly say: Say) {}

  async fit(id: number, model: Model, data: JsonData, settings: Settings): Promise<void> {
    this.#last = { model, data, settings };
    await this.#run(id, undefined);
  }

  async resume(id: number): Promise<void> {
    if (this.#last === undefined || this.posterior === undefined) throw new Error("there is no fit to go on with");
    await this.#run(id, this.posterior.result);
  }

  /** Opens the device ahead of the fit. */
  async warm(kind: Settings["device"]): Promise<void> {
    await this.#open(kind);
  }

  /** The last fit again, from a plain start and by Adam's small steps: its ELBO, step by step. */
  async climb(): Promise<Float64Array> {
    if (this.#last === undefined) throw new Error("there is no fit to show again");
    const { model, data, settings } = this.#last;
    const posterior = await fit(model, data, {
      device: await this.#open(settings.device),
      guide: guideNamed(settings.guide),
      draws: CLIMB.draws,
      steps: CLIMB.steps,
      initialScale: CLIMB.initialScale,
      seed: settings.seed,
      start: "initial",
      optimizer: adam({ stepSize: CLIMB.stepSize }),
      check: false,
    });
    posterior.dispose();
    return posterior.result.elboTrace;
  }

  async train(
    id: number,
    subject: Parameters<typeof trainModel>[1],
    settings: TrainSettings,
    from: Learned | null,
  ): Promise<void> {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const device = await this.#opened(id, settings.device);
    await trainModel(id, subject, settings, from, { device, signal, say: this.say });
  }

  stop(): void {
    this.#abort?.abort();
  }

  async #run(id: number, from: FitResult | undefined): Promise<void> {
    const { model, data, settings } = this.#last!;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    let resume = from;
    for (let losses = 0; ; losses++) {
      const device = await this.#opened(id, settings.device);
      const before = resume?.steps ?? 0;
      const last = losses === LOSSES;
      try {
        const posterior = (await fit(model, data, {
          device,
          guide: guideNamed(settings.guide),
          objective: objectiveNamed(settings.objective),
          draws: settings.draws,
          steps: settings.steps,
          seed: settings.seed,
          signal,
          ...(resume && { resume }),
          check: false,
          onProgress: ({ stage, step, steps, estimates }) =>
            this.say({ kind: "progress", id, stage, step: step + before, steps: steps + before, estimates }),
        })) as Posterior<FitResult>;
        this.posterior?.dispose();
        this.posterior = posterior;
        resume = posterior.result;
        if (resume.stopped !== "device-lost" || last) break;
      } catch (error) {
        // A device may be lost before the first step: on the shelf, while the reader reads.
        if ((error as { code?: unknown } | null)?.code !== "device-lost" || last) throw error;
      }
      this.#device = undefined;
      const text =
        `The GPU device was lost at step ${resume?.steps ?? 0}. ` +
        "A new one is opened, and the fit goes on from there.";
      this.say({ kind: "notice", id, text });
    }
    // What q says can be shown at once; how well it says it takes a hundred times as many draws.
    const { preview, transfer } = await previewOf(this.posterior!);
    this.say({ kind: "preview", id, preview }, transfer);
    const priors = await priorsOf(model, data, this.posterior!.result.model.parameterNames.length);
    this.say(
      { kind: "priors", id, priors },
      [...priors.values()].map(({ buffer }) => buffer),
    );
    const checked = await reportOf(this.posterior!);
    this.say({ kind: "fitted", id, report: checked.report }, checked.transfer);
  }

  async #opened(id: number, kind: Settings["device"]): Promise<Device> {
    const device = await this.#open(kind);
    if (device.notice !== null) {
      const text = "There is no WebGPU here, so the fit runs on the CPU, in float64: the same answer, only slower.";
      this.say({ kind: "notice", id, text });
    }
    return device;
  }

  async #open(kind: Settings["device"]): Promise<Device> {
    const before = this.#device;
    if (before?.kind === kind) return before.open;
    const open = openDevice({ kind });
    this.#device = { kind, open };
    // One that could not be opened is tried again.
    open.catch(() => {
      if (this.#device?.open === open) this.#device = undefined;
    });
    await before?.open.then(
      (device) => device[Symbol.asyncDispose](),
      () => {},
    );
    return open;
  }
}
