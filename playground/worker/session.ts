/** One fit at a time, with what is needed to go on with it. */
import {
  type Device,
  type FitResult,
  fit,
  fullRank,
  type Guide,
  type JsonData,
  type Model,
  meanField,
  openDevice,
  type Posterior,
} from "elbow-gpu";
import type { Answer, Settings } from "./protocol.ts";
import { reportOf } from "./report.ts";

const GUIDES: Readonly<Record<string, () => Guide>> = {
  "mean-field": () => meanField(),
  "full-rank": () => fullRank(),
};

/** So many devices may be lost in one fit before it gives up. */
const LOSSES = 3;

type Say = (answer: Answer) => void;

export class Session {
  #device: Device | undefined;
  #kind: Settings["device"] | undefined;
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

  stop(): void {
    this.#abort?.abort();
  }

  async #run(id: number, from: FitResult | undefined): Promise<void> {
    const { model, data, settings } = this.#last!;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    let resume = from;
    for (let losses = 0; ; losses++) {
      const device = await this.#open(id, settings.device);
      const before = resume?.steps ?? 0;
      this.posterior?.dispose();
      this.posterior = (await fit(model, data, {
        device,
        guide: GUIDES[settings.guide]!(),
        draws: settings.draws,
        steps: settings.steps,
        seed: settings.seed,
        signal,
        ...(resume && { resume }),
        onProgress: ({ stage, step, steps, elbo }) =>
          this.say({ kind: "progress", id, stage, step: step + before, steps: steps + before, elbo }),
      })) as Posterior<FitResult>;
      const { result } = this.posterior;
      if (result.stopped !== "device-lost" || losses === LOSSES) break;
      this.#device = undefined;
      this.say({
        kind: "notice",
        id,
        text: `The GPU device was lost at step ${result.steps}. A new one is opened, and the fit goes on from there.`,
      });
      resume = result;
    }
    const { report, transfer } = await reportOf(this.posterior);
    (this.say as (answer: Answer, transfer: Transferable[]) => void)({ kind: "fitted", id, report }, transfer);
  }

  async #open(id: number, kind: Settings["device"]): Promise<Device> {
    if (this.#device !== undefined && this.#kind === kind) return this.#device;
    await this.#device?.[Symbol.asyncDispose]();
    this.#device = await openDevice({ kind });
    this.#kind = kind;
    if (this.#device.notice !== null) {
      const text = "There is no WebGPU here, so the fit runs on the CPU, in float64: the same answer, only slower.";
      this.say({ kind: "notice", id, text });
    }
    return this.#device;
  }
}
