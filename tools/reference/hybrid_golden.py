"""Records what the reference network computes with the trained models, stage by stage.

    hybrid_golden.py [--out Tests/Fixtures/goldens]

The inputs are sample photos; the first is of a size that the strides do not divide.
"""
from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import golden
import trained
from evaluate_pytorch import normalised

SAMPLES = trained.REPOSITORY / "datasets" / "samples"
CASES = {
    # model: (photos, one an item of the batch; height; width)
    "fovea_nano_camvid": (["china.jpg"], 92, 124),
    "fovea_small_camvid": (["china.jpg"], 60, 84),
    "fovea_small_tiny_imagenet": (["chelsea.png", "rocket.jpg"], 64, 64),
}


def photos(names: list[str], height: int, width: int, config: dict) -> torch.Tensor:
    images = [Image.open(SAMPLES / name).convert("RGB") for name in names]
    resized = [image.resize((width, height), Image.Resampling.BILINEAR) for image in images]
    return torch.cat([normalised(image, config) for image in resized])


def outputs(model: torch.nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    stages = {f"stage{i}": value for i, value in enumerate(model.backbone(x))}
    return {**stages, "logits": model(x)}


@torch.inference_mode()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=trained.REPOSITORY / "Tests" / "Fixtures" / "goldens")
    arguments = parser.parse_args()
    for name, (files, height, width) in CASES.items():
        model, config = trained.load(trained.REPOSITORY / "models" / name)
        x = photos(files, height, width, config)
        note = f"{', '.join(files)} resized to {width}x{height} (bilinear) and normalised; {golden.COMPUTED_BY}"
        golden.write(arguments.out / name, {"model": name, "note": note}, {"x": x, **outputs(model, x)}, "logits")


if __name__ == "__main__":
    main()
