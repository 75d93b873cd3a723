"""The workloads in torch, eager, f32, on the CPU. Prints one JSON object."""

import math
import os
import time

# Threads that spin while they wait stall each other as soon as anything else runs: passes took ten times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch

import common
import workloads


def oscillator(A, b, w, t):
    return A * (torch.exp(-(b * t)) * torch.cos(w * t))


def logistic(r, x0):
    x = x0
    for _ in range(16):
        x = r * (x * (1 - x))
    return x


def pendulum(g, b, theta0):
    dt = 0.01
    half = dt / 2

    def acceleration(theta, omega):
        return -(g * torch.sin(theta)) - b * omega

    def average(k1, k2, k3, k4):
        return (k1 + 2 * (k2 + k3) + k4) / 6

    theta, omega = theta0, torch.zeros_like(theta0)
    for _ in range(1000):
        a1 = acceleration(theta, omega)
        omega2 = omega + half * a1
        a2 = acceleration(theta + half * omega, omega2)
        omega3 = omega + half * a2
        a3 = acceleration(theta + half * omega2, omega3)
        omega4 = omega + dt * a3
        a4 = acceleration(theta + dt * omega3, omega4)
        theta = theta + dt * average(omega, omega2, omega3, omega4)
        omega = omega + dt * average(a1, a2, a3, a4)
    return theta


def newton(a):
    """Every lane takes every step; one that has converged keeps its value."""
    x, going = torch.ones_like(a), torch.ones_like(a, dtype=torch.bool)
    while bool(going.any()):
        following = 0.5 * (x + a / x)
        further = (following - x).abs() > 1e-5 * following
        x = torch.where(going, following, x)
        going = going & further
    return x


def newton_fixed(a):
    x = torch.ones_like(a)
    for _ in range(8):
        x = 0.5 * (x + a / x)
    return x


def filtered(q, r, dimensions):
    """Every lane at once: matrices have the lanes as their first axis."""
    unit = torch.eye(dimensions)
    level, noise = q[:, None, None] * unit, r[:, None, None] * unit
    x, P, loss = torch.zeros(len(q), dimensions, 1), unit.expand(len(q), -1, -1), torch.zeros_like(q)
    for k in range(workloads.STEPS):
        y = torch.tensor([math.sin(0.7 * k), math.cos(1.3 * k)]).repeat(dimensions // 2)[:, None]
        ahead = P + level
        S = ahead + noise
        precision = torch.linalg.inv(S)
        gain = ahead @ precision
        e = y - x
        loss = loss + torch.log(torch.linalg.det(S)) + (e.mT @ precision @ e)[:, 0, 0]
        x, P = x + gain @ e, (unit - gain) @ ahead
    return loss


FUNCTIONS = {
    "W1": oscillator,
    "W1-wide": oscillator,
    "W2": logistic,
    "W3": lambda q, r: filtered(q, r, workloads.SMALL),
    "W4": pendulum,
    "W6": newton,
    "W6-fixed": newton_fixed,
    "W10": lambda q, r: filtered(q, r, workloads.LARGE),
}
OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "sin": lambda a: torch.sin(torch.as_tensor(a)),
    "cos": lambda a: torch.cos(torch.as_tensor(a)),
    "tanh": lambda a: torch.tanh(torch.as_tensor(a)),
    "sigmoid": lambda a: torch.sigmoid(torch.as_tensor(a)),
}


def lanes(options):
    """Time per lane, forward and with the gradient, into new tensors."""
    workload = workloads.load(options.workload, options.lanes)
    function = FUNCTIONS[workload.name]
    columns = {name: torch.from_numpy(column) for name, column in common.inputs(workload, options).items()}
    for name in workload.parameters:
        columns[name].requires_grad_(True)
    chosen = [columns[name] for name in workload.parameters]
    result = {"lanes": len(chosen[0])}
    seed = torch.ones(result["lanes"])

    def forward():
        with torch.no_grad():
            return function(*columns.values())

    def gradient():
        value = function(*columns.values())
        return value, torch.autograd.grad(value, chosen, seed)

    value, grads = gradient()
    named = {name: grad.numpy() for name, grad in zip(workload.parameters, grads)}
    if options.check:
        return {**result, **common.lanes_of(value.detach().numpy(), named)}
    result.update(common.measure(forward, options).per_lane("forward", result["lanes"]))
    result.update(common.measure(gradient, options).per_lane("gradient", result["lanes"]))
    return {**result, **common.summary(value.detach().numpy(), named)}


def population(options):
    """W5: as many programs as the time allows, each from text to values and gradients; a thousand extrapolated."""
    points = torch.linspace(-1, 1, workloads.POINTS)
    seed = torch.ones(workloads.POINTS)
    leaves = {
        name: torch.full((workloads.POINTS,), 0.5 + 0.3 * index).requires_grad_(True)
        for index, name in enumerate(workloads.PARAMETERS)
    }

    def run(number):
        tree = workloads.read(workloads.program(number))
        value = workloads.evaluate(tree, OPERATIONS, {**leaves, "x": points})
        if torch.is_tensor(value) and value.requires_grad:
            torch.autograd.grad(value, list(leaves.values()), seed, allow_unused=True, materialize_grads=True)

    run(-1)
    begun, done = time.perf_counter(), 0
    while done < workloads.POPULATION and time.perf_counter() - begun < 2 * options.seconds:
        run(done)
        done += 1
    each = (time.perf_counter() - begun) / done
    return {"measured_programs": done, "seconds": each * workloads.POPULATION, "ms_per_program": each * 1e3}


def fit(options):
    """W9: Adam from every start at once."""
    rows = torch.tensor(workloads.measurements(), dtype=torch.float32)
    times, target = rows[:, 0], rows[:, 1]

    def descend():
        constants = {
            name: torch.tensor(column, dtype=torch.float32)[:, None].requires_grad_(True)
            for name, column in workloads.starts().items()
        }
        optimizer = torch.optim.Adam(constants.values(), lr=workloads.RATE)
        for _ in range(workloads.ITERATIONS):
            optimizer.zero_grad()
            ((oscillator(t=times, **constants) - target) ** 2).sum().backward()
            optimizer.step()
        with torch.no_grad():
            return ((oscillator(t=times, **constants) - target) ** 2).sum(1), constants

    begun = time.perf_counter()
    losses, ends = descend()
    best = int(losses.argmin())
    return {
        "seconds": time.perf_counter() - begun,
        "loss": float(losses[best]),
        "parameters": {name: float(column[best].detach()) for name, column in ends.items()},
    }


def main():
    options = common.arguments(__doc__)
    torch.set_num_threads(options.threads)
    result = {"W5": population, "W9": fit}.get(options.workload, lanes)(options)
    versions = {"torch": torch.__version__, "numpy": np.__version__}
    common.emit({"peer": "torch", "workload": options.workload, "versions": versions, **result})


if __name__ == "__main__":
    main()
