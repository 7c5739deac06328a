"""Golden folders: a checkpoint or a model's name, an input, and what PyTorch computes from it.

A folder holds golden.safetensors (the input `x`, every stage's output under its name, the answer) and config.json (what
computed it, with the shapes), and, where the weights are not in models/, checkpoint.safetensors.
"""
from __future__ import annotations

import json
import re
from pathlib import Path

import torch
from safetensors.torch import save_file

COMPUTED_BY = f"PyTorch {torch.__version__.split('+')[0]}, float32, on a CPU"


def json_text(value: object) -> str:
    """Indented JSON with lists of numbers on one line."""
    text = json.dumps(value, indent=2)
    joined = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: "[" + re.sub(r"\s*\n\s*", " ", m[1]) + "]", text)
    return joined + "\n"


def write(folder: Path, config: dict, tensors: dict[str, torch.Tensor], answer: str) -> None:
    """Writes golden.safetensors, and config.json with the shapes of the input, the answer and the stages added."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().float().contiguous() for name, value in tensors.items()}
    shapes = {name: list(value.shape) for name, value in tensors.items()}
    config = {**config, "input": shapes.pop("x"), "output": shapes.pop(answer), "stages": shapes}
    save_file(tensors, folder / "golden.safetensors")
    (folder / "config.json").write_text(json_text(config))
    for name, value in tensors.items():
        print(f"{folder.name}: {name} {list(value.shape)} within {value.abs().max():.4g}")


def save_checkpoint(model: torch.nn.Module, path: Path) -> None:
    """The model's state under its own key names, `num_batches_tracked` included as published files have it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, path)


@torch.no_grad()
def randomise(model: torch.nn.Module, sample: torch.Tensor, seed: int) -> None:
    """Fills a model with random weights under which no value is trivially 0 or 1 and activations stay near 1.

    Weights are normal with variance 1 / fan-in.  Norms get random scales and biases.  Each batch norm takes half the mean and the
    mean square of what reaches it from `sample`, disturbed: deep stacks keep their range, and a channel that hardly varies
    (as after global attention) is not blown up, which would make the whole network ill-conditioned.
    """
    generator = torch.Generator().manual_seed(seed)
    norms = [m for m in model.modules() if isinstance(m, (torch.nn.BatchNorm2d, torch.nn.LayerNorm))]
    scales = {id(norm.weight) for norm in norms}
    for parameter in model.parameters():
        is_matrix = parameter.ndim > 1 and parameter.shape[0] > 1  # else a bias, a token or a position table
        deviation = parameter[0].numel() ** -0.5 if is_matrix else 0.2
        noise = torch.randn(parameter.shape, generator=generator) * deviation
        parameter.copy_(noise + 1 if id(parameter) in scales else noise)

    def take_statistics(norm, inputs):
        shape = norm.running_mean.shape
        norm.running_mean.copy_(inputs[0].mean((0, 2, 3)) * (torch.rand(shape, generator=generator) * 0.4 + 0.3))
        norm.running_var.copy_(inputs[0].square().mean((0, 2, 3)) * (torch.rand(shape, generator=generator) * 0.8 + 0.6))

    handles = [n.register_forward_pre_hook(take_statistics) for n in norms if isinstance(n, torch.nn.BatchNorm2d)]
    model.eval()
    model(sample)
    for handle in handles:
        handle.remove()


def smooth_noise(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """A photo-like random input: noise of several scales summed, deviation near 1."""
    generator = torch.Generator().manual_seed(seed)
    batch, channels, height, width = shape
    total = torch.zeros(shape)
    for factor in (1, 4, 16):
        coarse = torch.randn((batch, channels, -(-height // factor), -(-width // factor)), generator=generator)
        total += torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear", align_corners=False)
    return total / total.std()
