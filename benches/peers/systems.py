"""One measurement of one system, each in a process of its own with a time limit. Standard library only."""

import argparse
import csv
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import workloads

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

#: The fields of a system's JSON; `cannot` with the reason in place of what it could not do.
Result = Dict[str, Any]


def limit_processors(threads: int) -> None:
    """Keeps this process and all it starts on `threads` processors, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    for name in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(threads)


def finish(command: Sequence[str], seconds: float, text: Optional[str] = None) -> "subprocess.CompletedProcess[str]":
    """Runs a command; past the time limit it ends with everything that it started."""
    own, pipe = os.name == "posix", subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", cwd=ROOT, start_new_session=own
    ) as process:
        try:
            out, err = process.communicate(text, timeout=seconds)
        except BaseException:
            if own:
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def run(command: Sequence[str], seconds: float, text: Optional[str] = None) -> Result:
    """Runs a command that prints one JSON object; `cannot` says why there is none."""
    begun = time.perf_counter()
    try:
        done = finish(command, seconds, text)
    except subprocess.TimeoutExpired:
        return {"cannot": f"did not finish in {seconds:g} s"}
    except OSError as error:
        return {"cannot": f"{Path(command[0]).name}: {error.strerror}"}
    try:
        result = json.loads(done.stdout)
    except ValueError:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or [f"exit code {done.returncode}"]
        # A Python traceback says it in its last line, everything else in its first.
        return {"cannot": (lines[-1] if lines[0].startswith("Traceback") else lines[0]).strip()}
    if "error" in result:
        return {"cannot": result["error"]["message"]}
    return {**result, "process_seconds": round(time.perf_counter() - begun, 3)}


def measure(name: str, workload: str, options: argparse.Namespace) -> Result:
    """One measurement of a system."""
    return evalgrad(workload, options) if name == "evalgrad" else peer(name, workload, options)


def peer(name: str, workload: str, options: argparse.Namespace, lanes: Optional[str] = None) -> Result:
    """One measurement of a peer, or its values and gradients of the lanes given as JSON."""
    command = [options.python, "-B", str(HERE / f"{name}_peer.py"), workload, "--threads", str(options.threads)]
    return run(command + (["--check"] if lanes else []), options.limit, lanes)


def evalgrad(workload: str, options: argparse.Namespace) -> Result:
    """One measurement of evalgrad."""
    how = ["--tier", options.tier, "--device", options.device, "--json"]
    if workload == "W5":
        return population(options)
    if workload == "W9":
        return fit(options, how)
    loaded = workloads.load(workload)
    return run([options.evalgrad, "bench", str(loaded.path), *loaded.options, *how], options.limit)


def fit(options: argparse.Namespace, how: Sequence[str]) -> Result:
    """W9 by the command line, on a file of measurements."""
    parameters = [f"{name} in [{low},{high}]" for name, (low, high) in workloads.BOUNDS.items()]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "measurements.csv"
        with data.open("w", newline="") as file:
            csv.writer(file).writerows([("t", "y"), *workloads.measurements()])
        command = [options.evalgrad, "fit", str(workloads.WORKLOADS / "w1.scm"), str(data), "--target", "y"]
        command += [part for parameter in parameters for part in ("--param", parameter)]
        command += ["--optimizer", "adam", "--starts", str(workloads.STARTS), "--iterations", str(workloads.ITERATIONS)]
        return run([*command, *how], options.limit)


def population(options: argparse.Namespace) -> Result:
    """W5 by the bench `population`, which prints `W5 … programs … lanes … s`."""
    cargo = shutil.which("cargo")
    if cargo is None:
        return {"cannot": "cargo is not here"}
    command = [cargo, "bench", "--bench", "population"]
    try:
        # Building it is not part of the measurement, nor under its limit.
        done = finish([*command, "--no-run"], 3600)
        if done.returncode == 0:
            done = finish(command, options.limit)
    except subprocess.TimeoutExpired:
        return {"cannot": f"did not finish in {options.limit:g} s"}
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith("error")]
        return {"cannot": said[0] if said else "cargo bench failed"}
    found = re.findall(r"^W5 (\d+) programs (\d+) lanes ([-+.\deE]+) s", done.stdout, re.MULTILINE)
    if not found:
        return {"cannot": "the bench printed no line of W5"}
    programs, lanes = int(found[0][0]), int(found[0][1])
    seconds = statistics.median(float(match[2]) for match in found)
    return {"programs": programs, "lanes": lanes, "seconds": seconds * workloads.POPULATION / programs}


def gradients(
    loaded: workloads.Workload, lanes: Dict[str, List[float]], precision: str, options: argparse.Namespace
) -> Result:
    """evalgrad's values and gradients of the given lanes."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "lanes.csv"
        with data.open("w", newline="") as file:
            csv.writer(file).writerows([list(lanes), *zip(*lanes.values())])
        command = [options.evalgrad, "grad", str(loaded.path), "--params", ",".join(loaded.parameters)]
        tier = options.tier if precision == "f32" else "auto"
        how = ["--tier", tier, "--device", options.device, "--precision", precision, "--json"]
        return run([*command, "--data", str(data), *how], options.limit)
