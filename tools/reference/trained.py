"""Loads the trained model folders under models/ into the reference network of fovea_reference.py."""
from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file

import fovea_reference

REPOSITORY = Path(__file__).resolve().parents[2]


def backbone_config(architecture: dict) -> fovea_reference.BackboneConfig:
    """The reference's configuration from the `fovea.architecture` object of a model folder."""
    return fovea_reference.BackboneConfig(
        widths=tuple(architecture["widths"]),
        depths=tuple(architecture["depths"]),
        strides=tuple(architecture.get("strides", (2, 2, 2, 2, 2))),
        expand_ratio=architecture["expand_ratio"],
        focused_head_dim=architecture["focused_head_dim"],
        focusing_factor=architecture["focusing_factor"],
        rank_restoration_kernel=architecture["rank_restoration_kernel"],
        mlp_ratio=architecture["mlp_ratio"],
        multiscale_head_dim=architecture["multiscale_head_dim"],
        multiscale_kernels=tuple(architecture["multiscale_kernels"]),
    )


def build(config: dict) -> torch.nn.Module:
    """An untrained network for a model folder's config.json."""
    architecture = config["fovea"]["architecture"]
    head = architecture["head"]
    if head["type"] == "segmenter":
        return fovea_reference.Segmenter(
            config["num_classes"], backbone_config(architecture), head["width"], head["depth"], head.get("upscale", 1)
        )
    return fovea_reference.Classifier(config["num_classes"], backbone_config(architecture))


def load(folder: Path) -> tuple[torch.nn.Module, dict]:
    """The network of a model folder with its weights in float32, in evaluation mode, and its config."""
    config = json.loads((folder / "config.json").read_text())
    model = build(config)
    weights = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"{folder}: missing {missing}, unexpected {unexpected}")
    return model.eval(), config
