"""Writes Tests/Fixtures/images/cut: small pictures, and cut.tsv with what Pillow shows of each when it is cut.

A row a length from which Pillow, with LOAD_TRUNCATED_IMAGES, shows more rows that equal the whole picture's: file,
length, rows, "-". (It shows none where the file ends within four bytes of a chunk's end; that is left out.) For progressive JPEGs a row a scan: file, length of the file up to that scan's
end, all rows, the SHA-256 of what Pillow shows. Run it with Pillow 13."""

import hashlib
import io
import struct
import zlib
from pathlib import Path

import numpy
from PIL import Image, ImageFile

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "Tests/Fixtures/images/cut"
WIDTH, HEIGHT = 40, 46


def chunk(name, payload):
    body = name + payload
    return struct.pack(">I", len(payload)) + body + struct.pack(">I", zlib.crc32(body))


def png(pixels, interlaced, parts):
    """An RGB PNG whose image data comes in some parts, with text behind it."""
    starts = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    passes = starts if interlaced else [(0, 0, 1, 1)]
    raw = b"".join(
        b"\0" + row.tobytes() for x, y, dx, dy in passes for row in pixels[y::dy, x::dx])
    data = zlib.compress(raw)
    step = -(-len(data) // parts)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, int(interlaced))
    body = b"".join(chunk(b"IDAT", data[i:i + step]) for i in range(0, len(data), step))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"tEXt", b"Comment\0cut here")
            + chunk(b"IEND", b""))


def jpeg(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=70, **options)
    return file.getvalue()


def shown(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return numpy.asarray(image.convert("RGB"))


def rows_of(data, whole):
    try:
        return int((shown(data) == whole).all(axis=(1, 2)).sum())
    except (OSError, SyntaxError):
        return 0


ImageFile.LOAD_TRUNCATED_IMAGES = True
photo = Image.open(ROOT / "datasets/samples/chelsea.png").convert("RGB").resize((WIDTH, HEIGHT))
pixels = numpy.asarray(photo)
# few colours and runs, so that one byte of the stream can hold the end of one row and the start of another
flat = (pixels // 64 * 64 + 1).repeat(4, 1)[:, :WIDTH]
files = {
    "plain.png": png(flat, False, 3), "interlaced.png": png(flat, True, 3),
    "baseline.jpg": jpeg(photo), "full_colour.jpg": jpeg(photo, subsampling=0),
    "restarts.jpg": jpeg(photo, restart_marker_blocks=2), "grey.jpg": jpeg(photo.convert("L")),
    "progressive.jpg": jpeg(photo, progressive=True, subsampling=0),
    "progressive_grey.jpg": jpeg(photo.convert("L"), progressive=True, restart_marker_rows=1),
}
TARGET.mkdir(exist_ok=True)
table = []
for name, data in files.items():
    (TARGET / name).write_bytes(data)
    whole = shown(data)
    if name.startswith("progressive"):
        scans = [i for i in range(len(data) - 1) if data[i] == 0xFF and data[i + 1] in (0xC4, 0xDA, 0xD9)]
        first = data.index(b"\xff\xda")
        ends = [i for i in scans if i > first and data[i + 1] != 0xDA]
        for end in ends:
            table.append((name, end, HEIGHT, hashlib.sha256(shown(data[:end]).tobytes()).hexdigest()))
        continue
    last = 0
    for length in range(len(data)):
        rows = max(last, rows_of(data[:length], whole))
        if rows != last:
            table.append((name, length, rows, "-"))
        last = rows
(TARGET / "cut.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in table))
print(len(table), "rows,", sum(map(len, files.values())), "bytes of pictures")
