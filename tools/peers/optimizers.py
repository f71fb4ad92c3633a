"""Makes the fixtures of packages/optimizers: where the optimizers that define ours end up, in float64.

Usage: python tools/peers/optimizers.py [--check]

Writes packages/optimizers/src/fixtures/{optimizers,averages}.json; format them afterwards with `npm run fix`.
SGD, Adam, AdamW, the cosine schedule and the averages are PyTorch's. QHAdam and LAMB are their papers' formulas:

  QHAdam  Ma and Yarats, Quasi-hyperbolic momentum and Adam for deep learning, ICLR 2019, arXiv:1810.06801
  LAMB    You et al., Large batch optimization for deep learning, ICLR 2020, arXiv:1904.00962v5, Algorithm 2

`--check` compares these two with the packages `qhoptim` (the authors') and `timm`, where they are installed.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

FIXTURES = Path(__file__).parents[2] / "packages/optimizers/src/fixtures"
STEPS = 100
SHOWN = [1, 2, 5, 10, 20, 50, 100]
UNIT = 2.0**-16  # of the integers that gradients are stored as: exact in float32
MATRIX, VECTOR = 0.5, 0.0  # what the entries of a 2 x 3 matrix and of a vector of 2 start at


def made_up_gradients():
    """Gradients with a drift and fading noise, of different sizes; a row holds the matrix, then the vector."""
    draw = np.random.default_rng(0)
    size = np.array([1, 0.3, 0.1, 0.03, 1, 0.01, 0.5, 0.05])
    drift = draw.normal(size=8)
    fade = np.linspace(2, 0.5, STEPS)[:, None]
    return np.rint(size * (drift + fade * draw.normal(size=(STEPS, 8))) / UNIT).astype(int)


GRADIENTS = made_up_gradients()


def split(row):
    return [row[:6].reshape(2, 3), row[6:]]


def start():
    return [np.full((2, 3), MATRIX), np.full(2, VECTOR)]


def follow(advance):
    """Points after the steps shown; `advance(parameters, gradients)` gives the next parameters."""
    parameters = start()
    shown = {}
    for step in range(1, STEPS + 1):
        parameters = advance(parameters, split(GRADIENTS[step - 1] * UNIT))
        if step in SHOWN:
            shown[str(step)] = np.concatenate([p.ravel() for p in parameters]).tolist()
    return shown


def stepping(make):
    """`advance` of an optimizer of PyTorch's kind."""
    tensors = [torch.nn.Parameter(torch.tensor(p, dtype=torch.float64)) for p in start()]
    optimizer = make(tensors)

    def advance(_, gradients):
        for tensor, gradient in zip(tensors, gradients):
            tensor.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        return [tensor.detach().numpy().copy() for tensor in tensors]

    return advance


def moments(betas):
    """Bias-corrected moments of Adam, from one list of gradients to the next."""
    state = {"t": 0, "m": [0.0, 0.0], "v": [0.0, 0.0]}

    def update(gradients):
        b1, b2 = betas
        state["t"] += 1
        state["m"] = [b1 * m + (1 - b1) * g for m, g in zip(state["m"], gradients)]
        state["v"] = [b2 * v + (1 - b2) * g * g for v, g in zip(state["v"], gradients)]
        t = state["t"]
        return [m / (1 - b1**t) for m in state["m"]], [v / (1 - b2**t) for v in state["v"]]

    return update


def qhadam(rate, betas, nus, eps):
    update = moments(betas)

    def advance(parameters, gradients):
        means, squares = update(gradients)
        n1, n2 = nus
        return [
            w - rate * ((1 - n1) * g + n1 * m) / (np.sqrt((1 - n2) * g * g + n2 * v) + eps)
            for w, g, m, v in zip(parameters, gradients, means, squares)
        ]

    return advance


def lamb(rate, betas, eps, decay):
    update = moments(betas)

    def layer(w, m, v):
        d = m / (np.sqrt(v) + eps) + decay * w
        weights, length = np.linalg.norm(w), np.linalg.norm(d)
        return w - rate * (weights / length if weights > 0 and length > 0 else 1.0) * d

    def advance(parameters, gradients):
        means, squares = update(gradients)
        return [layer(w, m, v) for w, m, v in zip(parameters, means, squares)]

    return advance


def sgd_case(**options):
    known = {"lr": options["rate"], "momentum": options["momentum"], "nesterov": options.get("nesterov", False)}
    return "sgd", options, lambda: stepping(lambda p: torch.optim.SGD(p, **known))


def constants(rate, beta1, beta2, epsilon):
    return {"lr": rate, "betas": (beta1, beta2), "eps": epsilon}


def adam_case(**options):
    return "adam", options, lambda: stepping(lambda p: torch.optim.Adam(p, **constants(**options)))


