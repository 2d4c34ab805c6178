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
      const model = await loadModel(request.source);
      const traced = model.trace(request.data as JsonData);
      say({ kind: "traced", id, name: model.name, sites: sitesOf(traced), plates: allPlates(traced) });
      return;
    }
    case "warm":
      await session.warm(request.device);
      say({ kind: "warmed", id });
      return;
    case "fit":
      return session.fit(id, await loadModel(request.source), request.data as JsonData, request.settings);
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
