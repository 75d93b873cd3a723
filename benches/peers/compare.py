"""Runs workloads in evalgrad and in its peers, in turns, and prints the medians and their ratios.

    python benches/peers/compare.py [W1 W2 …] [--rounds 3] [--systems evalgrad,jax,torch] [--output FILE.json]
    python benches/peers/compare.py --check

Every measurement is a process of its own with a time limit, so that no system's threads or memory disturb another's; in
each round every system is measured once, so that noise from elsewhere hits all of them. Standard library only.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import systems
import workloads
from systems import Result

ALL = [*workloads.TEXTS, "W5", "W9"]


def metric(workload: str) -> str:
    """What a workload is judged by."""
    return "seconds" if workload in ("W5", "W9") else "gradient_ns_per_lane"


def show(workload: str, value: Optional[float]) -> str:
    """A measured time for reading."""
    if value is None:
        return "-"
    if metric(workload) == "seconds":
        return f"{value:.3g} s"
    return f"{value / 1e3:.3g} µs" if value >= 1000 else f"{value:.3g} ns"


def middle(results: Sequence[Result], key: str) -> Optional[float]:
    """The median over the rounds of one field."""
    values = [result[key] for result in results if isinstance(result.get(key), (int, float))]
    return statistics.median(values) if values else None


def least(results: Sequence[Result], key: str) -> Optional[float]:
    """The least over the rounds of one field."""
    return min((result[key] for result in results if isinstance(result.get(key), (int, float))), default=None)


def disagreement(ours: Result, theirs: Result) -> Optional[float]:
    """The largest difference of the means of two measurements, in standard errors: they drew different lanes."""
    if "mean_value" not in ours or "error_value" not in theirs:
        return None
    pairs = [(ours["mean_value"], theirs["mean_value"], theirs["error_value"])]
    pairs += [
        (ours["mean_grads"][name], mean, theirs["error_grads"][name]) for name, mean in theirs["mean_grads"].items()
    ]
    return max(abs(float(a) - float(b)) / (2**0.5 * max(float(error), 1e-12)) for a, b, error in pairs)


def measure(workload: str, options: argparse.Namespace) -> Dict[str, Any]:
    """All rounds of one workload: results, medians, ratios, and what is to be said about them."""
    names: List[str] = options.systems.split(",")
    results: Dict[str, List[Result]] = {name: [] for name in names}
    loads = [load()]
    for _ in range(options.rounds):
        for name in names:
            if not results[name] or "cannot" not in results[name][-1]:
                results[name].append(systems.measure(name, workload, options))
        loads.append(load())
    key = metric(workload)
    medians = {name: middle(results[name], key) for name in names}
    ours = medians.get("evalgrad")
    ratios = {name: theirs / ours for name, theirs in medians.items() if name != "evalgrad" and theirs and ours}
    return {
        "metric": key,
        "median": medians,
        "least": {name: least(results[name], key) for name in names},
        "ratio_to_evalgrad": ratios,
        "load": loads,
        "notes": [note for name in names for note in remarks(name, workload, results)],
        "rounds": results,
    }


def remarks(name: str, workload: str, results: Dict[str, List[Result]]) -> List[str]:
    """What a reader of one system's number should know."""
    final, notes = results[name][-1], []
    if "cannot" in final:
        notes.append(f"{name} cannot: {final['cannot']}")
    for field, meaning in (
        ("gradient_processor_ns_per_lane", "ns a lane of processor time over threads"),
        ("forward_mode_ns_per_lane", "ns a lane in forward mode"),
        ("cold_seconds", "s with its compile"),
        ("measured_programs", "programs measured, a thousand extrapolated"),
    ):
        if field in final:
            notes.append(f"{name}: {middle(results[name], field):.4g} {meaning}")
    if workload == "W9" and "loss" in final:
        whole = middle(results[name], "process_seconds")
        notes.append(f"{name}: {whole:.3g} s for the whole process, loss {final['loss']:.6g}")
    apart = disagreement(results["evalgrad"][-1], final) if "evalgrad" in results else None
    if apart is not None and apart > 6:
        notes.append(f"means of evalgrad and {name} are {apart:.1f} standard errors apart")
    return notes


def compare(options: argparse.Namespace) -> Dict[str, Any]:
    """All workloads; prints a line of the table as each ends."""
    names: List[str] = options.systems.split(",")
    others = [name for name in names if name != "evalgrad"] if "evalgrad" in names else []
    print(row(["workload", *names, *(f"{name}/evalgrad" for name in others), "load"]))
    entries: Dict[str, Any] = {}
    for workload in options.workloads:
        entry = entries[workload] = measure(workload, options)
        ratios = [
            f"{entry['ratio_to_evalgrad'][name]:.2f}" if name in entry["ratio_to_evalgrad"] else "-" for name in others
        ]
        times = [show(workload, entry["median"][name]) for name in names]
        print(row([workload, *times, *ratios, f"{min(entry['load']):.1f}-{max(entry['load']):.1f}"]))
        print("".join(f"    {note}\n" for note in entry["notes"]), end="", flush=True)
    costs = divergence(entries)
    if costs:
        print("W6 over W6-fixed: " + ", ".join(f"{name} {cost:.2f}" for name, cost in costs.items()))
    found = versions(entries)
    print("versions: " + ", ".join(f"{name} {version}" for name, version in found.items()))
    return {
        "date": datetime.date.today().isoformat(),
        "machine": machine(options.threads),
        "versions": found,
        "rounds": options.rounds,
        "divergence": costs,
        "workloads": entries,
    }


