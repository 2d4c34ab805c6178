/** The page's side of the worker: one request at a time, a time limit on models, a new worker after an endless loop. */
import type { Data } from "./example.ts";
import type { Learned } from "./learned.ts";
import type {
  Answer,
  Failure,
  FitReport,
  Modes,
  Preview,
  Request,
  Settings,
  Traced,
  TrainedReport,
  TrainSettings,
  TwoModes,
} from "./worker/protocol.ts";
import workerUrl from "./worker/worker.ts?worker&url";

/** A model's function is run once; one that takes longer does not end. */
const TRACE_SECONDS = 10;
/** What a fit may take to notice that it shall stop. */
const STOP_SECONDS = 5;

export class ModelFailure extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

export interface FitListener {
  progress(answer: Extract<Answer, { kind: "progress" }>): void;
  notice(text: string): void;
  preview?(preview: Preview): void;
  priors?(priors: ReadonlyMap<string, Float32Array>): void;
  learned?(answer: Extract<Answer, { kind: "learned" }>): void;
}

interface Pending {
  readonly id: number;
  readonly listener: FitListener | null;
  /** The optimisation is over: what is left ends by itself. */
  ending: boolean;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

type Numbered<T> = T extends { readonly id: number } ? Omit<T, "id"> : never;

export class Engine {
  #worker: Worker | undefined;
  #pending: Pending | undefined;
  #count = 0;
  #described: { readonly id: number; told(traced: Traced): void } | undefined;

  constructor() {
    this.#start();
  }

  async trace(script: string, data: Data): Promise<Traced> {
    const timer = setTimeout(
      () =>
        this.restart(`the model ran for over ${TRACE_SECONDS} seconds and was ended: does it hold a loop without end?`),
      TRACE_SECONDS * 1000,
    );
    try {
      return (await this.#ask({ kind: "trace", source: script, data })) as Extract<Answer, { kind: "traced" }>;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Opens the device while the reader reads; what stands in its way is told by the fit. */
  warm(device: Settings["device"]): void {
    this.#post({ kind: "warm", id: 0, device });
  }

  /** What a model known to end declares. Never answered where it fails: the fit will tell. */
  describe(script: string, data: Data, told: (traced: Traced) => void): void {
    const id = -++this.#count;
    this.#described = { id, told };
    this.#post({ kind: "trace", id, source: script, data });
  }

  #post(request: Request): void {
    if (this.#worker === undefined) this.#start();
    this.#worker!.postMessage(request);
  }

  async fit(script: string, data: Data, settings: Settings, listener: FitListener): Promise<FitReport> {
    const answer = await this.#ask({ kind: "fit", source: script, data, settings }, listener);
    return (answer as Extract<Answer, { kind: "fitted" }>).report;
  }

  async resume(listener: FitListener): Promise<FitReport> {
    return ((await this.#ask({ kind: "resume" }, listener)) as Extract<Answer, { kind: "fitted" }>).report;
  }

  /** The ELBO of every step of the last fit made again from a plain start. */
  async climb(): Promise<Float64Array> {
    return ((await this.#ask({ kind: "climb" })) as Extract<Answer, { kind: "climbed" }>).trace;
  }

  async twoModes(modes: Modes): Promise<TwoModes> {
    return ((await this.#ask({ kind: "two-modes", modes })) as Extract<Answer, { kind: "two-modes" }>).found;
  }

  /** Of no steps: evaluates what it begins `from`. */
  async train(
    script: string,
    data: Data,
    settings: TrainSettings,
    from: Learned | null,
    listener: FitListener,
  ): Promise<TrainedReport> {
    const answer = await this.#ask({ kind: "train", source: script, data, settings, from }, listener);
    return (answer as Extract<Answer, { kind: "trained" }>).report;
  }

  async export(format: "csv" | "inference-data"): Promise<string> {
    return ((await this.#ask({ kind: "export", format })) as Extract<Answer, { kind: "exported" }>).text;
  }

  /** The fit comes back with its last state; one that does not answer loses its worker. */
  stop(): void {
    const stopped = this.#pending;
    if (stopped === undefined) return;
    this.#post({ kind: "stop" });
    setTimeout(() => {
      if (this.#pending === stopped && !stopped.ending) this.restart("the fit did not answer and was ended");
    }, STOP_SECONDS * 1000);
  }

  /** Ends the worker, and with it whatever it does. */
  restart(why: string): void {
    this.#worker?.terminate();
    this.#start();
    this.#fail(why);
  }

  #fail(why: string): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.reject(new ModelFailure({ message: why, line: null, column: null }));
  }

  /** A worker made of a blob inherits the page's content security policy; one made of a file would not. */
  #start(): void {
    const code = `import ${JSON.stringify(new URL(workerUrl, document.baseURI).href)};`;
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const worker = new Worker(url, { type: "module", name: "elbow" });
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => this.#receive(data));
    worker.addEventListener("error", (event) => {
      if (worker !== this.#worker) return;
      this.#worker = undefined;
      this.#fail(event.message || "the worker could not be loaded");
    });
    this.#worker = worker;
  }

  #ask(request: Numbered<Request>, listener: FitListener | null = null): Promise<Answer> {
    if (this.#pending !== undefined) this.restart("ended, since something else was asked for");
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#pending = { id, listener, ending: false, resolve, reject };
      this.#post({ ...request, id } as Request);
    });
  }

  #receive(answer: Answer): void {
    if (answer.kind === "traced" && answer.id === this.#described?.id) this.#described.told(answer);
    const pending = this.#pending;
    if (pending === undefined || pending.id !== answer.id) return;
    if (answer.kind === "progress") pending.listener?.progress(answer);
    else if (answer.kind === "preview") {
      pending.ending = true;
      pending.listener?.preview?.(answer.preview);
    } else if (answer.kind === "priors") pending.listener?.priors?.(answer.priors);
    else if (answer.kind === "learned") {
      pending.ending = true;
      pending.listener?.learned?.(answer);
    } else if (answer.kind === "notice") pending.listener?.notice(answer.text);
    else {
      this.#pending = undefined;
      if (answer.kind === "failed") pending.reject(new ModelFailure(answer.failure));
      else pending.resolve(answer);
    }
  }
}
