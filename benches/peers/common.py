"""What the peers' scripts share: arguments, repeated timing, and the one line of JSON that they print."""

import argparse
import json
import statistics
import sys
import time
from dataclasses import dataclass
from typing import Callable, Dict, List

import numpy as np

import workloads
from workloads import Workload


def arguments(purpose: str) -> argparse.Namespace:
    """The arguments of a peer's script."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("workload", choices=[*workloads.TEXTS, "W5", "W9"])
    parser.add_argument("--lanes", type=int, help="default: the workload's own")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=25, help="passes at most; the median counts")
    parser.add_argument("--seconds", type=float, default=2.0, help="time for the passes of one measurement")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="read lanes (JSON) from stdin, print values and gradients")
    return parser.parse_args()


def inputs(workload: Workload, options: argparse.Namespace) -> Dict[str, np.ndarray]:
    """Every input of every lane in f32: drawn, or with --check read from stdin."""
    if options.check:
        return {name: np.asarray(column, np.float32) for name, column in json.load(sys.stdin).items()}
    source = np.random.default_rng(options.seed)
    return {name: source.uniform(*span, workload.lanes).astype(np.float32) for name, span in workload.ranges.items()}


@dataclass
class Times:
    """Seconds of one call: the median, the fastest, and the processor time of all threads divided by their number."""

    median: float
    fastest: float
    processor: float

    def per_lane(self, what: str, lanes: int) -> Dict[str, float]:
        """In ns per lane, under the names that the driver reads."""
        return {
            f"{what}_ns_per_lane": self.median / lanes * 1e9,
            f"{what}_fastest_ns_per_lane": self.fastest / lanes * 1e9,
            f"{what}_processor_ns_per_lane": self.processor / lanes * 1e9,
        }


def measure(once: Callable[[], object], options: argparse.Namespace) -> Times:
    """Times a call that returns when all its results are written; the first call does not count."""
    once()
    begun, before = time.perf_counter(), time.process_time()
    times: List[float] = []
    while len(times) < 3 or (len(times) < options.repeat and time.perf_counter() - begun < options.seconds):
        start = time.perf_counter()
        once()
        times.append(time.perf_counter() - start)
    processor = (time.process_time() - before) / len(times) / options.threads
    return Times(statistics.median(times), min(times), processor)


def summary(value: np.ndarray, grads: Dict[str, np.ndarray]) -> Dict[str, object]:
    """Means over the lanes, and their standard errors, in f64."""
    columns = {name: np.asarray(column, np.float64) for name, column in {"": value, **grads}.items()}
    means = {name: float(column.mean()) for name, column in columns.items()}
    errors = {name: float(column.std() / np.sqrt(column.size)) for name, column in columns.items()}
    return {
        "mean_value": means.pop(""),
        "mean_grads": means,
        "error_value": errors.pop(""),
        "error_grads": errors,
    }


def lanes_of(value: np.ndarray, grads: Dict[str, np.ndarray]) -> Dict[str, object]:
    """Values and gradients of --check."""
    return {"values": value.tolist(), "grads": {name: column.tolist() for name, column in grads.items()}}


def emit(result: Dict[str, object]) -> None:
    """Prints the result."""
    print(json.dumps(result))
