"""What the peers and evalgrad both run: inputs, ranges, data, random programs, and plain Python reference values.

The Scheme texts lie in `benches/workloads/`; a line `; bench NAME: …` in each holds the options of `evalgrad bench`,
which are read here too, so that lanes, parameters and ranges are written down once. Standard library only.
"""

import math
import random
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple, Union

WORKLOADS = Path(__file__).resolve().parent.parent / "workloads"

#: Workload name to the stem of its Scheme text.
TEXTS = {
    "W1": "w1",
    "W1-wide": "w1",
    "W2": "w2",
    "W3": "w3",
    "W4": "w4",
    "W6": "w6",
    "W6-fixed": "w6_fixed",
    "W10": "w10",
}

#: W3 and W10: steps of the filter, and the dimensions of its state.
STEPS, SMALL, LARGE = 80, 2, 16


#: W5: programs, points of each, and its parameters.
POPULATION, POINTS, PARAMETERS = 1000, 256, ("p0", "p1", "p2", "p3")

#: W9: rows, starts, Adam steps, Adam's rate of the peers, and where starts are drawn from.
ROWS, STARTS, ITERATIONS, RATE = 1000, 64, 1000, 0.05
BOUNDS = {"A": (0.5, 4.0), "b": (0.05, 2.0), "w": (1.0, 6.0)}
TRUTH = {"A": 2.0, "b": 0.5, "w": 3.0}


@dataclass
class Workload:
    """One program over many lanes, every input drawn uniformly from its range."""

    name: str
    path: Path
    lanes: int
    parameters: Tuple[str, ...]
    ranges: Dict[str, Tuple[float, float]]

    @property
    def options(self) -> List[str]:
        """The options of `evalgrad bench`."""
        sets = [part for name, (low, high) in self.ranges.items() for part in ("--set", f"{name}={low}..{high}")]
        return ["--lanes", str(self.lanes), "--params", ",".join(self.parameters), *sets]


def load(name: str, lanes: Optional[int] = None) -> Workload:
    """Reads a workload's `; bench NAME:` line; `lanes` overrides its number of lanes."""
    path = WORKLOADS / f"{TEXTS[name]}.scm"
    begin = f"; bench {name}: "
    line = next(line for line in path.read_text().splitlines() if line.startswith(begin))
    words = shlex.split(line[len(begin) :])
    ranges: Dict[str, Tuple[float, float]] = {}
    workload = Workload(name, path, 0, (), ranges)
    for option, value in zip(words[::2], words[1::2]):
        if option == "--lanes":
            workload.lanes = lanes or int(value)
        elif option == "--params":
            workload.parameters = tuple(value.split(","))
        elif option == "--set":
            key, span = value.split("=")
            low, high = span.split("..")
            ranges[key] = (float(low), float(high))
        else:
            raise ValueError(f"{path.name}: unknown option {option}")
    return workload


def draw(workload: Workload, lanes: int, seed: int) -> Dict[str, List[float]]:
    """A few lanes in plain Python, for checks."""
    source = random.Random(seed)
    return {name: [source.uniform(*span) for _ in range(lanes)] for name, span in workload.ranges.items()}


# Reference values, in f64 and plain Python.


def oscillator(A: float, b: float, w: float, t: float) -> float:
    return A * math.exp(-b * t) * math.cos(w * t)


def logistic(r: float, x0: float) -> float:
    x = x0
    for _ in range(16):
        x = r * (x * (1 - x))
    return x


def pendulum(g: float, b: float, theta0: float, steps: int = 1000, dt: float = 0.01) -> float:
    def slope(state: Tuple[float, float]) -> Tuple[float, float]:
        theta, omega = state
        return omega, -g * math.sin(theta) - b * omega

    def ahead(state: Tuple[float, float], by: Tuple[float, float], h: float) -> Tuple[float, float]:
        return state[0] + h * by[0], state[1] + h * by[1]

    state = (theta0, 0.0)
    for _ in range(steps):
        k1 = slope(state)
        k2 = slope(ahead(state, k1, dt / 2))
        k3 = slope(ahead(state, k2, dt / 2))
        k4 = slope(ahead(state, k3, dt))
        mean = [(p + 2 * q + 2 * r + s) / 6 for p, q, r, s in zip(k1, k2, k3, k4)]
        state = ahead(state, (mean[0], mean[1]), dt)
    return state[0]