def row(cells: Sequence[str]) -> str:
    """A line of the table."""
    return "  ".join(f"{cell:<9}" if index == 0 else f"{cell:>14}" for index, cell in enumerate(cells))


def divergence(entries: Dict[str, Any]) -> Dict[str, float]:
    """What divergence costs each system: W6 over the same iteration with eight steps for every lane."""
    if not {"W6", "W6-fixed"} <= entries.keys():
        return {}
    free, fixed = (entries[name]["median"] for name in ("W6", "W6-fixed"))
    return {name: free[name] / fixed[name] for name in free if free[name] and fixed[name]}


def versions(entries: Dict[str, Any]) -> Dict[str, str]:
    """The versions that the peers said they were."""
    found: Dict[str, str] = {"python": platform.python_version()}
    for entry in entries.values():
        for results in entry["rounds"].values():
            for result in results:
                found.update(result.pop("versions", {}))
    return found


def machine(threads: int) -> Dict[str, Any]:
    """Processor and system, without the machine's name."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {"processor": model, "system": platform.system(), "threads": threads}


def load() -> float:
    """The load average of the last minute, this program's own included; 0 where there is none."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0


def check(options: argparse.Namespace) -> bool:
    """Compares values and gradients of every system with plain Python in f64 and its central differences."""
    good = True
    for name in options.workloads:
        if name not in workloads.TEXTS:
            continue
        loaded = workloads.load(name)
        lanes = workloads.draw(loaded, options.check_lanes, seed=3)
        rows = [dict(zip(lanes, row)) for row in zip(*lanes.values())]
        expected = [workloads.reference(name, row, loaded.parameters) for row in rows]
        for system in options.systems.split(","):
            for precision, tolerance in (("f32", 1e-4), ("f64", 1e-8)) if system == "evalgrad" else (("f32", 1e-4),):
                # Newton's last step leaves 1e-5 of the gradient's error, however precise the numbers are.
                allowed = max(tolerance, 2e-5) if name == "W6" else tolerance
                if system == "evalgrad":
                    got = systems.gradients(loaded, lanes, precision, options)
                else:
                    got = systems.peer(system, name, options, json.dumps(lanes))
                label = f"{name:9} {system:8} {precision}"
                if "cannot" in got:
                    print(f"{label}  cannot: {got['cannot']}")
                    good = good and system != "evalgrad"
                    continue
                value = worst(got["values"], [lane[0] for lane in expected])
                grads = {p: worst(got["grads"][p], [lane[1][p] for lane in expected]) for p in loaded.parameters}
                passed = max(value, *grads.values()) <= allowed
                good = good and passed
                errors = " ".join(f"d{p} {error:.1e}" for p, error in grads.items())
                print(f"{label}  {'ok ' if passed else 'BAD'}  value {value:.1e} {errors}", flush=True)
    return good


def worst(got: Sequence[Any], expected: Sequence[float]) -> float:
    """The largest difference, relative to the lane's own size or a typical one, whichever is larger."""
    typical = statistics.median(abs(number) for number in expected)
    numbers = [float(number) if number is not None else float("nan") for number in got]
    errors = [abs(a - b) / max(abs(b), typical) for a, b in zip(numbers, expected)]
    return max((error if error == error else float("inf") for error in errors), default=float("inf"))


def arguments() -> argparse.Namespace:
    """The command line."""
    program = systems.ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "evalgrad"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"default: {' '.join(ALL)}")
    parser.add_argument("--check", action="store_true", help="compare values and gradients, measure nothing")
    parser.add_argument("--check-lanes", type=int, default=16, metavar="N")
    parser.add_argument("--systems", default="evalgrad,jax,torch", help="which, in this order")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=120, metavar="SECONDS", help="for one measurement")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tier", default="replay", help="of evalgrad")
    parser.add_argument("--device", default="cpu", help="of evalgrad")
    parser.add_argument("--evalgrad", default=str(program), metavar="PROGRAM")
    parser.add_argument("--python", default=sys.executable, metavar="PROGRAM", help="a Python that has the peers")
    parser.add_argument("--output", type=Path, metavar="FILE.json", help="such as benches/runs/DATE-DEVICE/peers.json")
    parser.add_argument("--json", action="store_true", help="also print the JSON")
    options = parser.parse_args()
    options.workloads = options.workloads or ALL
    unknown = [name for name in options.workloads if name not in ALL]
    if unknown:
        parser.error(f"no such workload: {' '.join(unknown)}; there are {' '.join(ALL)}")
    return options


def main() -> int:
    options = arguments()
    systems.limit_processors(options.threads)
    if options.check:
        return 0 if check(options) else 1
    report = compare(options)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(report, indent=1) + "\n")
    if options.json:
        print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
