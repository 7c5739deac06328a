"""Images a second of training steps, forward and backward, of Fovea and of PyTorch, in turn in one run.

    bench_training.py --bench .build/release/TrainingBench [--only hybrid_64 ...] [--threads 2] [--seconds 4] [--rounds 3]

PyTorch runs channels-last, in float32 and under bfloat16 autocast. A round measures every runtime once; the table has the median
of the rounds, in images a second of wall time and of a busy processor, which other work on the machine disturbs less, and
the growth of the process's peak memory while it trains.
"""
from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NANO = {"family": "fovea", "widths": [16, 32, 48, 96, 160], "depths": [1, 2, 2, 3, 2]}
CASES = {
    # name: (architecture, height, width, batch)
    "hybrid_64": ({**NANO, "num_classes": 200, "head": {"type": "classifier"}}, 64, 64, 128),
    "hybrid_camvid": ({**NANO, "num_classes": 11, "head": {"type": "segmenter", "width": 64, "depth": 2}}, 288, 384, 6),
    "efficientvit_b1": (
        {"family": "efficientvit_b", "names": "timm", "widths": [16, 32, 64, 128, 256], "depths": [1, 2, 3, 3, 4], "head_dim": 16,
         "head_widths": [1536, 1600], "norm_eps": 1e-5, "attention_eps": 1e-5, "activation": "hswish", "num_classes": 1000},
        224, 224, 16,
    ),
}  # fmt: skip
REFERENCE = {"expand_ratio": 4, "focused_head_dim": 16, "focusing_factor": 3, "rank_restoration_kernel": 5, "mlp_ratio": 4,
             "multiscale_head_dim": 16, "multiscale_kernels": [5]}  # fmt: skip


def pytorch(name: str, precision: str, threads: int, seconds: float) -> dict:
    """The figures of one run, in this process."""
    import torch

    import timm_models
    import trained

    torch.set_num_threads(threads)
    architecture, height, width, batch = CASES[name]
    if architecture["family"] == "fovea":
        full = {**REFERENCE, **architecture}
        model = trained.build({"fovea": {"architecture": full}, "num_classes": full["num_classes"]})
    else:
        model = timm_models.build(architecture)
    model = model.train().to(memory_format=torch.channels_last)
    x = torch.randn(batch, 3, height, width).contiguous(memory_format=torch.channels_last)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def step():
        for parameter in model.parameters():
            parameter.grad = None
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
            logits = model(x)
        logits.float().square().mean().backward()

    step()
    times, start = [], time.monotonic()
    while len(times) < 3 or time.monotonic() - start < seconds:
        wall, busy = time.perf_counter(), time.process_time()
        step()
        times.append((time.perf_counter() - wall, time.process_time() - busy))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    wall, busy = (statistics.median(column) for column in zip(*times))
    return {"images_per_second": batch / wall, "images_per_busy_second": batch / busy, "bytes": peak * 1024}


def measure(arguments: argparse.Namespace, name: str, runtime: str, precision: str) -> dict:
    architecture, height, width, batch = CASES[name]
    if runtime == "pytorch":
        command = [sys.executable, __file__, "--bench", "-", "--worker", name, precision]
        command += ["--threads", str(arguments.threads), "--seconds", str(arguments.seconds)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as numbers:
        json.dump(architecture, numbers)
        numbers.flush()
        command = [arguments.bench, numbers.name, f"{height}x{width}", str(batch), precision]
        command += [str(arguments.threads), str(arguments.seconds)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True, help="the built TrainingBench")
    parser.add_argument("--only", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        print(json.dumps(pytorch(*arguments.worker, arguments.threads, arguments.seconds)))
        return
    runtimes = [(runtime, precision) for precision in ("f32", "bf16") for runtime in ("fovea", "pytorch")]
    print(f"{'network':18}{'runtime':9}{'':6}{'images/s':>10}{'a busy s':>10}{'MB':>8}")
    for name in arguments.only:
        rounds = [{key: measure(arguments, name, *key) for key in runtimes} for _ in range(arguments.rounds)]
        for key in runtimes:
            median = {figure: statistics.median(each[key][figure] for each in rounds) for figure in
                      ("images_per_second", "images_per_busy_second", "bytes")}  # fmt: skip
            print(f"{name:18}{key[0]:9}{key[1]:6}{median['images_per_second']:10.1f}"
                  f"{median['images_per_busy_second']:10.1f}{median['bytes'] / 1e6:8.0f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
