"""Times NumPyro's SVI on the rows of `npm run bench`: the same models, the same data, Adam, num_particles = S.

Steps run inside one jitted lax.scan, without a progress bar; matrix products at jax_default_matmul_precision = highest,
since WebGPU has no tensor cores, unless --precision says otherwise. Prints one JSON object on stdout.

Needs jax and numpyro; `--check-data` loads everything and needs neither. Data: examples/*/data.json, and for the synthetic
rows the folder that bench/native/exportData.ts writes.
"""

import argparse
import array
import json
import math
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Name of the row in `npm run bench`: model, guide, draws.
ROWS = {
    "eight-schools": ("eight_schools", "AutoNormal", 64),
    "wells": ("wells", "AutoNormal", 16),
    "diamonds-full-rank": ("diamonds", "AutoMultivariateNormal", 16),
    "logistic": ("logistic", "AutoNormal", 32),
    "logistic-large": ("logistic", "AutoNormal", 64),
    "radon": ("radon", "AutoNormal", 16),
    "radon-100": ("radon", "AutoNormal", 16),
    "mixture": ("mixture", "AutoNormal", 16),
    "stochastic-volatility": ("stochastic_volatility", "AutoNormal", 16),
    "gaussian-512": ("gaussian", "AutoMultivariateNormal", 32),
    "elbo-eight-schools": ("eight_schools", "AutoNormal", 1 << 20),
    "elbo-wells": ("wells", "AutoNormal", 1 << 20),
    "many-fits-1": ("eight_schools", "AutoNormal", 16),
    "many-fits-64": ("eight_schools", "AutoNormal", 16),
    "many-fits-1024": ("eight_schools", "AutoNormal", 16),
}
SCALE = 0.1
STEP_SIZE = 0.01
# Draws at a time of a large batch: all at once would not fit where the data are many.
CHUNK = 4096


def example(name):
    return json.loads((ROOT / "examples" / name / "data.json").read_text())


def synthetic(folder, names):
    index = json.loads((folder / "index.json").read_text())
    found = {}
    for name in names:
        values = array.array("f", (folder / f"{name}.f32").read_bytes())
        if sys.byteorder == "big":
            values.byteswap()
        shape = index[name]
        if math.prod(shape) != len(values):
            raise SystemExit(f"{name}: {len(values)} values, but its shape is {shape}")
        found[name.rsplit(".", 1)[1]] = (values, shape)
    return found


def load(row, folder):
    """Lists as they stand in the JSON, or (values, shape) of synthetic arrays."""
    if "schools" in row or row.startswith("many-fits"):
        return example("eight-schools")
    if "wells" in row:
        return example("wells")
    if row.startswith("diamonds"):
        data = example("diamonds")
        means = [statistics.fmean(column) for column in zip(*data["X"])]
        centred = [[x - m for x, m in zip(line, means)] for line in data["X"]]
        return {"X": centred, "Y": data["Y"]}
    if row.startswith("radon"):
        data = example("radon")
        times = 100 if row == "radon-100" else 1
        kept = {name: data[name] * times for name in ("floor_measure", "log_radon")}
        return {"J": data["J"], "county": [c - 1 for c in data["county_idx"]] * times, **kept}
    if row == "mixture":
        return synthetic(folder, ["mixture.y"])
    if row == "stochastic-volatility":
        return synthetic(folder, ["stochastic-volatility.y"])
    if row == "gaussian-512":
        return synthetic(folder, ["gaussian-512.A", "gaussian-512.b"])
    return synthetic(folder, [f"{row}.X", f"{row}.y"])


