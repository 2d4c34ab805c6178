/**
 * The ELBO of a model, maximised by an optimizer from npm that knows nothing of GPUs: `node outside-optimizer.mjs`.
 *
 * Optimizers on npm call their function and want the answer at once; a GPU answers later. So the optimizer runs in a
 * worker and sleeps while the main thread, which has the device, evaluates. They share one array of numbers.
 */
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const ASKED = 0;
const ANSWERED = 1;

/** The worker: Levenberg–Marquardt drives the residuals to zero, and the residuals are the gradient of the ELBO. */
async function optimise({ flag, numbers, initial }) {
  const { levenbergMarquardt } = await import("ml-levenberg-marquardt");
  const gradientAt = (lambda) => {
    numbers.set(lambda);
    Atomics.store(flag, 0, ASKED);
    parentPort.postMessage("evaluate");
    Atomics.wait(flag, 0, ASKED);
    return Array.from(numbers);
  };
  const entries = initial.map((_, i) => i);
  const found = levenbergMarquardt(
    { x: entries, y: entries.map(() => 0) },
    (lambda) => {
      const gradient = gradientAt(lambda);
      return (i) => gradient[i];
    },
    { initialValues: initial, damping: 1, gradientDifference: 0.01, centralDifference: true, maxIterations: 40 },
  );
  parentPort.postMessage({ lambda: found.parameterValues, iterations: found.iterations });
}

/** The host: compiles the ELBO once, answers the worker until it has a result. */
async function host() {
  const { compileElbo, exponential, fit, math, meanField, model, normal, openDevice, real } = await import("elbow-gpu");
  const regression = model("regression", ({ plate, sample, observe }, data) => {
    const n = plate("n", data.y.length);
    const alpha = sample("alpha", normal(0, 10));
    const beta = sample("beta", normal(0, 5));
    const sigma = sample("sigma", exponential(1));
    observe("y", normal(math`${alpha} + ${beta} * ${real(data.x, [n])}`, sigma), real(data.y, [n]));
  });
  const data = { x: [-1.5, -0.5, 0, 0.4, 1.1, 2], y: [-2.1, 0.3, 0.9, 2.2, 2.8, 5.3] };

  const device = await openDevice();
  const elbo = await compileElbo(regression, data, { device, guide: meanField(), draws: 4096 });
  // Near the least-squares line, narrow: far away a gradient may vanish without being at a maximum.
  const start = { loc: [1, 2, -1], logScale: [-2, -2, -1] };
  const names = Object.keys(start);
  const flat = (arrays) => names.flatMap((name) => Array.from(arrays[name]));
  const size = flat(start).length / names.length;
  const split = (values) => Object.fromEntries(names.map((name, k) => [name, values.slice(k * size, (k + 1) * size)]));

  const initial = flat(start);
  const numbers = new Float64Array(new SharedArrayBuffer(8 * initial.length));
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { flag, numbers, initial } });
  let evaluations = 0;
  const found = await new Promise((resolve, reject) => {
    worker.on("error", reject);
    worker.on("message", async (message) => {
      if (message !== "evaluate") return resolve(message);
      try {
        // One seed for all: the same draws at every λ make the bound a smooth function.
        const { gradient } = await elbo.evaluate(split(Array.from(numbers)), { seed: 1 });
        evaluations++;
        numbers.set(flat(gradient));
        Atomics.store(flag, 0, ANSWERED);
        Atomics.notify(flag, 0);
      } catch (error) {
        await worker.terminate();
        reject(error);
      }
    });
  });

  const lambda = split(found.lambda);
  const { value, standardError } = await elbo.evaluate(lambda, { seed: 2 });
  const posterior = await fit(regression, data, { device, seed: 1 });
  const own = posterior.elbo;
  console.log(JSON.stringify({ evaluations, lambda, elbo: { value, standardError }, fit: { value: own.value } }));
  posterior.dispose();
  elbo.dispose();
  device.dispose();
}

await (isMainThread ? host() : optimise(workerData));
