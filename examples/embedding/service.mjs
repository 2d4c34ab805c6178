/**
 * ELBOs and fits served from a worker: `node service.mjs`.
 *
 * One worker has the device; requests are answered one after the other. Memory is bounded: so many compiled programs are
 * kept, the one not used for longest goes first; so many requests may wait, more are refused. Any request can be cancelled,
 * and a fit that is cancelled comes back as it then is.
 */
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, SHARE_ENV, Worker, workerData } from "node:worker_threads";

/** The worker. */
async function serve({ mostPrograms, mostWaiting }) {
  const { compileElbo, fit, halfNormal, math, model, normal, openDevice, real } = await import("elbow-gpu");
  const models = {
    mean: model("mean", ({ plate, sample, observe }, { y }) => {
      const n = plate("n", y.length);
      observe("y", normal(sample("mu", normal(0, 10)), sample("sigma", halfNormal(5))), real(y, [n]));
    }),
    line: model("line", ({ plate, sample, observe }, { x, y }) => {
      const n = plate("n", y.length);
      const [alpha, beta] = [sample("alpha", normal(0, 10)), sample("beta", normal(0, 10))];
      observe("y", normal(math`${alpha} + ${beta} * ${real(x, [n])}`, 1), real(y, [n]));
    }),
  };
  const device = await openDevice();
  const programs = new Map();

  /** A compiled program for a model and its data; a Map keeps the order in which they were last used. */
  async function programFor(name, data, draws) {
    const key = JSON.stringify([name, data, draws]);
    const program = programs.get(key) ?? (await compileElbo(models[name], data, { device, draws }));
    programs.delete(key);
    programs.set(key, program);
    if (programs.size > mostPrograms) {
      const [oldest, unused] = programs.entries().next().value;
      programs.delete(oldest);
      unused.dispose();
    }
    return program;
  }

  const work = {
    async evaluate({ model: name, data, draws, lambda, seed }) {
      const program = await programFor(name, data, draws);
      return program.evaluate(lambda ?? program.initial(), { seed });
    },
    async fit({ model: name, data, seed, steps }, signal) {
      const posterior = await fit(models[name], data, { device, seed, steps, signal });
      try {
        return posterior.toJSON();
      } finally {
        posterior.dispose();
      }
    },
    programs: () => programs.size,
    close() {
      for (const program of programs.values()) program.dispose();
      device.dispose();
    },
  };

  const waiting = new Map();
  let turn = Promise.resolve();
  parentPort.on("message", ({ id, kind, ...request }) => {
    if (kind === "cancel") return waiting.get(id)?.abort();
    if (waiting.size >= mostWaiting && kind !== "close") {
      return parentPort.postMessage({ id, error: `${waiting.size} requests are waiting: try again later` });
    }
    const controller = new AbortController();
    waiting.set(id, controller);
    turn = turn.then(async () => {
      try {
        // A fit that is cancelled has a state to return; nothing else has.
        if (kind !== "fit") controller.signal.throwIfAborted();
        parentPort.postMessage({ id, result: await work[kind](request, controller.signal) });
      } catch (error) {
        parentPort.postMessage({ id, error: error.message });
      } finally {
        waiting.delete(id);
        if (kind === "close") parentPort.close();
      }
    });
  });
}

/** The other end: `const service = startService(); await service.ask("evaluate", { model, data, draws }, signal)`. */
export function startService({ mostPrograms = 4, mostWaiting = 16 } = {}) {
  // SHARE_ENV: a software driver is chosen by the environment, and that of the process is the one that counts.
  const worker = new Worker(fileURLToPath(import.meta.url), {
    env: SHARE_ENV,
    workerData: { mostPrograms, mostWaiting },
  });
  const open = new Map();
  let last = 0;
  worker.on("message", ({ id, result, error }) => {
    const { resolve, reject } = open.get(id);
    open.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  });
  worker.on("error", (error) => {
    for (const { reject } of open.values()) reject(error);
  });
  return {
    ask(kind, request = {}, signal) {
      const id = ++last;
      signal?.addEventListener("abort", () => worker.postMessage({ id, kind: "cancel" }), { once: true });
      return new Promise((resolve, reject) => {
        open.set(id, { resolve, reject });
        worker.postMessage({ id, kind, ...request });
      });
    },
  };
}

async function tryIt() {
  const service = startService({ mostPrograms: 3, mostWaiting: 8 });
  const y = [1.2, 0.7, 1.9, 1.1];
  const line = { model: "line", data: { x: [0, 1, 2, 3], y }, draws: 256, seed: 1 };
  const [a, b] = [await service.ask("evaluate", line), await service.ask("evaluate", line)];
  for (let k = 0; k < 6; k++) {
    await service.ask("evaluate", { model: "mean", data: { y: y.map((value) => value + k) }, draws: 64, seed: 1 });
  }
  const kept = await service.ask("programs");

  const controller = new AbortController();
  const fit = service.ask("fit", { model: "line", data: line.data, seed: 1 }, controller.signal);
  controller.abort();
  const { stopped } = await fit;

  const answers = await Promise.allSettled(Array.from({ length: 12 }, () => service.ask("evaluate", line)));
  const refused = answers.filter(({ status }) => status === "rejected").length;
  const { verdict } = await service.ask("fit", { model: "line", data: line.data, seed: 1 });
  await service.ask("close");
  console.log(JSON.stringify({ same: a.value === b.value, kept, stopped, refused, verdict }));
}

if (!isMainThread) await serve(workerData);
else if (process.argv[1] === fileURLToPath(import.meta.url)) await tryIt();
