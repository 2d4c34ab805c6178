/** Where models run: a mistake in one cannot freeze the page, and ending the worker ends the mistake. */
import type { JsonData } from "elbow-gpu";
import { failureOf, loadModel } from "./load.ts";
import type { Answer, Request } from "./protocol.ts";
import { Session } from "./session.ts";
import { allPlates, sitesOf } from "./sites.ts";

const say = (answer: Answer, transfer: Transferable[] = []): void => self.postMessage(answer, { transfer });
// Deep enough that the model's own line is among the places of an error.
Error.stackTraceLimit = 60;
const session = new Session(say);
/** As `train` has it. */
const DEFAULT_STEPS = 1000;

self.addEventListener("message", ({ data: request }: MessageEvent<Request>) => {
  if (request.kind === "stop") {
    session.stop();
    return;
  }
  const { id } = request;
  answer(request).catch((error: unknown) => say({ kind: "failed", id, failure: failureOf(error) }));
});

async function answer(request: Exclude<Request, { kind: "stop" }>): Promise<void> {
  const { id } = request;
  switch (request.kind) {
    case "trace": {
      const { model, training } = await loadModel(request.source);
      const traced = model.trace(request.data as JsonData);
      const trainingSteps = training === null ? null : (training.steps ?? DEFAULT_STEPS);
      say({ kind: "traced", id, name: model.name, sites: sitesOf(traced), plates: allPlates(traced), trainingSteps });
      return;
    }
    case "warm":
      await session.warm(request.device);
      say({ kind: "warmed", id });
      return;
    case "fit":
      return session.fit(id, (await loadModel(request.source)).model, request.data as JsonData, request.settings);
    case "train": {
      const { model, training } = await loadModel(request.source);
      if (training === null) throw new Error("the module exports no `training`");
      const subject = { model, training, data: request.data as JsonData };
      return session.train(id, subject, request.settings, request.from);
    }
    case "resume":
      return session.resume(id);
    case "two-modes":
      say({ kind: "two-modes", id, found: await (await import("./twoModes.ts")).twoModes(request.modes) });
      return;
    case "climb":
      say({ kind: "climbed", id, trace: await session.climb() });
      return;
    case "export": {
      const { posterior } = session;
      if (posterior === undefined) throw new Error("there is no fit to export");
      const text =
        request.format === "csv" ? await posterior.toCSV() : JSON.stringify(await posterior.toInferenceData());
      say({ kind: "exported", id, text });
    }
  }
}
