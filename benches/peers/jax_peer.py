"""The workloads in JAX: jit and vmap, f32, on the CPU. Prints one JSON object."""

import os
import time

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np
import optax

import common
import workloads


def oscillator(A, b, w, t):
    return A * (jnp.exp(-(b * t)) * jnp.cos(w * t))


def logistic(r, x0):
    x = x0
    for _ in range(16):
        x = r * (x * (1 - x))
    return x


def pendulum(g, b, theta0):
    dt = 0.01
    half = dt / 2

    def acceleration(theta, omega):
        return -(g * jnp.sin(theta)) - b * omega

    def average(k1, k2, k3, k4):
        return (k1 + 2 * (k2 + k3) + k4) / 6

    def step(state, _):
        theta, omega = state
        a1 = acceleration(theta, omega)
        omega2 = omega + half * a1
        a2 = acceleration(theta + half * omega, omega2)
        omega3 = omega + half * a2
        a3 = acceleration(theta + half * omega2, omega3)
        omega4 = omega + dt * a3
        a4 = acceleration(theta + dt * omega3, omega4)
        theta = theta + dt * average(omega, omega2, omega3, omega4)
        return (theta, omega + dt * average(a1, a2, a3, a4)), None

    (theta, _), _ = jax.lax.scan(step, (theta0, jnp.zeros_like(theta0)), None, length=1000)
    return theta


def newton(a):
    def go(state):
        x, following = state
        return jnp.abs(following - x) > 1e-5 * following

    def step(state):
        _, x = state
        return x, 0.5 * (x + a / x)

    one = jnp.ones_like(a)
    return jax.lax.while_loop(go, step, (one, 0.5 * (one + a)))[1]


def newton_fixed(a):
    x = jnp.ones_like(a)
    for _ in range(8):
        x = 0.5 * (x + a / x)
    return x


def inverse(matrix):
    """In two dimensions by cofactors: many small factorisations take `jnp.linalg.inv` nearly three times as long."""
    if matrix.shape[0] > 2:
        return jnp.linalg.inv(matrix)
    (a, b), (c, d) = matrix
    return jnp.array([[d, -b], [-c, a]]) / (a * d - b * c)