def adamw_case(weightDecay, **options):
    known = {**constants(**options), "weight_decay": weightDecay}
    return "adamW", {**options, "weightDecay": weightDecay}, lambda: stepping(lambda p: torch.optim.AdamW(p, **known))


def qhadam_case(rate, beta1, beta2, nu1, nu2, epsilon):
    options = {"rate": rate, "beta1": beta1, "beta2": beta2, "nu1": nu1, "nu2": nu2, "epsilon": epsilon}
    return "qhAdam", options, lambda: qhadam(rate, (beta1, beta2), (nu1, nu2), epsilon)


def lamb_case(rate, beta1, beta2, epsilon, weightDecay):
    options = {"rate": rate, "beta1": beta1, "beta2": beta2, "epsilon": epsilon, "weightDecay": weightDecay}
    return "lamb", options, lambda: lamb(rate, (beta1, beta2), epsilon, weightDecay)


CASES = [
    sgd_case(rate=0.05, momentum=0),
    sgd_case(rate=0.05, momentum=0.9),
    sgd_case(rate=0.05, momentum=0.9, nesterov=True),
    sgd_case(rate=0.1, momentum=0.5, nesterov=True),
    adam_case(rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8),
    adam_case(rate=0.05, beta1=0.8, beta2=0.95, epsilon=1e-2),
    adam_case(rate=0.01, beta1=0.0, beta2=0.99, epsilon=1e-6),
    adamw_case(rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8, weightDecay=0.01),
    adamw_case(rate=0.05, beta1=0.95, beta2=0.98, epsilon=1e-4, weightDecay=0.5),
    qhadam_case(rate=0.01, beta1=0.995, beta2=0.999, nu1=0.7, nu2=1, epsilon=1e-8),
    qhadam_case(rate=0.02, beta1=0.9, beta2=0.99, nu1=0.4, nu2=0.8, epsilon=1e-3),
    qhadam_case(rate=0.01, beta1=0.9, beta2=0.999, nu1=1, nu2=0.5, epsilon=1e-6),
    lamb_case(rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-6, weightDecay=0.01),
    lamb_case(rate=0.05, beta1=0.8, beta2=0.95, epsilon=1e-2, weightDecay=0.3),
    lamb_case(rate=0.02, beta1=0.95, beta2=0.99, epsilon=1e-8, weightDecay=0),
]


def averages():
    """PyTorch's cosine schedule, and its averages of a sequence of points."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40, eta_min=0.03)
    rates = []
    for _ in range(41):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()

    points = (GRADIENTS[:, 0] * UNIT).tolist()

    def averaged(**options):
        module = torch.nn.Linear(1, 1, bias=False, dtype=torch.float64)
        average = torch.optim.swa_utils.AveragedModel(module, **options)
        shown = {}
        for step, point in enumerate(points, 1):
            torch.nn.init.constant_(module.weight, point)
            average.update_parameters(module)
            if step in SHOWN:
                shown[str(step)] = average.module.weight.item()
        return shown

    ema = torch.optim.swa_utils.get_ema_multi_avg_fn(0.9)
    return {
        "cosine": {"rate": 0.3, "steps": 40, "floor": 0.1, "rates": rates},
        "averages": {"decay": 0.9, "equal": averaged(), "exponential": averaged(multi_avg_fn=ema)},
    }


def check(optimizer, options, points):
    """Prints how far a formula is from the reference implementation, which has to be installed."""
    known = constants(options["rate"], options["beta1"], options["beta2"], options["epsilon"])
    if optimizer == "qhAdam":
        from qhoptim.pyt import QHAdam

        advance = stepping(lambda p: QHAdam(p, **known, nus=(options["nu1"], options["nu2"])))
    else:
        from timm.optim import Lamb

        more = {"weight_decay": options["weightDecay"], "max_grad_norm": None, "always_adapt": True}
        advance = stepping(lambda p: Lamb(p, **known, **more))
    other = follow(advance)
    print(optimizer, options, max(np.abs(np.subtract(points[s], other[s])).max() for s in points))


def write(name, value):
    made = f"tools/peers/optimizers.py with PyTorch {torch.__version__.split('+')[0]} and NumPy {np.__version__}, in float64"
    (FIXTURES / f"{name}.json").write_text(json.dumps({"made": made, **value}))


def main():
    cases = [{"optimizer": name, "options": options, "points": follow(make())} for name, options, make in CASES]
    if "--check" in sys.argv:
        for case in cases:
            if case["optimizer"] in ("qhAdam", "lamb"):
                check(*case.values())
    data = {"unit": UNIT, "start": {"matrix": MATRIX, "vector": VECTOR}, "gradients": GRADIENTS.tolist()}
    write("optimizers", {**data, "cases": cases})
    write("averages", {**averages(), "points": GRADIENTS[:, 0].tolist(), "unit": UNIT})


main()
