"""Measures the trained models in PyTorch, to compare with what their config.json states and `fovea eval` gives.

    evaluate_pytorch.py --camvid data/camvid/test --tiny-imagenet data/tiny_imagenet/val --samples datasets/samples

The folders are laid out by datasets/camvid/prepare and datasets/tiny_imagenet/prepare.  Prints a JSON line a data set,
and the classifier's first three labels of each sample photo.
"""
from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import trained


def normalised(image: Image.Image, config: dict) -> torch.Tensor:
    """(1, 3, H, W), float32."""
    preprocessing = config["pretrained_cfg"]
    pixels = np.asarray(image.convert("RGB"), dtype=np.float32) / 255
    pixels = (pixels - np.float32(preprocessing["mean"])) / np.float32(preprocessing["std"])
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)[None]))


def evaluate_pairs(model, config: dict, folder: Path, labels: dict) -> dict:
    """mIoU and pixel accuracy over images/ and masks/ of equal stems, at the images' own size."""
    classes = config["num_classes"]
    to_class = np.full(256, -2)
    for mask_id, index in labels["mask_ids"]["classes"].items():
        to_class[int(mask_id)] = index
    to_class[labels["mask_ids"]["ignored"]] = -1
    confusion = np.zeros((classes, classes), dtype=np.int64)
    for path in sorted((folder / "images").iterdir()):
        image = Image.open(path)
        truth = to_class[np.asarray(Image.open(folder / "masks" / path.name))]
        assert (truth >= -1).all(), f"{path.name}: its mask has an id that the label set does not know"
        logits = model(normalised(image, config))
        logits = F.interpolate(logits, size=truth.shape, mode="bilinear", align_corners=False)
        answer = logits.argmax(1)[0].numpy()
        counted = truth >= 0
        confusion += np.bincount(
            truth[counted] * classes + answer[counted], minlength=classes**2
        ).reshape(classes, classes)
    hits = np.diag(confusion)
    iou = hits / (confusion.sum(0) + confusion.sum(1) - hits)
    return {
        "miou": iou.mean(),
        "pixel_accuracy": hits.sum() / confusion.sum(),
        "classes": [{"label": c["label"], "iou": round(v, 4)} for c, v in zip(labels["classes"], iou)],
    }


def evaluate_folders(model, config: dict, folder: Path, labels: dict) -> dict:
    """Top-1 and top-5 over one folder a class, resized to the network's size."""
    height, width = config["pretrained_cfg"]["input_size"][1:]
    top1 = top5 = count = 0
    for entry in labels["classes"]:
        files = sorted((folder / entry["synset"]).iterdir())
        for start in range(0, len(files), 100):
            images = [Image.open(path).convert("RGB") for path in files[start : start + 100]]
            resized = [image.resize((width, height), Image.Resampling.BILINEAR) for image in images]
            best = model(torch.cat([normalised(image, config) for image in resized])).topk(5).indices
            top1 += (best[:, 0] == entry["index"]).sum().item()
            top5 += (best == entry["index"]).any(1).sum().item()
            count += len(images)
    return {"top1": top1 / count, "top5": top5 / count, "images": count}


def sample_labels(model, config: dict, folder: Path, labels: dict) -> dict:
    """The three most probable labels of each photo: its middle in the network's proportions, resized."""
    height, width = config["pretrained_cfg"]["input_size"][1:]
    answers = {}
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".png", ".jpg")):
        image = Image.open(path).convert("RGB")
        scale = max(height / image.height, width / image.width)
        image = image.resize((int(image.width * scale), int(image.height * scale)), Image.Resampling.BILINEAR)
        left, top = round((image.width - width) / 2), round((image.height - height) / 2)
        image = image.crop((left, top, left + width, top + height))
        best = model(normalised(image, config)).softmax(1)[0].topk(3)
        names = [labels["classes"][index]["label"] for index in best.indices]
        answers[path.name] = [[name, round(value.item(), 4)] for name, value in zip(names, best.values)]
    return answers


@torch.inference_mode()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--camvid", type=Path, metavar="DIR", help="a split with images/ and masks/")
    parser.add_argument("--tiny-imagenet", type=Path, metavar="DIR", help="a split with a folder a class")
    parser.add_argument("--samples", type=Path, metavar="DIR", help="photos to classify")
    arguments = parser.parse_args()
    for name, evaluate, folder in (
        ("fovea_small_camvid", evaluate_pairs, arguments.camvid),
        ("fovea_nano_camvid", evaluate_pairs, arguments.camvid),
        ("fovea_small_tiny_imagenet", evaluate_folders, arguments.tiny_imagenet),
        ("fovea_small_tiny_imagenet", sample_labels, arguments.samples),
    ):
        if folder is not None:
            model, config = trained.load(trained.REPOSITORY / "models" / name)
            label_set = trained.REPOSITORY / "datasets" / config["fovea"]["label_set"] / "labels.json"
            answer = evaluate(model, config, folder, json.loads(label_set.read_text()))
            print(json.dumps({"model": name, **answer}), flush=True)


if __name__ == "__main__":
    main()
