"""The table that bench_peers.py writes."""
from __future__ import annotations

import importlib.metadata
import math
import statistics
import sys
from pathlib import Path

# How far an answer in float32 may lie from PyTorch's, as a share of the largest logit.
F32_LIMIT = 1e-3
# In bf16 the peers themselves say what is usual; Fovea's may be at most this many times the worst of them.
BF16_FACTOR = 2
PRODUCTS = {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "pytorch": "PyTorch"}
PACKAGES = ["onnxruntime", "openvino", "torch", "timm"]


def is_f32(runtime: str) -> bool:
    return runtime.endswith("f32")


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def peers_of(rounds: dict[str, list[dict]], fovea: str) -> dict[str, list[dict]]:
    """The other runtimes at Fovea's precision."""
    return {
        runtime: lines
        for runtime, lines in rounds.items()
        if not runtime.startswith("fovea") and lines and is_f32(runtime) == is_f32(fovea)
    }


def ratios(rounds: dict[str, list[dict]], fovea: str) -> list[float]:
    """For each round, the fastest peer's time at Fovea's precision over Fovea's: above 1, Fovea is faster."""
    peers = peers_of(rounds, fovea).values()
    if not peers or not rounds.get(fovea):
        return []
    return [
        min(lines[index]["minimum_ms"] for lines in peers) / line["minimum_ms"]
        for index, line in enumerate(rounds[fovea])
    ]


def ratio_text(values: list[float]) -> str:
    if not values:
        return ""
    return f"{statistics.median(values):.2f}× ({min(values):.2f}–{max(values):.2f})"


def row(cell: tuple, runtime: str, rounds: dict[str, list[dict]]) -> str:
    model, size, batch = cell
    lines = rounds[runtime]
    median = statistics.median(line["median_ms"] for line in lines)
    columns = [
        model,
        size,
        str(batch),
        runtime,
        f"{min(line['minimum_ms'] for line in lines):.2f}",
        f"{median:.2f}",
        f"{1000 * batch / median:.1f}",
        f"{max(line['peak_rss_mb'] for line in lines):.0f}",
        f"{min(line['cold_start_ms'] for line in lines):.0f}",
        f"{difference(lines):.1e}",
        ratio_text(ratios(rounds, runtime)) if runtime.startswith("fovea") else "",
    ]
    return "| " + " | ".join(columns) + " |"


def fastest_peer(rounds: dict[str, list[dict]], fovea: str) -> str:
    """The name, time and memory of the fastest runtime at Fovea's precision."""
    peers = peers_of(rounds, fovea)
    if not peers:
        return ""
    name = min(peers, key=lambda runtime: min(line["minimum_ms"] for line in peers[runtime]))
    return f"{time_and_memory(peers[name])} {PRODUCTS[name.rsplit('-', 1)[0]]}"


def time_and_memory(lines: list[dict]) -> str:
    if not lines:
        return ""
    best = min(line["minimum_ms"] for line in lines)
    time = f"{best:.0f}" if best >= 100 else f"{best:#.3g}"
    return f"{time} ({max(line['peak_rss_mb'] for line in lines):.0f})"


def summary(cells: dict) -> list[str]:
    """A line a cell: Fovea beside the fastest peer, in float32 and in bf16."""
    text = [
        "| Model, input, batch | Fovea f32 | fastest peer | ratio | Fovea bf16 | fastest peer | ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for (model, size, batch), measured in cells.items():
        columns = [f"{model} {size}" + (f", {batch}" if batch > 1 else "")]
        for fovea in ("fovea-f32", "fovea-bf16"):
            columns += [
                time_and_memory(measured.get(fovea, [])),
                fastest_peer(measured, fovea),
                ratio_text(ratios(measured, fovea)),
            ]
        text.append("| " + " | ".join(columns) + " |")
    return text


def geometric_means(cells: dict) -> list[str]:
    lines = []
    for fovea in ("fovea-f32", "fovea-bf16"):
        medians = [statistics.median(r) for r in (ratios(rounds, fovea) for rounds in cells.values()) if r]
        if medians:
            mean = math.exp(statistics.fmean(math.log(value) for value in medians))
            lines.append(
                f"{fovea}: {mean:.2f}× the fastest peer in the geometric mean of {len(medians)} cells, "
                f"{min(medians):.2f}× in the worst."
            )
    return lines


def document(cells: dict, date: str, threads: int, rounds: int) -> str:
    versions = ", ".join(f"{package} {importlib.metadata.version(package)}" for package in PACKAGES)
    text = [
        f"# Fovea and other runtimes, {date}",
        "",
        f"{processor()}, {threads} threads, {rounds} rounds, the runtimes in turn, each in a process of its own. {versions}.",
        "`openvino-default` chooses its own precision (bf16 where the processor has it); PyTorch runs eagerly, channels last.",
        "",
        "Milliseconds a batch; images a second from the median; peak resident memory of the whole process; cold start from process start to",
        "the first answer, the model's load included; difference from PyTorch's float32 answer over its largest magnitude; ratio to the",
        "fastest peer at the same precision, the median over the rounds and its spread (above 1, Fovea is faster).",
        "",
        "| Model | Size | Batch | Runtime | Minimum ms | Median ms | Images/s | Peak MB | Cold start ms | Difference | Ratio |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for cell, measured in cells.items():
        text += [row(cell, runtime, measured) for runtime, lines in measured.items() if lines]
    text += ["", "Minimum ms (peak MB):", "", *summary(cells)]
    return "\n".join([*text, "", *geometric_means(cells)]).rstrip() + "\n"


def difference(lines: list[dict]) -> float:
    return max((line["difference"] for line in lines), default=0)


def complain_of_differences(cells: dict) -> int:
    """1 when an answer is off, which it says on standard error."""
    status = 0
    for cell, measured in cells.items():
        halves = [difference(lines) for name, lines in measured.items() if not is_f32(name) and "fovea" not in name]
        for runtime, lines in measured.items():
            if is_f32(runtime):
                limit = F32_LIMIT
            else:
                limit = BF16_FACTOR * max(halves, default=math.inf) if runtime.startswith("fovea") else math.inf
            if not difference(lines) <= limit:
                print(f"{cell}: {runtime} differs by {difference(lines):.2g}, over the limit of {limit:.2g}", file=sys.stderr)
                status = 1
    return status
