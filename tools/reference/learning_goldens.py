"""What PyTorch says of losses, optimisers, schedules and averages: Tests/Fixtures/learning/learning.json.

Every case holds its inputs and what came out, float32 numbers as JSON.
"""
from __future__ import annotations

import json
from pathlib import Path

import torch
import torch.nn.functional as F

OUT = Path(__file__).resolve().parents[2] / "Tests/Fixtures/learning/learning.json"


def numbers(tensor: torch.Tensor) -> list[float]:
    return [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]


def cross_entropies(generator: torch.Generator) -> list[dict]:
    cases = []
    for classes, smoothing, weighted, ignored in [(7, 0, False, False), (11, 0.1, True, True), (200, 0.1, False, False)]:
        rows = 13
        logits = (torch.randn((rows, classes), generator=generator) * 3).requires_grad_()
        ids = torch.randint(0, classes, (rows,), generator=generator)
        if ignored:
            ids[[2, 5]] = -1
        weights = torch.rand(classes, generator=generator) + 0.5 if weighted else None
        loss = F.cross_entropy(logits, ids, weight=weights, ignore_index=-1, label_smoothing=smoothing)
        loss.backward()
        cases.append(dict(classes=classes, smoothing=smoothing, ids=ids.tolist(), logits=numbers(logits),
                          weights=None if weights is None else numbers(weights), loss=loss.item(),
                          gradient=numbers(logits.grad)))
    return cases


def mixed_cross_entropy(generator: torch.Generator) -> dict:
    rows, classes = 9, 6
    logits = (torch.randn((rows, classes), generator=generator) * 2).requires_grad_()
    first, second = (F.one_hot(torch.randint(0, classes, (rows,), generator=generator), classes) for _ in range(2))
    part = torch.rand((rows, 1), generator=generator)
    targets = first * part + second * (1 - part)
    loss = F.cross_entropy(logits, targets, label_smoothing=0.1)
    loss.backward()
    return dict(classes=classes, smoothing=0.1, logits=numbers(logits), targets=numbers(targets), loss=loss.item(),
                gradient=numbers(logits.grad))


def dense(generator: torch.Generator) -> list[dict]:
    cases = []
    for dice_weight in (0.0, 0.5):
        batch, classes, h, w, height, width = 3, 5, 4, 5, 27, 34
        logits = (torch.randn((batch, classes, h, w), generator=generator) * 2).requires_grad_()
        ids = torch.randint(-1, classes, (batch, height, width), generator=generator)
        weights = torch.rand(classes, generator=generator) + 0.5
        large = F.interpolate(logits, size=(height, width), mode="bilinear", align_corners=False)
        loss = F.cross_entropy(large, ids, weight=weights, ignore_index=-1)
        if dice_weight:
            valid = (ids >= 0)[:, None].float()
            p = large.softmax(1) * valid
            t = F.one_hot(ids.clamp(min=0), classes).permute(0, 3, 1, 2) * valid
            sums = (0, 2, 3)
            coefficients = (2 * (p * t).sum(sums) + 1) / (p.sum(sums) + t.sum(sums) + 1)
            loss = loss + dice_weight * (1 - coefficients.mean())
        loss.backward()
        cases.append(dict(dice=dice_weight, shape=[batch, h, w, classes], height=height, width=width, ids=ids.flatten().tolist(),
                          weights=numbers(weights), logits=numbers(logits.permute(0, 2, 3, 1)), loss=loss.item(),
                          gradient=numbers(logits.grad.permute(0, 2, 3, 1))))
    return cases


def optimisers(generator: torch.Generator) -> list[dict]:
    makers = {
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.05),
        "sgd": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.01),
        "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.01, nesterov=True),
    }
    cases = []
    for name, maker in makers.items():
        values = torch.randn(37, generator=generator)
        start = numbers(values)
        split = 21  # the rest is a group of its own: half the rate, no decay
        parts = [values[:split].clone().requires_grad_(), values[split:].clone().requires_grad_()]
        optimiser = maker(parts)
        base = optimiser.param_groups[0]
        optimiser.add_param_group({"params": [torch.zeros(1, requires_grad=True)]})
        optimiser.param_groups.pop()
        base["params"] = [parts[0]]
        optimiser.add_param_group({"params": [parts[1]], "lr": base["lr"] / 2, "weight_decay": 0})
        gradients, norms = [], []
        for _ in range(5):
            gradient = torch.randn(37, generator=generator) * 2
            gradients += numbers(gradient)
            parts[0].grad, parts[1].grad = gradient[:split].clone(), gradient[split:].clone()
            norms.append(torch.nn.utils.clip_grad_norm_(parts, 5.0).item())
            optimiser.step()
        cases.append(dict(name=name, values=start, split=split, gradients=gradients, norms=norms,
                          result=numbers(torch.cat([p.detach() for p in parts]))))
    return cases


def schedules() -> dict:
    parameter = [torch.zeros(1, requires_grad=True)]
    total = 50

    def run(optimiser, scheduler):
        rates = []
        for _ in range(total):
            rates.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            scheduler.step() if len(rates) < total else None
        return rates

    optimiser = torch.optim.SGD(parameter, lr=1.0)
    one_cycle = run(optimiser, torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=1.0, total_steps=total, pct_start=0.3, cycle_momentum=False))
    optimiser = torch.optim.SGD(parameter, lr=1.0)
    warmup = 5
    parts = [torch.optim.lr_scheduler.LinearLR(optimiser, start_factor=0.01, total_iters=warmup),
             torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=total - warmup, eta_min=0.02)]
    cosine = run(optimiser, torch.optim.lr_scheduler.SequentialLR(optimiser, parts, milestones=[warmup]))
    return dict(total=total, oneCycle=one_cycle, cosine=cosine)


def average(generator: torch.Generator) -> dict:
    """The rule of PyTorch's AveragedModel with a decay that warms up."""
    values = torch.randn((8, 19), generator=generator)
    result = values[0].clone()
    for step, now in enumerate(values[1:], start=1):
        kept = min(0.8, (1 + step) / (10 + step))
        result = torch.lerp(now, result, kept)
    return dict(values=numbers(values), count=19, retention=0.8, result=numbers(result))


if __name__ == "__main__":
    g = torch.Generator().manual_seed(6)
    cases = dict(crossEntropy=cross_entropies(g), mixed=mixed_cross_entropy(g), dense=dense(g), optimisers=optimisers(g),
                 schedules=schedules(), average=average(g))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    print(OUT, OUT.stat().st_size, "bytes")
