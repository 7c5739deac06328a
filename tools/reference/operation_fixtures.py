"""Records what PyTorch computes for every operation of a graph, at odd sizes, as one JSON file.

    operation_fixtures.py [--out Tests/Fixtures/operations/operations.json]

A case has inputs, named parameters and an output.  Maps are channels-last, (B, H, W, C), as base64 of little-endian
float32; inputs are float32 numbers and the arithmetic is float64, so that an output is right to its last bit.
"""
from __future__ import annotations

import argparse
import base64
import json
from pathlib import Path

import torch
import torch.nn.functional as F

import operation_fixtures_attention
import operation_fixtures_rearrangement

REPOSITORY = Path(__file__).resolve().parents[2]


class Recorder:
    """Collects cases; random numbers come from one seeded generator, in the order of the calls."""

    def __init__(self, seed: int):
        self.generator = torch.Generator().manual_seed(seed)
        self.cases: dict[str, dict] = {}

    def normal(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=self.generator).double()

    def map(self, channels: int, height: int, width: int, batch: int = 1) -> torch.Tensor:
        """A channels-first map of normal numbers."""
        return self.normal(batch, channels, height, width)

    def case(self, name: str, inputs: list[torch.Tensor], output: torch.Tensor, **parameters: torch.Tensor) -> None:
        """Adds a case of channels-first maps."""
        last = lambda t: t.permute(0, 2, 3, 1)
        assert name not in self.cases and output.dim() == 4
        assert all(torch.equal(t, t.float()) for t in [*inputs, *parameters.values()]), "not float32 numbers"
        self.cases[name] = {
            "inputs": [encoded(last(t)) for t in inputs],
            "parameters": {path: encoded(t) for path, t in parameters.items()},
            "output": encoded(last(output)),
        }


def encoded(tensor: torch.Tensor) -> dict:
    data = tensor.detach().float().contiguous().numpy().astype("<f4").tobytes()
    return {"shape": list(tensor.shape), "values": base64.b64encode(data).decode()}


def convolutions(r: Recorder) -> None:
    def conv(name, x, outputs, kernel, groups=1, bias=True, **options):
        weight = r.normal(outputs, x.shape[1] // groups, kernel, kernel)
        parameters = {"weight": weight} | ({"bias": r.normal(outputs)} if bias else {})
        r.case(name, [x], F.conv2d(x, **parameters, groups=groups, **options), **parameters)

    conv("convolution, strided", r.map(3, 9, 7, batch=2), 6, 3, stride=2, padding=1)
    conv("convolution, overlapping patches", r.map(3, 11, 14), 4, 7, stride=4, padding=3)
    conv("convolution, patches without padding", r.map(3, 9, 10), 4, 4, stride=4)
    conv("convolution, grouped pointwise", r.map(12, 5, 3), 18, 1, groups=3, bias=False)
    conv("convolution, depthwise", r.map(5, 7, 4), 5, 5, groups=5, padding=2)
    conv("convolution, depthwise and strided", r.map(4, 8, 5), 4, 3, groups=4, padding=1, stride=2, bias=False)

    x, weight, bias = r.map(6, 3, 5), r.normal(9, 6), r.normal(9)
    r.case("linear", [x], F.linear(x.movedim(1, -1), weight, bias).movedim(-1, 1), weight=weight, bias=bias)

    x, weight, bias = r.map(12, 5, 6), r.normal(4, 1, 3, 3), r.normal(4)
    heads = F.conv2d(x.reshape(3, 4, 5, 6), weight, bias, padding=1, groups=4).reshape(1, 12, 5, 6)
    r.case("depthwise kernels shared by heads", [x], heads, weight=weight, bias=bias)

    x, weight, bias = r.map(5, 3, 4, batch=2), r.normal(5, 3, 2, 2), r.normal(3)
    r.case("transposed convolution", [x], F.conv_transpose2d(x, weight, bias, stride=2), weight=weight, bias=bias)

    x, tokens = r.map(6, 4, 5, batch=2), r.map(6, 1, 3, batch=2)
    r.case("token product", [x, tokens], torch.einsum("bchw,bcm->bmhw", x, tokens[:, :, 0]))


def norms(r: Recorder) -> None:
    x = r.map(5, 3, 4, batch=2)
    weight, bias, mean, variance = r.normal(5), r.normal(5), r.normal(5), r.normal(5).abs()
    r.case("batch norm", [x], F.batch_norm(x, mean, variance, weight, bias, eps=1e-5),
           weight=weight, bias=bias, running_mean=mean, running_var=variance)
    x, weight, bias = r.map(7, 3, 4, batch=2), r.normal(7), r.normal(7)
    y = F.layer_norm(x.movedim(1, -1), (7,), weight, bias, eps=1e-6).movedim(-1, 1)
    r.case("layer norm", [x], y, weight=weight, bias=bias)


def activations(r: Recorder) -> None:
    x = torch.linspace(-8, 8, 99).reshape(1, 3, 11, 3).double()
    functions = {
        "relu": F.relu, "relu6": F.relu6, "hswish": F.hardswish, "gelu": F.gelu,
        "gelu_tanh": lambda t: F.gelu(t, approximate="tanh"), "silu": F.silu, "sigmoid": torch.sigmoid,
        "elu_plus_one": lambda t: F.elu(t) + 1,
    }
    for name, function in functions.items():
        r.case(f"activation {name}", [x], function(x))


def resizes(r: Recorder) -> None:
    sizes = {"up": (7, 11), "down": (3, 4), "mixed": (9, 2)}
    modes = {
        "bilinear": dict(mode="bilinear", align_corners=False),
        "bicubic": dict(mode="bicubic", align_corners=False),
        "bicubic_antialiased": dict(mode="bicubic", align_corners=False, antialias=True),
        "nearest": dict(mode="nearest"),
    }
    for name, options in modes.items():
        for direction, size in sizes.items():
            x = r.map(3, 5, 6)
            r.case(f"resize {name} {direction}", [x], F.interpolate(x, size=size, **options))
    x = r.map(1, 1, 2).float()  # 41 · (2/82) is below 1 in float32
    r.case("resize nearest at a rounded edge", [x], F.interpolate(x, size=(1, 82), mode="nearest"))

    reference, table = r.map(4, 4, 7), r.normal(1, 1 + 3 * 5, 4)
    grid = table[:, 1:].reshape(1, 3, 5, 4).movedim(-1, 1)
    r.case("position table, bicubic", [reference], F.interpolate(grid, (4, 7), **modes["bicubic"]), table=table)
    r.case("position table, antialiased", [reference],
           F.interpolate(grid, (4, 7), **modes["bicubic_antialiased"]), table=table)
    reference = r.map(4, 3, 5)
    r.case("position table at its own size", [reference], grid, table=table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = REPOSITORY / "Tests" / "Fixtures" / "operations" / "operations.json"
    parser.add_argument("--out", type=Path, default=default)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    recorder = Recorder(seed=7)
    families = [convolutions, norms, activations, resizes]
    families += operation_fixtures_rearrangement.FAMILIES + operation_fixtures_attention.FAMILIES
    families += [operation_fixtures_rearrangement.pixel_shuffle]  # last: later numbers follow from earlier ones
    for family in families:
        family(recorder)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(recorder.cases, indent=1) + "\n")
    print(f"{arguments.out}: {len(recorder.cases)} cases, {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
