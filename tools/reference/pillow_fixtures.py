#!/usr/bin/env python3
"""Records what Pillow (and timm, torchvision over it) answers, for the tests of FoveaImage.

Writes into Tests/Fixtures/images:
  resize.tsv    noise of a given size, resized: width height filter new_width new_height sha256
  convert.tsv   corpus file, convert("RGB") and (8 bits, upright) over white: path parity_sha256 upright_sha256
  profile.tsv   corpus file, its profile turned to sRGB perceptually: path x y red green blue, 40 pixels a file
  prepare.tsv   corpus file through timm's transforms: path size crop_pct crop_mode filter sha256
Every digest is SHA-256 over height x width x 3 bytes. Needs Pillow, timm, torchvision.
"""
import hashlib
import io
import pathlib
import sys
import warnings

import numpy
from PIL import Image, ImageCms, ImageOps
from timm.data.transforms_factory import transforms_imagenet_eval

root = pathlib.Path(__file__).resolve().parents[2] / "Tests/Fixtures"
corpora = root / "corpora"
filters = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}


def noise(width, height):
    """The top bytes of a linear congruential sequence, row by row, R, G, B."""
    values, x = bytearray(), 1
    for _ in range(width * height * 3):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
        values.append(x >> 24)
    return Image.frombytes("RGB", (width, height), bytes(values))


def digest(image):
    return hashlib.sha256(image.tobytes()).hexdigest()


def record_resizes(out):
    sizes = [(1, 1), (2, 3), (7, 5), (16, 16), (31, 64), (97, 113), (200, 150)]
    targets = [(1, 1), (2, 2), (3, 7), (16, 16), (29, 31), (97, 50), (224, 224), (401, 17)]
    for size in sizes:
        image = noise(*size)
        for target in targets:
            for name, filter in filters.items():
                print(*size, name, *target, digest(image.resize(target, filter)), sep="\t", file=out)


def over_white(image):
    image = ImageOps.exif_transpose(image).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def record_conversions(out):
    for line in (corpora / "expected.tsv").read_text().splitlines()[1:]:
        path, format, _, _, mode, pillow, *rest = line.split("\t")
        if pillow != "ok" or rest[3] != "ok" or "bomb" in path or "truncated" in path or ".scan0" in path:
            continue
        image = Image.open(corpora / path)
        try:
            parity = digest(image.convert("RGB"))
            wide = mode.startswith("I") or "16" in rest[6]
            # Pillow compares tRNS of grey below 8 bits with samples already widened, and reads
            # orientation from text chunks: there it is no reference.
            small = image.mode in "1L" and "transparency" in image.info and "-8" not in path
            skip = wide or small or mode == "CMYK" or "imagemagick" in path
            upright = "-" if skip else digest(over_white(image))
        except (OSError, ValueError, SyntaxError) as error:
            print(path, error, file=sys.stderr)
            continue
        print(path, parity, upright, sep="\t", file=out)


def record_profiles(out):
    for file in ["jpeg_bad/pillow/truncated_exif_dpi.jpg", "jpeg_ok/pillow/icc_profile_big.jpg"]:
        image = Image.open(corpora / file)
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        image = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
        for i in range(40):
            point = (i * 97 % image.width, i * 61 % image.height)
            print(file, *point, *image.getpixel(point), sep="\t", file=out)


def record_preparations(out):
    files = [
        "exif_orientation/recurser/Landscape_6.jpg", "exif_orientation/recurser/Portrait_3.jpg",
        "exif_orientation/recurser/Landscape_7.jpg", "jpeg_ok/pillow/hopper.jpg", "png_ok/pillow/hopper.png",
        "jpeg_ok/wuffs/bricks-color.jpeg", "png_ok/golang/video-001.png",
    ]
    rules = [
        (224, 0.95, "center", "bicubic"), (224, 1.0, "center", "bicubic"), (97, 0.875, "center", "bilinear"),
        ((160, 256), 0.9, "center", "bicubic"), (224, 0.875, "squash", "bicubic"), (384, 1.0, "squash", "bicubic"),
        (224, 0.9, "border", "bicubic"), ((200, 300), 1.0, "border", "bilinear"),
    ]
    for file in files:
        if not (corpora / file).exists():
            print("missing", file, file=sys.stderr)
            continue
        image = ImageOps.exif_transpose(Image.open(corpora / file)).convert("RGB")
        for size, fraction, mode, filter in rules:
            chain = transforms_imagenet_eval(
                img_size=size, crop_pct=fraction, crop_mode=mode, interpolation=filter, use_prefetcher=True)
            array = numpy.asarray(chain(image)).transpose(1, 2, 0)
            height, width = size if isinstance(size, tuple) else (size, size)
            hash = hashlib.sha256(numpy.ascontiguousarray(array).tobytes()).hexdigest()
            print(file, width, height, fraction, mode, filter, hash, sep="\t", file=out)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    folder = root / "images"
    folder.mkdir(exist_ok=True)
    recorders = {"resize": record_resizes, "convert": record_conversions, "profile": record_profiles}
    recorders["prepare"] = record_preparations
    for name, record in recorders.items():
        with open(folder / f"{name}.tsv", "w") as out:
            record(out)
