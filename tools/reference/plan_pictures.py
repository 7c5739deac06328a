"""Draws the pictures of FoveaEngine's and FoveaTraining's documentation from real plans.

    fovea models fovea_nano_camvid --plan --pass layout --json --size 96x128 --threads 1 > whole.jsonl
    fovea models fovea_nano_camvid --plan --pass layout --json --rows --size 8192x8192 --threads 1 > rows.jsonl
    TrainingBench NUMBERS.json 96x128 1 f32 1 0 plan > training.jsonl
    plan_pictures.py whole.jsonl rows.jsonl --out Sources/FoveaEngine/FoveaEngine.docc/Resources \\
      --training training.jsonl --training-out Sources/FoveaTraining/FoveaTraining.docc/Resources

NUMBERS.json is what a model folder's config has under fovea.architecture.

Every picture is drawn from what the plan says: no number is made up, only the colors are.
"""
from __future__ import annotations

import argparse
import json
from pathlib import Path
from xml.sax.saxutils import escape

GONE, KEPT, NOW, LATER, LINE, INK = "#e4e7ec", "#9cc4ee", "#1f6fc4", "#ffffff", "#8a94a3", "#1c2430"


class Picture:
    """Shapes in the order of drawing, on white so that they read in a dark page too."""

    def __init__(self, width: int, height: int, title: str):
        self.size = (width, height)
        self.parts = [f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
        self.text(16, 24, title, size=14, weight="bold")

    def rect(self, x, y, width, height, fill, stroke=LINE):
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(height, 0.6):.1f}" '
            f'fill="{fill}" stroke="{stroke}" stroke-width="0.6"/>')

    def text(self, x, y, words, size=11, anchor="start", weight="normal", fill=INK):
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" '
            f'fill="{fill}">{escape(words)}</text>')

    def arrow(self, x1, y1, x2, y2):
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{INK}" marker-end="url(#to)"/>')

    def write(self, path: Path) -> None:
        width, height = self.size
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" font-family="Helvetica, Arial, sans-serif">'
            '<defs><marker id="to" markerWidth="7" markerHeight="7" refX="6" refY="3.5" orient="auto">'
            f'<path d="M0,0 L7,3.5 L0,7 z" fill="{INK}"/></marker></defs>')
        path.write_text(head + "\n" + "\n".join(self.parts) + "\n</svg>\n", encoding="utf-8")
        print(f"{path}: {len(self.parts)} shapes")


def legend(picture: Picture, y: int, words: list[tuple[str, str]]) -> None:
    x = 16
    for color, meaning in words:
        picture.rect(x, y - 9, 12, 11, color)
        picture.text(x + 18, y, meaning)
        x += 42 + 6.6 * len(meaning)


def columns(picture: Picture, strip: dict, block: int, top: int, height: int, left: int, step: int) -> None:
    """The maps of a strip's stages side by side while one block runs: rows computed now, kept, gone and to come."""
    width = step - 46
    for index, stage in enumerate(strip["stages"]):
        x = left + index * step
        rows = stage["shape"][1]
        scale = height / rows
        first, past, kept = stage["blocks"][block]
        isMap = stage.get("destination") is not None
        picture.rect(x, top, width, height, LATER)
        picture.rect(x, top, width, scale * past, KEPT if isMap else GONE)
        if not isMap:
            picture.rect(x, top + scale * kept, width, scale * (past - kept), KEPT)
        picture.rect(x, top + scale * first, width, scale * (past - first), NOW)
        name = stage["kind"].removesuffix("Stage")
        picture.text(x + width / 2, top - 20, f"{index}: {name}", anchor="middle", weight="bold")
        picture.text(x + width / 2, top - 6, "×".join(map(str, stage["shape"][1:])), anchor="middle", size=10)
        where = f"region r{stage['destination']}" if isMap else f"ring of {stage['ringRows']} rows"
        picture.text(x + width / 2, top + height + 16, where, anchor="middle")
        picture.text(x + width / 2, top + height + 30, f"rows {first}–{past - 1} now", anchor="middle", size=10)
        for source in [stage["input"], stage.get("second"), stage.get("residual")]:
            if source and source == f"stage {index - 1}":
                picture.arrow(x - 40, top + height / 2, x - 6, top + height / 2)