def filtered(q, r, dimensions):
    """Its steps are a scan."""
    unit = jnp.eye(dimensions)

    def step(state, k):
        x, P, loss = state
        y = jnp.tile(jnp.stack([jnp.sin(0.7 * k), jnp.cos(1.3 * k)]), dimensions // 2)
        ahead = P + q * unit
        S = ahead + r * unit
        precision = inverse(S)
        gain = ahead @ precision
        e = y - x
        loss = loss + jnp.log(jnp.linalg.det(S)) + e @ (precision @ e)
        return (x + gain @ e, (unit - gain) @ ahead, loss), None

    start = (jnp.zeros(dimensions), unit, jnp.float32(0))
    (_, _, loss), _ = jax.lax.scan(step, start, jnp.arange(workloads.STEPS, dtype=jnp.float32))
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
#: Lanes where a workload's own are too many: with W10's 256 one pass had not ended after two minutes.
LANES = {"W10": 1}
OPERATIONS = {
    "+": jnp.add,
    "-": jnp.subtract,
    "*": jnp.multiply,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
}


def lanes(options):
    """Time per lane, forward and with the gradient, inputs on the device, results written to new arrays there."""
    workload = workloads.load(options.workload, options.lanes or LANES.get(options.workload))
    function = FUNCTIONS[workload.name]
    columns = common.inputs(workload, options)
    resident = [jax.device_put(columns[name]) for name in workload.ranges]
    positions = [list(workload.ranges).index(name) for name in workload.parameters]
    result = {"lanes": len(resident[0])}

    forward = jax.jit(jax.vmap(function))
    if not options.check:
        times = common.measure(lambda: jax.block_until_ready(forward(*resident)), options)
        result.update(times.per_lane("forward", result["lanes"]))

    gradient = jax.jit(jax.vmap(jax.value_and_grad(function, argnums=positions)))
    begun = time.perf_counter()
    try:
        compiled = gradient.lower(*resident).compile()
    except ValueError as error:
        # The reverse mode does not exist; the forward mode does, and with one parameter it costs one pass.
        result["cannot"] = str(error).split(". ")[0]
        one = jax.jit(jax.vmap(lambda a: jax.jvp(function, (a,), (jnp.ones_like(a),))))
        times = common.measure(lambda: jax.block_until_ready(one(*resident)), options)
        return {**result, **times.per_lane("forward_mode", result["lanes"])}
    result["compile_ms"] = (time.perf_counter() - begun) * 1e3

    value, grads = compiled(*resident)
    named = {name: np.asarray(grad) for name, grad in zip(workload.parameters, grads)}
    if options.check:
        return {**result, **common.lanes_of(np.asarray(value), named)}
    times = common.measure(lambda: jax.block_until_ready(compiled(*resident)), options)
    result.update(times.per_lane("gradient", result["lanes"]))
    if result["lanes"] == 1:
        return result  # one lane has no mean to compare
    return {**result, **common.summary(np.asarray(value), named)}


def population(options):
    """W5: as many programs as the time allows, each from text to values and gradients; a thousand extrapolated."""
    points = jnp.linspace(-1, 1, workloads.POINTS, dtype=jnp.float32)
    parameters = [jnp.float32(0.5 + 0.3 * index) for index in range(4)]

    def run(seed):
        tree = workloads.read(workloads.program(seed))

        def function(p0, p1, p2, p3, x):
            scope = {"p0": p0, "p1": p1, "p2": p2, "p3": p3, "x": x}
            return workloads.evaluate(tree, OPERATIONS, scope)

        every = jax.jit(jax.vmap(jax.value_and_grad(function, argnums=(0, 1, 2, 3)), in_axes=(None,) * 4 + (0,)))
        jax.block_until_ready(every(*parameters, points))

    run(-1)
    begun, done = time.perf_counter(), 0
    while done < workloads.POPULATION and time.perf_counter() - begun < 2 * options.seconds:
        run(done)
        done += 1
    each = (time.perf_counter() - begun) / done
    return {"measured_programs": done, "seconds": each * workloads.POPULATION, "ms_per_program": each * 1e3}


def fit(options):
    """W9: Adam from every start at once, cold (tracing and compiling in it) and warm."""
    rows = np.asarray(workloads.measurements(), np.float32)
    times, target = jnp.asarray(rows[:, 0]), jnp.asarray(rows[:, 1])
    optimizer = optax.adam(workloads.RATE)

    def loss(constants):
        return jnp.sum((oscillator(constants["A"], constants["b"], constants["w"], times) - target) ** 2)

    def descend(constants):
        def step(carried, _):
            constants, state = carried
            updates, state = optimizer.update(jax.grad(loss)(constants), state)
            return (optax.apply_updates(constants, updates), state), None

        (constants, _), _ = jax.lax.scan(
            step, (constants, optimizer.init(constants)), None, length=workloads.ITERATIONS
        )
        return loss(constants), constants

    every = jax.jit(jax.vmap(descend))
    start = {name: jnp.asarray(column, jnp.float32) for name, column in workloads.starts().items()}
    begun = time.perf_counter()
    losses, ends = jax.block_until_ready(every(start))
    cold = time.perf_counter() - begun
    seconds = common.measure(lambda: jax.block_until_ready(every(start)), options).median
    best = int(np.nanargmin(np.asarray(losses)))
    return {
        "seconds": seconds,
        "cold_seconds": cold,
        "loss": float(losses[best]),
        "parameters": {name: float(column[best]) for name, column in ends.items()},
    }


def main():
    options = common.arguments(__doc__)
    result = {"W5": population, "W9": fit}.get(options.workload, lanes)(options)
    versions = {"jax": jax.__version__, "optax": optax.__version__, "numpy": np.__version__}
    common.emit({"peer": "jax", "workload": options.workload, "versions": versions, **result})


if __name__ == "__main__":
    main()
