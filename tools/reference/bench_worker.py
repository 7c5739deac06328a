"""Measures one runtime on one network in a process of its own, and prints one JSON line.

    bench_worker.py RUNTIME MODEL_NAME WORK CELL [--threads N] [--seconds S]

Imports only what the runtime needs, so that memory and start-up time are that runtime's own.  Samples as `fovea bench`
does: one run that is not counted, then at least five, until they took the seconds together.
"""
from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np


# Each makes a function from pixels to logits and says the precision that it runs in.
def onnxruntime(arguments):
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    options.inter_op_num_threads = 1
    session = runtime.InferenceSession(arguments.cell / "model.onnx", options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"x": x})[0], "f32"


def openvino(arguments, precision=None):
    import openvino as runtime

    core = runtime.Core()
    hints = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": arguments.threads}
    if precision is not None:
        hints["INFERENCE_PRECISION_HINT"] = precision
    compiled = core.compile_model(arguments.cell / "model.onnx", "CPU", hints)
    request = compiled.create_infer_request()
    chosen = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
    return lambda x: request.infer({"x": x}, share_inputs=True, share_outputs=True)[0], chosen


def pytorch(arguments, half=False):
    import torch

    import bench_models

    torch.set_num_threads(arguments.threads)
    model = bench_models.NETWORKS[arguments.model].load(arguments.work / arguments.model)
    model = model.to(memory_format=torch.channels_last)

    def run(x):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
            return model(torch.from_numpy(x).contiguous(memory_format=torch.channels_last)).float().numpy()

    return run, "bf16" if half else "f32"


RUNTIMES = {
    "onnxruntime-f32": onnxruntime,
    "openvino-f32": lambda arguments: openvino(arguments, "f32"),
    "openvino-default": openvino,
    "pytorch-f32": pytorch,
    "pytorch-bf16": lambda arguments: pytorch(arguments, half=True),
}


def deviations(answer: np.ndarray, expected: np.ndarray) -> dict[str, float]:
    """The worst element over the largest, which one element decides, and all of them as a share of the norm."""
    off = (answer - expected).astype(np.float64)
    return {
        "difference": float(np.abs(off).max() / np.abs(expected).max()),
        "deviation": float(np.linalg.norm(off) / np.linalg.norm(expected.astype(np.float64))),
    }


def resident_mb(field: str) -> float:
    """VmHWM (the peak) or VmRSS (now) of this process, in MB of 2^20 bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runtime", choices=RUNTIMES)
    parser.add_argument("model")
    parser.add_argument("work", type=Path)
    parser.add_argument("cell", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2)
    arguments = parser.parse_args()

    x = np.load(arguments.cell / "x.npy")
    run, precision = RUNTIMES[arguments.runtime](arguments)
    answer = np.array(run(x))
    first_answer = time.monotonic()
    times = []
    while len(times) < 5 or sum(times) < arguments.seconds * 1000:
        start = time.perf_counter()
        run(x)
        times.append((time.perf_counter() - start) * 1000)
    peak = resident_mb("VmHWM")
    expected = np.load(arguments.cell / "logits.npy")
    print(
        json.dumps(
            {
                "minimum_ms": min(times),
                "median_ms": statistics.median_high(times),
                "precision": precision,
                "runs": len(times),
                "first_answer": first_answer,  # on the machine's monotonic clock: the caller knows when it began
                "peak_rss_mb": peak,
                **deviations(answer, expected),
            }
        )
    )


if __name__ == "__main__":
    main()
