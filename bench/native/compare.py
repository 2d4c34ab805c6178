"""Runs Elbow and NumPyro on the same rows and prints how many times as long NumPyro takes.

    python3 bench/native/compare.py [--rows eight-schools,logistic] [--chromium] [--quick]

Elbow runs on Dawn in Node (--chromium: in headless Chromium). NumPyro runs twice, with matrix products at the highest
precision and at JAX's default. Writes bench/out/native.json and bench/out/native.md.
"""

import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys

from numpyro_rows import ROOT, ROWS

OUT = ROOT / "bench/out"


def elbow(rows, options):
    arguments = ["npm", "run", "--silent", "bench", "--", "--json", "--peers", "yardstick", "--only", ",".join(rows)]
    arguments += [] if options.chromium else ["--node"]
    arguments += ["--quick"] if options.quick else []
    made = subprocess.run(arguments, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if not made.stdout:
        raise SystemExit("npm run bench printed nothing: see its messages above")
    return json.loads(made.stdout)


def numpyro(rows, precision, options):
    # JAX would otherwise take three quarters of the GPU's memory at once.
    environment = {**os.environ, "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    script = pathlib.Path(__file__).with_name("numpyro_rows.py")
    arguments = [sys.executable, str(script), "--rows", ",".join(rows), "--precision", precision]
    arguments += ["--data", str(OUT / "data"), "--seconds", "0.1" if options.quick else "0.4"]
    made = subprocess.run(arguments, cwd=ROOT, stdout=subprocess.PIPE, check=True, env=environment)
    return json.loads(made.stdout)


def milliseconds(result):
    seconds = result.get("secondsPerStep") if result else None
    return "–" if seconds is None else f"{1000 * seconds:.3g}"


def ratio(ours, theirs):
    if not ours or not theirs or "secondsPerStep" not in ours or "secondsPerStep" not in theirs:
        return "–"
    return f"{theirs['secondsPerStep'] / ours['secondsPerStep']:.2f}"


def table(ours, highest, default):
    by_name = {row["name"]: row for row in ours["rows"]}
    for size in by_name.get("many-fits", {}).get("sizes", []):
        by_name[f"many-fits-{size['fits']}"] = size
    lines = [
        "| row | elbow ms | numpyro ms, highest | ratio | numpyro ms, default | ratio |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in highest["rows"]:
        own, a, b = by_name.get(name), highest["rows"][name], default["rows"].get(name)
        cells = [name, milliseconds(own), milliseconds(a), ratio(own, a), milliseconds(b), ratio(own, b)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=",".join(ROWS), help="rows, by comma")
    parser.add_argument("--chromium", action="store_true", help="Elbow in Chromium, not on Dawn in Node")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    rows = options.rows.split(",")
    unknown = [row for row in rows if row not in ROWS]
    if unknown:
        parser.error(f"no row {', '.join(unknown)}; there are {', '.join(ROWS)}")
    subprocess.run(["npx", "jiti", "bench/native/exportData.ts", str(OUT / "data")], cwd=ROOT, check=True)
    # One after the other: they share the GPU. The native side first, since it says at once when it is not installed.
    highest = numpyro(rows, "highest", options)
    default = numpyro(rows, "default", options)
    # Rows that `npm run bench` has under one name.
    names = {"many-fits" if row.startswith("many-fits") else row for row in rows}
    ours = elbow(sorted(names), options)
    versions = ", ".join(f"{name} {version}" for name, version in highest["versions"].items())
    heading = (
        f"{datetime.date.today()}, elbow-gpu {ours['version']} on {ours['host']}, {ours['adapter']}; "
        f"{versions} on {highest['device']}. Ratio: NumPyro's time over Elbow's, above 1 where Elbow is faster."
    )
    text = f"{heading}\n\n{table(ours, highest, default)}\n"
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "native.json").write_text(json.dumps({"elbow": ours, "highest": highest, "default": default}, indent=2))
    (OUT / "native.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
