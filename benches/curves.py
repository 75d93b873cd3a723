"""Curves of how cost grows, as SVG: time against lanes, tape length and programs, memory against tape length.

    pip install matplotlib
    cargo build --release
    python benches/curves.py benches/runs/DATE-DEVICE

Points are medians of `evalgrad bench` (value and gradient, f32) and of `cargo bench --bench population`; they are written
beside the curves as curves.json.
"""

import argparse
import json
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
EVALGRAD = ROOT / "target" / "release" / "evalgrad"
PENDULUM = """
(loop ((step 0) (theta theta0) (omega 0.0))
  (if (< step {steps})
      (let ((omega2 (- omega (* 0.01 (+ (* g (sin theta)) (* b omega))))))
        (recur (+ step 1) (+ theta (* 0.01 omega2)) omega2))
      theta))
"""


def bench(text, lanes, params, ranges, device):
    """What `evalgrad bench --json` says of a program."""
    with tempfile.NamedTemporaryFile("w", suffix=".scm") as file:
        file.write(text)
        file.flush()
        command = [EVALGRAD, "bench", file.name, "--lanes", str(lanes), "--params", params, "--json", "--device", device]
        for name in ranges:
            command += ["--set", name]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def lanes(device, most):
    """Seconds a call, by lanes of W1."""
    text = (ROOT / "benches" / "workloads" / "w1.scm").read_text()
    ranges = ["A=0.5..2", "b=0.05..1", "w=0..1", "t=0..1"]
    counts = [4**power for power in range(2, 12) if 4**power <= most]
    results = [bench(text, count, "A,b,w", ranges, device) for count in counts]
    return [(count, result["gradient_ns_per_lane"] * count * 1e-9) for count, result in zip(counts, results)]


def lengths(device, most):
    """Seconds and bytes of a lane, by operations of the tape."""
    ranges = ["g=5..15", "b=0.05..0.5", "theta0=0.2..1.5"]
    steps = [count for count in (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000) if count <= most]
    results = [bench(PENDULUM.format(steps=count), 1024, "g,b", ranges, device) for count in steps]
    time = [(result["tape_ops"], result["gradient_ns_per_lane"] * 1e-9) for result in results]
    return time, [(result["tape_ops"], result["bytes_per_lane"]) for result in results]


def programs(device):
    """Seconds from text to all values and gradients, by programs."""
    command = ["cargo", "bench", "--locked", "--bench", "population", "--", device]
    out = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = re.findall(r"W5 (\d+) programs \d+ lanes ([\d.]+) s", out)
    return [(int(count), float(seconds)) for count, seconds in found]


def draw(folder, name, points, x, y, slope):
    """One curve on logarithmic axes, with a line of the growth that it should have at most."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "evalgrad"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 3.5))
    axes.loglog(*zip(*points), "o-", label="measured")
    last_x, last_y = points[-1]
    axes.loglog([p[0] for p in points], [last_y * (p[0] / last_x) ** slope for p in points], "--", label=f"slope {slope:g}")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.legend()
    figure.tight_layout()
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--device", default="cpu", help="as `evalgrad --device` (cpu)")
    parser.add_argument("--lanes", type=int, default=1 << 22, help="most lanes (4,194,304)")
    parser.add_argument("--steps", type=int, default=30_000, help="most steps of the rollout (30,000)")
    arguments = parser.parse_args()
    folder, device = arguments.folder, arguments.device
    time, memory = lengths(device, arguments.steps)
    curves = {
        "time-lanes": (lanes(device, arguments.lanes), "lanes of W1", "seconds a call", 1),
        "time-length": (time, "operations of the tape", "seconds a lane", 1),
        "memory-length": (memory, "operations of the tape", "bytes a lane", 0.5),
        "time-programs": (programs(device), "different programs, 256 points each", "seconds from text", 1),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, curve in curves.items():
        draw(folder, name, *curve)
    record = {name: curve[0] for name, curve in curves.items()}
    (folder / "curves.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
