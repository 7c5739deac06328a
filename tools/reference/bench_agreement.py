"""How far the answers in bf16 agree with those in float32: top-1 of a classifier, mIoU of a segmenter.

    bench_agreement.py --folders DIR | --pairs DIR  [-m MODEL] [--fovea COMMAND]

--folders is a labelled folder a class, --pairs holds images/ and masks/.  Prints the accuracy at each precision, as
`fovea eval` gives it, and the agreement of the two: the share of pictures with the same first label, or the mean
intersection over union of one mask against the other, over the classes that occur in either.
"""
from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent


def run(command: list) -> str:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout


def evaluated(arguments, precision: str, layout: list) -> dict:
    command = [arguments.fovea, "eval", *layout, *arguments.model, "--precision", precision, "--json"]
    return json.loads(run(command).splitlines()[-1])


def top1_agreement(arguments) -> tuple[float, int]:
    first = []
    for precision in ("f32", "bf16"):
        command = [arguments.fovea, "classify", arguments.folders, *arguments.model, "--precision", precision]
        lines = [json.loads(line) for line in run([*command, "--json"]).splitlines()]
        first.append({line["path"]: line["predictions"][0]["index"] for line in lines})
    paths = first[0].keys() & first[1].keys()
    return sum(first[0][path] == first[1][path] for path in paths) / len(paths), len(paths)


def mask_agreement(arguments) -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as work:
        folders = []
        for precision in ("f32", "bf16"):
            folders.append(Path(work) / precision)
            command = [arguments.fovea, "segment", arguments.pairs / "images", *arguments.model]
            run([*command, "--precision", precision, "-o", folders[-1]])
        counts = np.zeros((256, 256), np.int64)
        names = sorted(path.name for path in folders[0].iterdir())
        for name in names:
            one, other = (np.asarray(Image.open(folder / name)).astype(np.int64).ravel() for folder in folders)
            counts += np.bincount(one * 256 + other, minlength=65536).reshape(256, 256)
    both, union = counts.diagonal(), counts.sum(0) + counts.sum(1) - counts.diagonal()
    return float((both[union > 0] / union[union > 0]).mean()), len(names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--folders", type=Path)
    source.add_argument("--pairs", type=Path)
    parser.add_argument("-m", dest="model", default=None)
    parser.add_argument("--fovea", type=Path, default=HERE.parents[1] / ".build" / "release" / "fovea")
    arguments = parser.parse_args()
    arguments.model = ["-m", arguments.model] if arguments.model else []
    if arguments.folders:
        layout, (agreement, count), what = [arguments.folders, "--layout", "folders"], top1_agreement(arguments), "top-1"
    else:
        layout, (agreement, count), what = [arguments.pairs], mask_agreement(arguments), "mIoU"
    for precision in ("f32", "bf16"):
        print(precision, json.dumps(evaluated(arguments, precision, layout)))
    print(f"{what} of bf16 against f32: {agreement:.5f} over {count} pictures")


if __name__ == "__main__":
    main()