def filtered(q: float, r: float, dimensions: int) -> float:
    """Every matrix of this filter is a multiple of the unit matrix, so that a number stands for each."""
    states, variance, loss = [0.0, 0.0], 1.0, 0.0
    for k in range(STEPS):
        ahead = variance + q
        total = ahead + r
        gain = ahead / total
        errors = [y - x for y, x in zip((math.sin(0.7 * k), math.cos(1.3 * k)), states)]
        states = [x + gain * e for x, e in zip(states, errors)]
        variance = (1 - gain) * ahead
        loss += dimensions * math.log(total) + dimensions / 2 * sum(e * e for e in errors) / total
    return loss


REFERENCE: Dict[str, Callable[..., float]] = {
    "W1": oscillator,
    "W1-wide": oscillator,
    "W2": logistic,
    "W3": lambda q, r: filtered(q, r, SMALL),
    "W4": pendulum,
    "W6": math.sqrt,
    "W6-fixed": math.sqrt,
    "W10": lambda q, r: filtered(q, r, LARGE),
}


def reference(name: str, inputs: Dict[str, float], parameters: Sequence[str]) -> Tuple[float, Dict[str, float]]:
    """Value and central differences of fourth order of one lane."""
    function = REFERENCE[name]

    def at(**changed: float) -> float:
        merged = {**inputs, **changed}
        return function(merged["a"]) if function is math.sqrt else function(**merged)

    grads = {}
    for parameter in parameters:
        here, h = inputs[parameter], 1e-4 * max(abs(inputs[parameter]), 0.1)
        near, far = (at(**{parameter: here + k * h}) - at(**{parameter: here - k * h}) for k in (1, 2))
        grads[parameter] = (8 * near - far) / (12 * h)
    return at(), grads


# W5: random programs.

Tree = Union[str, float, Tuple["Tree", ...]]
UNARY, BINARY = ("sin", "cos", "tanh", "sigmoid"), ("+", "-", "*", "+", "*")


def program(seed: int) -> str:
    """A random Scheme expression of 10 to 40 operations in four parameters and the input x."""
    source = random.Random(seed)

    def grow(operations: int) -> str:
        if operations == 0:
            leaf = source.randrange(7)
            return PARAMETERS[leaf] if leaf < 4 else "x" if leaf < 6 else f"{source.uniform(-2, 2):.3f}"
        if source.random() < 0.35:
            return f"({source.choice(UNARY)} {grow(operations - 1)})"
        left = source.randint(0, operations - 1)
        return f"({source.choice(BINARY)} {grow(left)} {grow(operations - 1 - left)})"

    return grow(source.randint(10, 40))


def read(text: str) -> Tree:
    """Reads one expression of `program`."""
    stack: List[List[Tree]] = [[]]
    for token in text.replace("(", " ( ").replace(")", " ) ").split():
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(tuple(done))
        else:
            stack[-1].append(token if token[0].isalpha() or token in BINARY else float(token))
    return stack[0][0]


def evaluate(tree: Tree, operations: Dict[str, Callable], environment: Dict[str, object]) -> object:
    """The value of an expression, with a peer's operations."""
    if isinstance(tree, tuple):
        return operations[str(tree[0])](*(evaluate(part, operations, environment) for part in tree[1:]))
    return environment[tree] if isinstance(tree, str) else tree


# W9: data to fit.


def measurements(seed: int = 9) -> List[Tuple[float, float]]:
    """Rows (t, y) of the oscillator at TRUTH with noise of standard deviation .02."""
    source = random.Random(seed)
    times = [5 * row / (ROWS - 1) for row in range(ROWS)]
    return [(t, oscillator(t=t, **TRUTH) + source.gauss(0, 0.02)) for t in times]


def starts(seed: int = 9) -> Dict[str, List[float]]:
    """Where the peers' descents begin: uniform within BOUNDS."""
    source = random.Random(seed)
    return {name: [source.uniform(*span) for _ in range(STARTS)] for name, span in BOUNDS.items()}
