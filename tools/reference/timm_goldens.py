"""Records what timm's EfficientViT and DeiT compute with random weights, stage by stage.

    timm_goldens.py tiny [--out Tests/Fixtures/goldens]
    timm_goldens.py full --out FOLDER [--only efficientvit_b1 ...] [--size 224x224]

`tiny` makes the committed folders of tiny dimensions: checkpoint.safetensors with timm's key names, config.json whose
`architecture` is the object of numbers, golden.safetensors with the input `x`, the stages and the answer `y`.
`full` makes model folders (config.json, model.safetensors) of the published dimensions, with a golden.safetensors whose answer
is `logits`.  They are large and are not committed.  Weights depend on the seed alone.
"""
from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

import golden
import timm_models
import trained

SEED = 20261121
TINY_INPUTS = {
    "timm_efficientvit_b_tiny": (2, 3, 92, 76),
    "timm_efficientvit_l_tiny": (1, 3, 92, 124),
    "timm_deit_tiny_dims": (2, 3, 64, 64),
}
TINY_NOTES = {
    "timm_efficientvit_b_tiny": "timm's EfficientViT-B, attention epsilon 1e-5; odd sizes at strides 8 and 32",
    "timm_efficientvit_l_tiny": "timm's EfficientViT-L, attention epsilon 1e-5, norms 1e-7 but the head's batch norm 1e-5",
    "timm_deit_tiny_dims": "timm's DeiT: class token, softmax attention; blocks' outputs have the class token first",
}


def randomised(architecture: dict, height: int, width: int, seed: int = SEED) -> torch.nn.Module:
    """A timm model with random weights whose activations are in a sane range at this size."""
    torch.manual_seed(seed)
    model = timm_models.build(architecture)
    golden.randomise(model, golden.smooth_noise((4, 3, height, width), seed), seed)
    return model


def write_tiny(out: Path) -> None:
    for name, architecture in timm_models.TINY_DIMENSIONS.items():
        shape = TINY_INPUTS[name]
        model = randomised(architecture, *shape[2:])
        x = golden.smooth_noise(shape, SEED + 1)
        note = f"{TINY_NOTES[name]}; {golden.COMPUTED_BY}"
        tensors = {"x": x, **timm_models.outputs(model, architecture, x, "y")}
        golden.write(out / name, {"architecture": architecture, "note": note}, tensors, "y")
        golden.save_checkpoint(model, out / name / "checkpoint.safetensors")
        if architecture["family"] == "deit":
            x = golden.smooth_noise((1, 3, 40, 72), SEED + 2)
            tensors = {"x": x, **timm_models.outputs(model, architecture, x, "y")}
            note = f"as {name}, at another size: the position table is resized, bicubic with antialias; {golden.COMPUTED_BY}"
            golden.write(out / f"{name}_resized", {"architecture": architecture, "note": note}, tensors, "y")
            golden.save_checkpoint(model, out / f"{name}_resized" / "checkpoint.safetensors")


def model_config(name: str, architecture: dict) -> dict:
    """config.json of a model folder with timm's preprocessing at 224."""
    labels = json.loads((trained.REPOSITORY / "datasets" / "imagenet1k" / "labels.json").read_text())
    crop = 0.9 if name.startswith("deit") else 0.95 if "_b" in name else 1.0
    return {
        "architecture": name,
        "task": "classification",
        "num_classes": architecture["num_classes"],
        "pretrained_cfg": {
            "input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": crop, "crop_mode": "center",
            "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225],
            "label_names": [entry["label"] for entry in labels["classes"]],
        },
        "fovea": {
            "architecture": architecture,
            "label_set": "imagenet1k",
            "provenance": {"source": "random weights", "seed": SEED, "computed_by": golden.COMPUTED_BY},
        },
    }  # fmt: skip


def write_full(out: Path, names: list[str], height: int, width: int) -> None:
    for name in names:
        architecture = timm_models.FULL_SIZE[name]
        model = randomised(architecture, 224, 224)
        x = golden.smooth_noise((1, 3, height, width), SEED + 1)
        tensors = {"x": x, **timm_models.outputs(model, architecture, x, "logits")}
        golden.write(out / name, model_config(name, architecture), tensors, "logits")
        golden.save_checkpoint(model, out / name / "model.safetensors")


def size(text: str) -> tuple[int, int]:
    height, width = text.split("x")
    return int(height), int(width)


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    tiny = kinds.add_parser("tiny", help="the committed goldens of tiny dimensions")
    tiny.add_argument("--out", type=Path, default=trained.REPOSITORY / "Tests" / "Fixtures" / "goldens")
    full = kinds.add_parser("full", help="model folders of the published dimensions")
    full.add_argument("--out", type=Path, required=True)
    full.add_argument("--only", nargs="+", choices=timm_models.FULL_SIZE, default=list(timm_models.FULL_SIZE))
    full.add_argument("--size", type=size, default=(224, 224), metavar="HxW")
    arguments = parser.parse_args()
    if arguments.kind == "tiny":
        write_tiny(arguments.out)
    else:
        write_full(arguments.out, arguments.only, *arguments.size)


if __name__ == "__main__":
    main()