def strip_picture(step: dict, path: Path) -> None:
    strip = step["strip"]
    count = len(strip["stages"])
    block = len(strip["stages"][0]["blocks"]) // 2
    picture = Picture(
        max(580, 40 + 150 * count), 380,
        f"A strip: step {step['step']} of a plan, {count} stages, {strip['blockRows']} rows at a time")
    columns(picture, strip, block, 70, 220, 24, 150)
    legend(picture, 358, [
        (NOW, "computed now"), (KEPT, "kept: in the ring, or in memory"), (GONE, "forgotten"), (LATER, "to come")])
    picture.write(path)


def halo_picture(step: dict, path: Path) -> None:
    """Two blocks of a stage that reads its neighbourhood, row by row."""
    stages = step["strip"]["stages"]
    reader = next(i for i, s in enumerate(stages)
                  if i and s["input"] == f"stage {i - 1}" and s["kind"] in ("DepthwiseStage", "ConvolutionStage"))
    picture = Picture(640, 400, f"A halo and a ring: stage {reader} reads rows of stage {reader - 1} around its own")
    first = len(stages[reader]["blocks"]) // 2
    for place, block in enumerate([first, first + 1]):
        x = 40 + place * 310
        now, ring = stages[reader]["blocks"][block], stages[reader - 1]["blocks"][block]
        start = ring[2] - 1
        picture.text(x, 60, f"block {block}", weight="bold")
        for row in range(start, ring[1] + 2):
            y = 72 + 18 * (row - start)
            if y > 350:
                break
            fill = NOW if ring[0] <= row < ring[1] else KEPT if ring[2] <= row < ring[1] else (
                GONE if row < ring[2] else LATER)
            picture.rect(x, y, 90, 15, fill)
            picture.text(x + 45, y + 11, f"row {row}", anchor="middle", size=10,
                         fill="#ffffff" if fill == NOW else INK)
            if now[0] <= row < now[1]:
                picture.rect(x + 150, y, 90, 15, NOW)
                picture.text(x + 195, y + 11, f"row {row}", anchor="middle", size=10, fill="#ffffff")
        picture.arrow(x + 96, 150, x + 144, 150)
        picture.text(x, 366, f"stage {reader - 1}: a ring of {stages[reader - 1]['ringRows']} rows", size=10)
        picture.text(x + 150, 366, f"stage {reader}: rows {now[0]}–{now[1] - 1}", size=10)
    legend(picture, 390, [(NOW, "computed in this block"), (KEPT, "kept from the block before: the halo")])
    picture.write(path)


def flow_picture(arriving: dict, departing: dict | None, path: Path) -> None:
    """How much of the image, and of the answer, is in memory at a moment."""
    picture = Picture(640, 330, "Arriving and departing rows: an image of which memory holds a few rows")
    top, height = 60, 200
    image = arriving["arriving"]
    band = len(arriving["bands"]) // 2
    arrived, done = arriving["bands"][band]
    scale = height / image[1]
    columns = [("the image's rows arrive", image, arrived, arriving["keptRows"], 40)]
    last = arriving["strip"]["stages"][-1]
    columns.append(("a first map, kept whole", last["shape"], done, None, 240))
    for name, shape, past, kept, x in columns:
        scale = height / shape[1]
        picture.text(x, top - 10, name, weight="bold")
        picture.rect(x, top, 120, height, LATER)
        picture.rect(x, top, 120, scale * past, GONE if kept else KEPT)
        if kept:
            picture.rect(x, top + scale * (past - kept), 120, scale * kept, KEPT)
        picture.text(x, top + height + 16, "×".join(map(str, shape[1:])))
        picture.text(x, top + height + 30, f"{past} rows {'have arrived' if kept else 'are computed'}", size=10)
        if kept:
            picture.text(x, top + height + 44, f"{kept} of them are kept", size=10)
    picture.arrow(166, top + 100, 234, top + 100)
    if departing:
        shape, kept = departing["departing"], departing["keptRows"]
        scale = height / shape[1]
        past = shape[1] // 2
        picture.text(440, top - 10, "the answer's rows depart", weight="bold")
        picture.rect(440, top, 120, height, LATER)
        picture.rect(440, top, 120, scale * past, GONE)
        picture.rect(440, top + scale * (past - kept), 120, scale * kept, KEPT)
        picture.text(440, top + height + 16, "×".join(map(str, shape[1:])))
        picture.text(440, top + height + 30, f"a ring of {kept} rows, computed as", size=10)
        picture.text(440, top + height + 44, "the caller reads them", size=10)
        picture.arrow(366, top + 100, 434, top + 100)
    legend(picture, 322, [(KEPT, "in memory"), (GONE, "read and forgotten"), (LATER, "to come")])
    picture.write(path)


