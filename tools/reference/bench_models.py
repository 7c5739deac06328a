"""The networks of the comparison: a model folder for Fovea, the same weights in PyTorch, an ONNX file for each size."""
from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import Callable, NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file, save_file

import efficientvit_seg
import flatten
import flatten_swin
import golden
import timm_goldens
import timm_models
import trained

SEED = 7


class Network(NamedTuple):
    make: Callable[[Path], None]  # writes config.json and model.safetensors into a folder
    load: Callable[[Path], torch.nn.Module]  # the network of such a folder


def timm_network(name: str) -> Network:
    architecture = timm_models.FULL_SIZE[name]

    def make(folder: Path) -> None:
        model = timm_goldens.randomised(architecture, 224, 224, SEED)
        golden.save_checkpoint(model, folder / "model.safetensors")
        (folder / "config.json").write_text(golden.json_text(timm_goldens.model_config(name, architecture)))

    def load(folder: Path) -> torch.nn.Module:
        model = timm_models.build(architecture)
        model.load_state_dict(load_file(folder / "model.safetensors"))
        return model

    return Network(make, load)


def segmentation_network(name: str, architecture: dict, label_set: str) -> Network:
    def make(folder: Path) -> None:
        model = efficientvit_seg.Segmenter(architecture).eval()
        golden.randomise(model, golden.smooth_noise((2, 3, 256, 512), SEED), SEED)
        config = {
            "architecture": name,
            "task": "segmentation",
            "num_classes": architecture["num_classes"],
            "pretrained_cfg": {
                "input_size": [3, 1024, 2048], "interpolation": "bicubic", "crop_pct": 1.0, "crop_mode": "center",
                "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225],
            },
            "fovea": {"architecture": architecture, "label_set": label_set, "logits_upsampling": "bicubic"},
        }  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        save_file({k: v.contiguous() for k, v in model.official_state().items()}, folder / "model.safetensors")
        (folder / "config.json").write_text(golden.json_text(config))

    def load(folder: Path) -> torch.nn.Module:
        model = efficientvit_seg.Segmenter(architecture).eval()
        official = load_file(folder / "model.safetensors")
        model.load_state_dict({key: official[model.official_name(key)] for key in model.state_dict()})
        return model

    return Network(make, load)


def flatten_network(name: str, architecture: dict) -> Network:
    kind = flatten_swin.Swin if architecture["family"] == "flatten_swin" else flatten.Pyramid

    def make(folder: Path) -> None:
        model = kind(architecture)
        golden.randomise(model, golden.smooth_noise((2, 3, 224, 224), SEED), SEED)
        golden.save_checkpoint(model, folder / "model.safetensors")
        (folder / "config.json").write_text(golden.json_text(timm_goldens.model_config(name, architecture)))

    def load(folder: Path) -> torch.nn.Module:
        model = kind(architecture).eval()
        model.load_state_dict(load_file(folder / "model.safetensors"))
        return model

    return Network(make, load)


def trained_network(name: str) -> Network:
    return Network(
        make=lambda folder: shutil.copytree(trained.REPOSITORY / "models" / name, folder, dirs_exist_ok=True),
        load=lambda folder: trained.load(folder)[0],
    )


NETWORKS = {
    **{name: timm_network(name) for name in timm_models.FULL_SIZE},
    "efficientvit_seg_b1_cityscapes": segmentation_network(
        "efficientvit_seg_b1_cityscapes", efficientvit_seg.SEG_B1_CITYSCAPES, "cityscapes"
    ),
    "flatten_pvt_tiny": flatten_network("flatten_pvt_tiny", flatten.PVT_TINY),
    "flatten_swin_tiny": flatten_network("flatten_swin_tiny", flatten_swin.SWIN_TINY),
    **{
        name: trained_network(name)
        for name in ("fovea_nano_camvid", "fovea_small_camvid", "fovea_small_tiny_imagenet")
    },
}


def model_folder(name: str, work: Path) -> Path:
    """The model folder under `work`, made once."""
    folder = work / name
    if not (folder / "model.safetensors").exists():
        folder.mkdir(parents=True, exist_ok=True)
        with torch.no_grad():
            NETWORKS[name].make(folder)
        json.loads((folder / "config.json").read_text())
    return folder


@torch.no_grad()
def prepare(name: str, work: Path, height: int, width: int, batch: int) -> Path:
    """A folder with x.safetensors, x.npy, model.onnx and logits.npy (PyTorch, float32) for one size, made once."""
    cell = work / name / f"{height}x{width}x{batch}"
    if (cell / "logits.npy").exists():
        return cell
    cell.mkdir(parents=True, exist_ok=True)
    model = NETWORKS[name].load(model_folder(name, work))
    x = golden.smooth_noise((batch, 3, height, width), SEED)
    save_file({"x": x}, cell / "x.safetensors")
    np.save(cell / "x.npy", x.numpy())
    with warnings.catch_warnings():
        # The exporter through TorchScript needs no further package, and warns that it is the older one.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, (x,), cell / "model.onnx", dynamo=False, opset_version=18,
            input_names=["x"], output_names=["logits"],
        )  # fmt: skip
    np.save(cell / "logits.npy", model(x).numpy())
    return cell
