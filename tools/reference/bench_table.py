"""The tables that bench_peers.py writes; the last of them is the README's."""
from __future__ import annotations

import importlib.metadata
import math
import statistics
from pathlib import Path

from bench_cell import BF16_FACTOR, BF16_LIMIT, F32_LIMIT, Cell, is_fovea, worst

PRODUCTS = {"onnxruntime": "ORT", "openvino": "OpenVINO", "pytorch": "PyTorch"}
PACKAGES = ["onnxruntime", "openvino", "torch", "timm"]
PRECISIONS = {"f32": "float32", "bf16": "bf16"}
COLUMNS = "Model | Size | Batch | Runtime | Minimum ms | Median ms | Images/s | Peak MB | Cold start ms | Difference | Deviation | Ratio"


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def table_row(columns: list[str]) -> str:
    return "| " + " | ".join(columns) + " |"


def product(runtime: str) -> str:
    return PRODUCTS[runtime.rsplit("-", 1)[0]]


def cold_start(lines: list[dict]) -> str:
    return f"{min(line['cold_start_ms'] for line in lines):.0f}"


def peak(lines: list[dict]) -> str:
    return f"{max(line['peak_rss_mb'] for line in lines):.0f}"


def ratio_text(values: list[float]) -> str:
    if not values:
        return ""
    return f"{statistics.median(values):.2f}× ({min(values):.2f}–{max(values):.2f})"


def row(cell: Cell, runtime: str) -> str:
    """Everything about one runtime in a cell."""
    where = [cell.model, cell.size, str(cell.batch)]
    if runtime in cell.failures:
        return table_row([*where, runtime, "failed", *[""] * 7])
    lines, precision = cell.rounds[runtime], cell.precision(runtime)
    median = statistics.median(line["median_ms"] for line in lines)
    return table_row(
        [
            *where,
            runtime if runtime.endswith(precision) else f"{runtime} ({precision})",
            f"{cell.best(runtime):.2f}",
            f"{median:.2f}",
            f"{1000 * cell.batch / median:.1f}",
            peak(lines),
            cold_start(lines),
            f"{cell.difference(runtime):.1e}",
            f"{cell.deviation(runtime):.1e}",
            ratio_text(cell.ratios(precision)) if is_fovea(runtime) else "",
        ]
    )