def models():
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist
    from jax import lax
    from jax.scipy.special import logsumexp

    def eight_schools(y, sigma):
        mu = numpyro.sample("mu", dist.Normal(0, 5))
        tau = numpyro.sample("tau", dist.HalfCauchy(5))
        with numpyro.plate("school", y.shape[0]):
            eta = numpyro.sample("eta", dist.Normal(0, 1))
            numpyro.sample("y", dist.Normal(mu + tau * eta, sigma), obs=y)

    def wells(switched, dist_):
        flat = dist.ImproperUniform(dist.constraints.real, (), ())
        alpha = numpyro.sample("alpha", flat)
        beta = numpyro.sample("beta", flat)
        with numpyro.plate("household", switched.shape[0]):
            numpyro.sample("switched", dist.BernoulliLogits(alpha + beta * dist_), obs=switched)

    def diamonds(X, Y):
        b = numpyro.sample("b", dist.Normal(0, 1).expand([X.shape[1]]).to_event(1))
        intercept = numpyro.sample("intercept", dist.StudentT(3, 8, 10))
        sigma = numpyro.sample("sigma", dist.FoldedDistribution(dist.StudentT(3, 0, 10)))
        with numpyro.plate("diamond", Y.shape[0]):
            numpyro.sample("Y", dist.Normal(X @ b + intercept, sigma), obs=Y)

    def logistic(X, y):
        b = numpyro.sample("b", dist.Normal(0, 1).expand([X.shape[1]]).to_event(1))
        with numpyro.plate("row", y.shape[0]):
            numpyro.sample("y", dist.BernoulliLogits(X @ b), obs=y)

    def radon(J, county, floor_measure, log_radon):
        beta = numpyro.sample("beta", dist.Normal(0, 10))
        mu_alpha = numpyro.sample("mu_alpha", dist.Normal(0, 10))
        sigma_alpha = numpyro.sample("sigma_alpha", dist.HalfNormal(1))
        sigma_y = numpyro.sample("sigma_y", dist.HalfNormal(1))
        with numpyro.plate("county", J):
            raw = numpyro.sample("alpha_raw", dist.Normal(0, 1))
        level = (mu_alpha + sigma_alpha * raw)[county] + beta * floor_measure
        with numpyro.plate("house", log_radon.shape[0]):
            numpyro.sample("log_radon", dist.Normal(level, sigma_y), obs=log_radon)

    def mixture(y, k=16):
        with numpyro.plate("component", k):
            score = numpyro.sample("score", dist.Normal(0, 1))
            mu = numpyro.sample("mu", dist.Normal(0, 20))
            sigma = numpyro.sample("sigma", dist.HalfNormal(2))
        terms = dist.Normal(mu, sigma).log_prob(y[:, None]) + score - logsumexp(score)
        numpyro.factor("points", logsumexp(terms, axis=-1).sum())

    def stochastic_volatility(y):
        mu = numpyro.sample("mu", dist.Normal(0, 5))
        phi = numpyro.sample("phi", dist.Uniform(-1, 1))
        sigma = numpyro.sample("sigma", dist.HalfNormal(1))
        before = numpyro.sample("before", dist.Normal(0, 1))
        with numpyro.plate("time", y.shape[0]):
            innovation = numpyro.sample("innovation", dist.Normal(0, 1))

        def step(previous, x):
            deviation = phi * previous + sigma * x
            return deviation, deviation

        _, deviation = lax.scan(step, before * sigma / jnp.sqrt(1 - phi**2), innovation)
        with numpyro.plate("return", y.shape[0]):
            numpyro.sample("y", dist.Normal(0, jnp.exp((mu + deviation) / 2)), obs=y)

    def gaussian(A, b):
        z = numpyro.sample("z", dist.Normal(0, 10).expand([b.shape[0]]).to_event(1))
        numpyro.factor("target", -0.5 * jnp.sum((A @ (z - b)) ** 2))

    return locals()


def arrays(data):
    """Device arrays; counts and indices stay integers."""
    import jax.numpy as jnp
    import numpy as np

    def convert(name, value):
        if isinstance(value, int):
            return value
        if isinstance(value, tuple):
            values, shape = value
            return jnp.asarray(np.frombuffer(values, dtype=np.float32).reshape(shape))
        return jnp.asarray(np.asarray(value, dtype=np.int32 if name == "county" else np.float32))

    renamed = {"dist": "dist_"}
    return {renamed.get(name, name): convert(name, value) for name, value in data.items() if name != "cost"}