def memory_picture(count: int, regions: list[dict], words: str, path: Path) -> None:
    """Every region of the arena: when it is alive, and where."""
    alive = [r for r in regions if not r.get("isConstant") and not r.get("isBorrowed") and r["bytes"]]
    end = max(r["offset"] + r["bytes"] for r in alive)
    picture = Picture(760, 400, f"{words}: {end >> 10} KB, {len(alive)} regions")
    left, top, width, height = 60, 50, 670, 290
    unit = width / (count + 2)
    picture.rect(left, top, width, height, LATER)
    for region in alive:
        x = left + unit * (region["first"] + 1)
        y = top + height * (1 - (region["offset"] + region["bytes"]) / end)
        wide = unit * (region["last"] - region["first"] + 1)
        tall = height * region["bytes"] / end
        picture.rect(x, y, wide, tall, KEPT)
        if tall > 12 and wide > 22:
            picture.text(x + wide / 2, y + tall / 2 + 4, f"r{region['region']}", anchor="middle", size=10)
    for step in range(0, count, max(1, count // 12)):
        picture.text(left + unit * (step + 1.5), top + height + 16, str(step), anchor="middle", size=10)
    picture.text(left, top + height + 30, "arrival", size=10)
    picture.text(left + width, top + height + 30, "departure", anchor="end", size=10)
    picture.text(left + width / 2, top + height + 46, "steps", anchor="middle")
    picture.text(left - 6, top + 10, f"{end >> 10} KB", anchor="end", size=10)
    picture.text(left - 6, top + height, "0", anchor="end", size=10)
    picture.write(path)


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("whole", type=Path, help="the layout of an image that is given whole")
    parser.add_argument("rows", type=Path, help="the layout of one whose rows pass through")
    parser.add_argument("--training", type=Path, help="the lines of training-bench's plan")
    parser.add_argument("--training-out", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    whole, rows = lines(arguments.whole), lines(arguments.rows)
    steps = [line for line in whole if "step" in line]
    fused = [s for s in steps if s.get("strip") and any(
        stage["kind"] in ("DepthwiseStage", "ConvolutionStage") and stage["input"].startswith("stage")
        for stage in s["strip"]["stages"]) and 3 <= len(s["strip"]["stages"]) <= 6]
    strip_picture(fused[0], arguments.out / "strip.svg")
    halo_picture(fused[0], arguments.out / "halo.svg")
    arriving = next(line for line in rows if "arriving" in line)
    departing = next((line for line in rows if "departing" in line), None)
    flow_picture(arriving, departing, arguments.out / "flow.svg")
    regions = [line for line in whole if "region" in line]
    memory_picture(len(steps), regions, f"The arena of a plan of {len(steps)} steps", arguments.out / "memory.svg")
    if arguments.training and arguments.training_out:
        first, *places = lines(arguments.training)
        count = 2 * first["units"] + 1
        words = f"A network of {first['units']} units: forward, the loss at step {first['units']}, backward"
        arguments.training_out.mkdir(parents=True, exist_ok=True)
        memory_picture(count, places, words, arguments.training_out / "units.svg")


if __name__ == "__main__":
    main()