def milliseconds(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:.0f}" if value >= 99.95 else f"{value:#.3g}"


def time_and_memory(cell: Cell, runtime: str, bold: bool) -> str:
    time = milliseconds(cell.best(runtime))
    return (f"**{time}**" if bold else time) + f" ({peak(cell.rounds[runtime])})"


def summary_columns(cell: Cell, precision: str) -> list[str]:
    """Fovea, the fastest peer and the ratio.  The faster is bold; a peer is named unless it is OpenVINO; who failed is named."""
    fovea, peers = f"fovea-{precision}", cell.peers(precision)
    leads = fovea in cell.rounds and (not peers or cell.best(fovea) <= cell.best(peers[0]))
    own = "failed" if fovea in cell.failures else ""
    if fovea in cell.rounds:
        own = time_and_memory(cell, fovea, bold=leads)
    others = []
    if peers:
        name = product(peers[0])
        others.append(time_and_memory(cell, peers[0], bold=not leads) + (f" {name}" if name != "OpenVINO" else ""))
    others += [f"{product(runtime)} failed" for runtime in cell.failed(precision) if not is_fovea(runtime)]
    return [own, ", ".join(others), ratio_text(cell.ratios(precision))]


def summary(cells: list[Cell]) -> list[str]:
    """The README's table: a line a cell, Fovea beside the fastest peer, in float32 and in bf16."""
    return [
        "| Model, input | Fovea f32 | fastest peer | faster by | Fovea bf16 | fastest peer | faster by |",
        "|---|---|---|---|---|---|---|",
        *(table_row([cell.title, *summary_columns(cell, "f32"), *summary_columns(cell, "bf16")]) for cell in cells),
    ]


def geometric_means(cells: list[Cell]) -> list[str]:
    """Over EfficientViT and the hybrid, without the cells in which a runtime failed, which are named."""
    cells = [cell for cell in cells if cell.model.startswith(("efficientvit", "fovea"))]
    lines = []
    for precision, name in PRECISIONS.items():
        whole = [cell for cell in cells if not cell.failed(precision)]
        ratios = [ratio for ratio in (cell.ratio(precision) for cell in whole) if ratio is not None]
        if ratios:
            mean = math.exp(statistics.fmean(map(math.log, ratios)))
            lines.append(
                f"In {name}, the geometric mean over the cells of EfficientViT and the hybrid: {mean:.2f} times the fastest "
                f"peer ({len(ratios)} of {len(cells)} cells, {min(ratios):.2f} in the worst)."
            )
        if len(whole) < len(cells):
            left_out = "; ".join(cell.title for cell in cells if cell.failed(precision))
            lines.append(f"In {name}, not in the mean, because a runtime failed: {left_out}.")
    return lines


def cold_starts(cells: list[Cell]) -> list[str]:
    return [
        f"From process start to {cell.title}'s first answer, the model's load included: "
        + ", ".join(f"{runtime} {cold_start(lines)} ms" for runtime, lines in cell.rounds.items())
        + "; the peers from Python."
        for cell in cells
        if (cell.model, cell.size, cell.batch) == ("efficientvit_b1", "224x224", 1) and cell.rounds
    ]


def agreement(cells: list[Cell]) -> list[str]:
    """How far the answers lie from PyTorch's in float32, and what they were held against."""
    exact = [cell.difference(runtime) for cell in cells for runtime in cell.rounds if cell.precision(runtime) == "f32"]
    halves = [(cell, runtime) for cell in cells for runtime in cell.rounds if cell.precision(runtime) != "f32"]
    lines = []
    if exact:
        lines.append(f"Answers in float32: {len(exact)}, off by at most {worst(exact):.1e}; the limit is {F32_LIMIT:.0e}.")
    if halves:
        off = worst([cell.difference(runtime) for cell, runtime in halves])
        lines.append(f"Answers in bf16: {len(halves)}, off by at most {off:.1e}; the limit is {BF16_LIMIT}.")
    against = [
        (cell.deviation(runtime), cell.deviation_limit(runtime) / BF16_FACTOR)
        for cell, runtime in halves
        if cell.deviation_limit(runtime) is not None
    ]
    if against:
        own, ratio = worst([own for own, _ in against]), worst([own / peers for own, peers in against])
        lines.append(
            f"Fovea's in bf16 are off by at most {own:.1e} of the answer's norm, {ratio:.2f} times the peers in the worst cell; "
            f"the limit is {BF16_FACTOR} times."
        )
    return lines


def document(cells: list[Cell], date: str, threads: int, rounds: int) -> str:
    versions = ", ".join(f"{package} {importlib.metadata.version(package)}" for package in PACKAGES)
    text = [
        f"# Fovea and other runtimes, {date}",
        "",
        f"{processor()}, {threads} threads, {rounds} rounds, the runtimes in turn, each in a process of its own. {versions}.",
        "`openvino-default` chooses its own precision and says which, in brackets; PyTorch runs eagerly, channels last.",
        "",
        "Milliseconds a batch; images a second from the median; peak resident memory of the whole process; cold start from process start to",
        "the first answer, the model's load included; the worst difference from PyTorch's float32 answer over its largest magnitude, and the",
        "norm of all over the answer's; ratio to the fastest peer at the same precision, the median over the rounds and its spread",
        "(above 1, Fovea is faster).",
        "",
        f"| {COLUMNS} |",
        "|" + "---|" * len(COLUMNS.split(" | ")),
    ]
    for cell in cells:
        text += [row(cell, runtime) for runtime in [*cell.rounds, *cell.failures]]
    text += ["", "The best milliseconds of all rounds (peak MB):", "", *summary(cells)]
    problems = [f"- {line}" for cell in cells for line in cell.problems()]
    for part in (geometric_means(cells), cold_starts(cells), agreement(cells), problems):
        text += ["", *part] if part else []
    return "\n".join(text) + "\n"