def time_row(row, folder, repetitions, target):
    import jax
    from jax import lax
    from numpyro.infer import SVI, Trace_ELBO, autoguide
    from numpyro.infer.initialization import init_to_feasible
    from numpyro.optim import Adam

    model_name, guide_name, draws = ROWS[row]
    data = arrays(load(row, folder))
    model = models()[model_name]
    guide = getattr(autoguide, guide_name)(model, init_scale=SCALE, init_loc_fn=init_to_feasible)
    batch = row.startswith("elbo-")
    fits = int(row.rsplit("-", 1)[1]) if row.startswith("many-fits") else None
    svi = SVI(model, guide, Adam(STEP_SIZE), Trace_ELBO(num_particles=min(draws, CHUNK) if batch else draws))

    def init(key):
        return svi.init(key, **data)

    key = jax.random.PRNGKey(1)
    began = time.perf_counter()
    state = jax.vmap(init)(jax.random.split(key, fits)) if fits else init(key)

    if batch:
        # The bound and its gradient by chunks, as Elbow evaluates it: memory does not depend on the number of draws.
        def loss(params, k):
            constrained = svi.constrain_fn(params)
            return svi.loss.loss(k, constrained, svi.model, svi.guide, **data)

        def one(carry, k):
            value, gradient = jax.value_and_grad(loss)(svi.optim.get_params(state.optim_state), k)
            return jax.tree_util.tree_map(lambda a, b: a + b, carry, (value, gradient)), None

        def evaluate(carry, k):
            zero = (0.0, jax.tree_util.tree_map(lambda x: 0 * x, svi.optim.get_params(state.optim_state)))
            total, _ = lax.scan(one, zero, jax.random.split(k, draws // CHUNK))
            return carry, total[0] / (draws // CHUNK)

        def steps(carry, n):
            return lax.scan(evaluate, carry, jax.random.split(key, n))

        carry = 0
    else:

        def update(carry, _):
            return svi.update(carry, **data)

        def body(carry, x):
            return jax.vmap(lambda c: update(c, x))(carry) if fits else update(carry, x)

        def steps(carry, n):
            return lax.scan(body, carry, None, length=n)

        carry = state

    run = jax.jit(steps, static_argnums=1)

    def timed(n):
        nonlocal carry
        start = time.perf_counter()
        carry, losses = run(carry, n)
        losses.block_until_ready()
        return time.perf_counter() - start, losses

    timed(1)
    first = time.perf_counter() - began
    n = 1
    while True:
        timed(n)  # compiles for this length
        taken, losses = timed(n)
        if taken >= target or n >= 1 << 16:
            break
        n = min(1 << 16, max(2 * n, math.ceil(n * min(64, 1.2 * target / taken))))
    samples = [timed(n)[0] / n for _ in range(repetitions)]
    quartiles = statistics.quantiles(samples, n=4)
    return {
        "secondsPerStep": statistics.median(samples),
        "spread": (quartiles[2] - quartiles[0]) / 2 / statistics.median(samples),
        "firstSeconds": first,
        "stepsPerRepetition": n,
        "lastElbo": -float(losses[-1].mean()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=",".join(ROWS), help="rows, by comma")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "bench/out/data", help="folder of exportData.ts")
    parser.add_argument("--precision", choices=["highest", "default"], default="highest")
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.4, help="length of a repetition")
    parser.add_argument("--check-data", action="store_true", help="load every row's data and stop; needs no jax")
    options = parser.parse_args()
    rows = options.rows.split(",")
    unknown = [row for row in rows if row not in ROWS]
    if unknown:
        parser.error(f"no row {', '.join(unknown)}; there are {', '.join(ROWS)}")
    if options.repetitions < 2:
        parser.error("--repetitions must be at least 2")
    if options.check_data:
        sizes = {row: {name: describe(value) for name, value in load(row, options.data).items()} for row in rows}
        print(json.dumps(sizes))
        return
    try:
        import jax
        import numpyro
    except ImportError as error:
        raise SystemExit(f"{error}. Install them: pip install 'jax[cuda12]' numpyro") from error
    if options.precision == "highest":
        jax.config.update("jax_default_matmul_precision", "highest")
    results = {}
    for row in rows:
        print(f"numpyro, {row}", file=sys.stderr, flush=True)
        try:
            results[row] = time_row(row, options.data, options.repetitions, options.seconds)
        except Exception as error:  # one row out of memory must not lose the others
            results[row] = {"failed": f"{type(error).__name__}: {error}"[:500]}
    device = jax.devices()[0]
    versions = {"jax": jax.__version__, "numpyro": numpyro.__version__, "python": sys.version.split()[0]}
    print(
        json.dumps(
            {
                "device": f"{device.platform}: {device.device_kind}",
                "precision": options.precision,
                "versions": versions,
                "rows": results,
            }
        )
    )


def describe(value):
    if isinstance(value, tuple):
        return value[1]
    if isinstance(value, int):
        return value
    return [len(value), len(value[0])] if isinstance(value[0], list) else [len(value)]


if __name__ == "__main__":
    main()
