"""Compares Fovea with ONNX Runtime, OpenVINO and PyTorch on the same weights, in one run, alternating.

    bench_peers.py [--only MODEL ...] [--sizes 224x224 1024x2048 ...] [--batch 1 8] [--rounds 3] [--threads 2]

Without --only, --sizes and --batch it measures the README's table.  Each measurement is a fresh process; in every round
each runtime has its turn, and the order moves on by one.  Ratios are taken within a round, and their spread is over the
rounds.  Without the command `fovea` the peers are measured alone.  The answers are compared with PyTorch's in float32.
Writes a dated Markdown document that ends with the README's table; its status is 1 when a runtime failed or an answer
is off.
"""
from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

import bench_models
import bench_table
import bench_worker
from bench_cell import Cell

HERE = Path(__file__).resolve().parent
WORK = HERE.parents[1] / ".build" / "bench-peers"
# The README's table, in its order: model, sizes, batch.
README_TABLE = [
    ("efficientvit_b0", ["224x224", "512x512", "1024x1024"], 1),
    ("efficientvit_b1", ["224x224", "512x512", "1024x1024", "2048x2048", "4096x4096"], 1),
    ("efficientvit_b3", ["224x224", "512x512"], 1),
    ("efficientvit_l1", ["224x224", "512x512"], 1),
    ("efficientvit_seg_b1_cityscapes", ["512x1024", "1024x2048"], 1),
    ("fovea_nano_camvid", ["360x480", "1024x1024", "2048x2048"], 1),
    ("flatten_pvt_tiny", ["224x224"], 1),
    ("flatten_swin_tiny", ["224x224"], 1),
    ("efficientvit_b1", ["224x224"], 8),
    ("fovea_nano_camvid", ["224x224"], 8),
]
# The sizes of models that are not in it; the others have those of EfficientViT-B0.
OTHER_SIZES = {"fovea_small_tiny_imagenet": ["80x80"], "fovea_small_camvid": ["360x480"]}
FOVEA_PRECISIONS = {"fovea-f32": "f32", "fovea-bf16": "bf16"}


def measure_peer(runtime: str, model: str, cell: Path, arguments) -> dict:
    command = [sys.executable, HERE / "bench_worker.py", runtime, model, arguments.work, cell]
    command += ["--threads", arguments.threads, "--seconds", arguments.seconds]
    environment = {**os.environ, "OMP_NUM_THREADS": str(arguments.threads)}
    start = time.monotonic()
    line = json.loads(run(command, environment, telling=-1).splitlines()[-1])
    line["cold_start_ms"] = (line.pop("first_answer") - start) * 1000
    return line


def measure_fovea(runtime: str, model: str, cell: Path, arguments) -> dict:
    """`fovea bench` for the speed; `fovea features` for the answer, whose whole process is the cold start."""
    common = ["-m", arguments.work / model, "--threads", arguments.threads, "--precision", FOVEA_PRECISIONS[runtime]]
    batch, _, height, width = np.load(cell / "x.npy", mmap_mode="r").shape
    bench = [arguments.fovea, "bench", *common, "--size", f"{height}x{width}", "--batch", batch]
    out = cell / "fovea.safetensors"
    out.unlink(missing_ok=True)
    features = [arguments.fovea, "features", "--tensor", cell / "x.safetensors", "--stage", "logits", *common, "-o", out]
    line = json.loads(run([*bench, "--seconds", arguments.seconds, "--json"]))
    start = time.monotonic()
    run(features)
    cold_start = (time.monotonic() - start) * 1000
    expected = np.load(cell / "logits.npy")
    answer = load_file(out)["logits"].reshape(expected.shape)
    line |= bench_worker.deviations(answer, expected)
    line["cold_start_ms"] = cold_start
    return line


