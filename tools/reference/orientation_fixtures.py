"""Writes Tests/Fixtures/images/orientation.tsv: small files that state an orientation in every way that Pillow reads,
in some that it does not, and in several at once, with what Pillow's exif_transpose makes of each.

A row a file: what it holds, Pillow's orientation, the file in base64. Run it with Pillow 13."""

import base64
import io
import struct
import zlib
from pathlib import Path

from PIL import Image, ImageOps

TARGET = Path(__file__).parents[2] / "Tests/Fixtures/images/orientation.tsv"
SHORT, LONG, BYTE, ASCII, SIGNED_BYTE, SIGNED_SHORT = 3, 4, 1, 2, 6, 8


def tiff(*entries, order="<"):
    """A TIFF header and a directory of (tag, type, count, four bytes of value)."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    body = struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        body += struct.pack(order + "HHI", tag, kind, count) + value
    return head + body + bytes(4)


def exif(value, kind=SHORT, count=1, order="<"):
    layout = {SHORT: "H2x", LONG: "I", BYTE: "B3x", ASCII: "B3x", SIGNED_BYTE: "b3x", SIGNED_SHORT: "h2x"}[kind]
    return tiff((0x0112, kind, count, struct.pack(order + layout, value)), order=order)


def chunk(name, payload):
    body = name + payload
    return struct.pack(">I", len(payload)) + body + struct.pack(">I", zlib.crc32(body))


def text(name, keyword, value):
    if name == b"tEXt":
        return chunk(name, keyword + b"\0" + value)
    if name == b"zTXt":
        return chunk(name, keyword + b"\0\0" + zlib.compress(value))
    packed = name == b"iTXtz"
    value = zlib.compress(value) if packed else value
    return chunk(b"iTXt", keyword + b"\0" + (b"\1" if packed else b"\0") + b"\0en\0\0" + value)


def profile(block, kind=b"exif"):
    digits = block.hex()
    lines = [digits[i:i + 72] for i in range(0, len(digits), 72)]
    return f"\n{kind.decode()}\n{len(block):8}\n".encode() + "\n".join(lines).encode() + b"\n"


def picture(size):
    width, height = size
    return Image.frombytes("RGB", size, bytes((7 * i * i) % 251 for i in range(width * height * 3)))


def png(before=b"", after=b""):
    file = io.BytesIO()
    picture((3, 2)).save(file, "PNG")
    data = file.getvalue()
    return data[:33] + before + data[33:-12] + after + data[-12:]


def jpeg(*segments):
    file = io.BytesIO()
    picture((16, 8)).save(file, "JPEG")
    data = file.getvalue()
    extra = b"".join(b"\xff\xe1" + struct.pack(">H", len(s) + 2) + s for s in segments)
    return data[:2] + extra + data[2:]


def attribute(value, quote='"'):
    return f'<x:xmpmeta><rdf:Description tiff:Orientation={quote}{value}{quote}/></x:xmpmeta>'.encode()


def element(value):
    return f"<x:xmpmeta><tiff:Orientation>{value}</tiff:Orientation></x:xmpmeta>".encode()


E, RAW, XMP, XAP = b"Exif\0\0", b"Raw profile type exif", b"XML:com.adobe.xmp", b"http://ns.adobe.com/xap/1.0/\0"
untagged = tiff((0x010F, ASCII, 4, b"abc\0"))
chunks = {
    "eXIf, little-endian": chunk(b"eXIf", exif(6)),
    "eXIf, big-endian": chunk(b"eXIf", exif(6, order=">")),
    "eXIf with the prefix of a JPEG": chunk(b"eXIf", E + exif(6)),
    "eXIf with that prefix twice": chunk(b"eXIf", E + E + exif(6)),
    "eXIf whose 42 is of the other order": chunk(b"eXIf", exif(6).replace(b"II*\0", b"II\0*")),
    "two eXIf": chunk(b"eXIf", exif(6)) + chunk(b"eXIf", exif(3)),
    "eXIf without the tag": chunk(b"eXIf", untagged),
    "eXIf of 1, XMP of 6": chunk(b"eXIf", exif(1)) + text(b"iTXt", XMP, attribute(6)),
    "eXIf of 0, XMP of 6": chunk(b"eXIf", exif(0)) + text(b"iTXt", XMP, attribute(6)),
    "eXIf of 9": chunk(b"eXIf", exif(9)),
    "eXIf without the tag, XMP of 8": chunk(b"eXIf", untagged) + text(b"iTXt", XMP, attribute(8)),
    "eXIf of 0 bytes, XMP of 8": chunk(b"eXIf", b"") + text(b"iTXt", XMP, attribute(8)),
    "eXIf of type LONG": chunk(b"eXIf", exif(6, LONG)),
    "eXIf of type BYTE": chunk(b"eXIf", exif(6, BYTE)),
    "eXIf of type BYTE, XMP of 8": chunk(b"eXIf", exif(6, BYTE)) + text(b"iTXt", XMP, attribute(8)),
    "eXIf of type SBYTE": chunk(b"eXIf", exif(6, SIGNED_BYTE)),
    "eXIf of type SSHORT": chunk(b"eXIf", exif(6, SIGNED_SHORT)),
    "eXIf of two values": chunk(b"eXIf", exif(6, count=2)),
    "eXIf of no value, XMP of 8": chunk(b"eXIf", exif(6, count=0)) + text(b"iTXt", XMP, attribute(8)),
    "eXIf of values past its end": chunk(b"eXIf", exif(6, count=400)),
    "eXIf with the tag twice": chunk(b"eXIf", tiff((0x112, SHORT, 1, b"\6\0\0\0"), (0x112, SHORT, 1, b"\3\0\0\0"))),
    "a profile in zTXt": text(b"zTXt", RAW, profile(E + exif(6))),
    "a profile in tEXt": text(b"tEXt", RAW, profile(E + exif(6))),
    "a profile in iTXt": text(b"iTXt", RAW, profile(E + exif(6))),
    "a profile in packed iTXt": text(b"iTXtz", RAW, profile(E + exif(6))),
    "a profile without the prefix": text(b"zTXt", RAW, profile(exif(6))),
    "a profile called APP1": text(b"zTXt", b"Raw profile type APP1", profile(E + exif(6), b"APP1")),
    "a profile of 6 and eXIf of 3": text(b"zTXt", RAW, profile(E + exif(6))) + chunk(b"eXIf", exif(3)),
    "a profile of 6 and eXIf without the tag": text(b"zTXt", RAW, profile(exif(6))) + chunk(b"eXIf", untagged),
    "a profile of 6 and XMP of 3": text(b"iTXt", XMP, attribute(3)) + text(b"zTXt", RAW, profile(exif(6))),
    "a profile without the tag and XMP of 3": text(b"iTXt", XMP, attribute(3)) + text(b"zTXt", RAW, profile(untagged)),
    "two profiles": text(b"zTXt", RAW, profile(exif(6))) + text(b"tEXt", RAW, profile(exif(3))),
    "a text called exif": text(b"tEXt", b"exif", exif(6)),
    "a profile in damaged zTXt": chunk(b"zTXt", RAW + b"\0\0" + b"no stream"),
    "XMP, attribute": text(b"iTXt", XMP, attribute(6)),
    "XMP, element": text(b"iTXt", XMP, element(6)),
    "XMP, packed": text(b"iTXtz", XMP, attribute(6)),
    "XMP in tEXt": text(b"tEXt", XMP, attribute(6)),
    "XMP in zTXt": text(b"zTXt", XMP, element(6)),
    "XMP in single quotes": text(b"iTXt", XMP, attribute(6, "'")),
    "XMP with a space before the digit": text(b"iTXt", XMP, element(" 6")),
    "XMP of 0": text(b"iTXt", XMP, attribute(0)),
    "XMP whose first mention has no digit": text(b"iTXt", XMP, attribute("x") + element(5)),
    "XMP of two mentions": text(b"iTXt", XMP, attribute(7) + element(5)),
    "XMP of 16": text(b"iTXt", XMP, attribute(16)),
    "XMP that is not UTF-8": text(b"iTXt", XMP, b"\xff\xfe" + attribute(6)),
    "XMP in damaged packed iTXt": chunk(b"iTXt", XMP + b"\0\1\0en\0\0" + b"no stream"),
    "two XMP": text(b"iTXt", XMP, attribute(6)) + text(b"iTXt", XMP, attribute(3)),
}
files = {f"PNG, {name}": png(before=c) for name, c in chunks.items()}
files |= {f"PNG, {name}, behind the image data": png(after=chunks[name]) for name in [
    "eXIf, little-endian", "a profile in zTXt", "XMP, attribute", "a profile of 6 and eXIf of 3"]}
files |= {f"JPEG, {name}": jpeg(*segments) for name, segments in {
    "EXIF": [E + exif(6)],
    "EXIF with its prefix twice": [E + E + exif(6)],
    "EXIF in two pieces": [E + exif(6)[:9], E + exif(6)[9:]],
    "an empty EXIF, then one": [E, E + exif(6)],
    "EXIF of 6, then of 3": [E + exif(6), E + exif(3)],
    "XMP, attribute": [XAP + attribute(6)],
    "XMP, element": [XAP + element(8)],
    "XMP of 6, then of 3": [XAP + attribute(6), XAP + attribute(3)],
    "XMP of 6, EXIF of 3": [XAP + attribute(6), E + exif(3)],
    "EXIF of 1, XMP of 6": [E + exif(1), XAP + attribute(6)],
    "EXIF without the tag, XMP of 6": [E + untagged, XAP + attribute(6)],
    "XMP of another name": [b"http://ns.adobe.com/xmp/extension/\0" + attribute(6)],
}.items()}

orientations = {None: 1}
for value, method in {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.items():
    orientations[value] = method


def pillow(data):
    """What exif_transpose does, found by trying: the orientation whose transposition gives the same picture."""
    image = Image.open(io.BytesIO(data))
    turned = ImageOps.exif_transpose(image)
    plain = Image.open(io.BytesIO(data))
    for value in range(1, 9):
        other = plain if value == 1 else plain.transpose(Image.Transpose(orientations[value]))
        if other.size == turned.size and other.tobytes() == turned.tobytes():
            return value
    raise ValueError("no transposition")


rows = []
for name, data in files.items():
    try:
        rows.append(f"{name}\t{pillow(data)}\t{base64.b64encode(data).decode()}")
    except (SyntaxError, TypeError, ValueError) as error:
        print(f"left out, as Pillow fails: {name}: {error}")
TARGET.write_text("\n".join(rows) + "\n")
print(f"{len(rows)} files")