def run(command: list, environment: dict | None = None, telling: int = 0) -> str:
    """What a command prints; `telling` is the line of its complaint that says what went wrong, Python's last."""
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=environment)
    if result.returncode != 0:
        said = result.stderr.strip().splitlines() or ["it died silently"]
        raise RuntimeError(f"status {result.returncode}: {said[telling]}")
    return result.stdout


def measure_cell(model: str, size: str, batch: int, arguments) -> Cell:
    name = f"{model} {size} batch {batch}"
    print(f"{name}: exporting", file=sys.stderr)
    height, width = map(int, size.split("x"))
    folder = bench_models.prepare(model, arguments.work, height, width, batch)
    cell = Cell(model, size, batch, rounds={}, failures={})
    for index in range(arguments.rounds):
        turn = index % len(arguments.runtimes)
        for runtime in arguments.runtimes[turn:] + arguments.runtimes[:turn]:
            if runtime in cell.failures:
                continue
            measure = measure_fovea if runtime in FOVEA_PRECISIONS else measure_peer
            try:
                line = measure(runtime, model, folder, arguments)
            except Exception as error:  # whatever it was, the others go on, and the table names the one that failed
                print(f"{name}: {runtime} failed: {error}", file=sys.stderr)
                cell.failures[runtime] = str(error)
                cell.rounds.pop(runtime, None)
                continue
            cell.rounds.setdefault(runtime, []).append(line)
            print(f"{name}: {runtime} {line['minimum_ms']:.2f} ms, {line['peak_rss_mb']:.0f} MB", file=sys.stderr)
    return cell


def chosen(arguments) -> list[tuple[str, str, int]]:
    """The model, size and batch of each cell that was asked for."""
    models = arguments.only or list(dict.fromkeys(model for model, _, _ in README_TABLE))
    known = {model for model, _, _ in README_TABLE}
    rows = [row for row in README_TABLE if row[0] in models]
    rows += [(model, OTHER_SIZES.get(model, README_TABLE[0][1]), 1) for model in models if model not in known]
    if arguments.sizes:
        rows = [(model, arguments.sizes, 1) for model in models]
    if arguments.batch:
        rows = [(model, sizes, batch) for model, sizes, own in rows if own == 1 for batch in arguments.batch]
    return [(model, size, batch) for model, sizes, batch in rows for size in sizes]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    runtimes = [*FOVEA_PRECISIONS, *bench_worker.RUNTIMES]
    parser.add_argument("--only", nargs="+", choices=bench_models.NETWORKS, metavar="MODEL")
    parser.add_argument("--sizes", nargs="+", metavar="HxW", help="height first; without it, each model's in the README")
    parser.add_argument("--batch", nargs="+", type=int, help="without it 1, and 8 where the README's table has it")
    parser.add_argument("--runtimes", nargs="+", choices=runtimes, default=runtimes, metavar="RUNTIME")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="to sample each for, at least five runs")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fovea", type=Path, default=WORK / "installed" / "bin" / "fovea")
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--out", type=Path, help="the table; without it, beside the exported models")
    arguments = parser.parse_args()
    if not arguments.fovea.exists():
        print(f"{arguments.fovea}: no such command, so the peers are measured alone", file=sys.stderr)
        arguments.runtimes = [runtime for runtime in arguments.runtimes if runtime not in FOVEA_PRECISIONS]
    if not arguments.runtimes:
        parser.error("nothing to measure")
    return arguments


def main() -> int:
    arguments = parse()
    today = datetime.date.today().isoformat()
    out = arguments.out or arguments.work / f"{today}.md"
    cells = []
    for model, size, batch in chosen(arguments):
        cells.append(measure_cell(model, size, batch, arguments))
        # Written anew after every cell: a run that is stopped leaves what it has measured.
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(bench_table.document(cells, today, arguments.threads, arguments.rounds))
    print(out.read_text())
    print(f"written to {out}", file=sys.stderr)
    problems = [line for cell in cells for line in cell.problems()]
    print("\n".join(problems), end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
