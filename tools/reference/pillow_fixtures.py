#!/usr/bin/env python3
"""Records what Pillow (and timm, torchvision over it) answers, for the tests of FoveaImage.

Writes into Tests/Fixtures/images:
  resize.tsv    noise of a given size, resized: width height filter new_width new_height sha256
  convert.tsv   corpus file, convert("RGB") and (8 bits, upright) over white: path parity_sha256 upright_sha256
  profile.tsv   corpus file, its profile turned to sRGB perceptually: path x y red green blue, 40 pixels a file
  float.tsv     16-bit corpus file over a background, each channel resized in mode F: path background filter size sha256
  explain.tsv   corpus file as the model inside the binary sees it, under options of the command: path options sha256
  prepare.tsv   corpus file through timm's transforms: path size crop_pct crop_mode filter sha256
Every digest is SHA-256 over height x width x 3 bytes (float.tsv: little-endian float32). Needs Pillow, timm,
torchvision.
"""
import hashlib
import io
import pathlib
import sys
import warnings

import numpy
from PIL import Image, ImageCms, ImageOps
from timm.data.transforms_factory import transforms_imagenet_eval
from torchvision.io import ImageReadMode, read_image

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


def record_floats(out):
    """Samples of 16 bits divided by 257, over a background, and Pillow's float resize of each channel."""
    for name in ["basn0g16", "basn2c16", "basi2c16", "basn4a16", "basi4a16", "basn6a16", "basi6a16"]:
        path = f"pngsuite/{name}.png"
        wide = read_image(corpora / path, ImageReadMode.UNCHANGED).numpy().astype(numpy.float32) / numpy.float32(257)
        for background in ["FFFFFF", "0AC83C"]:
            behind = numpy.frombuffer(bytes.fromhex(background), numpy.uint8).astype(numpy.float32)
            color = wide[:3] if len(wide) > 2 else wide[:1].repeat(3, axis=0)
            if len(wide) in (2, 4):
                alpha = wide[-1] / numpy.float32(255)
                color = color * alpha + behind[:, None, None] * (1 - alpha)
            for width, height in [(32, 32), (20, 27), (97, 50), (7, 3)]:
                for filter_name, filter in filters.items():
                    planes = [Image.fromarray(plane).resize((width, height), filter) for plane in color]
                    samples = numpy.stack([numpy.asarray(plane) for plane in planes], axis=-1).astype("<f4")
                    hash = hashlib.sha256(samples.tobytes()).hexdigest()
                    print(path, background, filter_name, width, height, hash, sep="\t", file=out)


def over(image, color):
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, color), image).convert("RGB")


def padded(image, side, color):
    scale = max(image.size) / side
    small = image.resize([max(1, round(length / scale)) for length in image.size], Image.BILINEAR)
    frame = Image.new("RGB", (side, side), color)
    frame.paste(small, [(side - length) // 2 for length in small.size])
    return frame


def record_explanations(out):
    """What `fovea explain-input PATH OPTIONS -o` must write for a model of 64 x 64 pixels, bilinear."""
    crop = transforms_imagenet_eval(
        img_size=64, crop_pct=1.0, crop_mode="center", interpolation="bilinear", use_prefetcher=True)
    files = [
        "exif_orientation/recurser/Landscape_6.jpg", "jpeg_ok/pillow/hopper.jpg", "png_ok/pillow/1_trns.png",
        "png_ok/golang/gopher-doc.with-alpha.png",
    ]
    for path in files:
        stored = Image.open(corpora / path)
        upright = ImageOps.exif_transpose(stored)
        shown = over(upright, "white")
        cropped = Image.fromarray(numpy.asarray(crop(shown)).transpose(1, 2, 0))
        answers = {
            "": cropped,
            "--fit crop": cropped,
            "--fit stretch": shown.resize((64, 64), Image.BILINEAR),
            "--fit pad": padded(shown, 64, "#7C7468"),
            "--fit native": shown,
            "--fit native --no-orient": over(stored, "white"),
            "--fit native --background #0AC83C": over(upright, "#0AC83C"),
            "--fit native --pil-parity": stored.convert("RGB"),
        }
        for options, image in answers.items():
            print(path, options, digest(image), sep="\t", file=out)


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
    recorders["float"] = record_floats
    recorders["explain"] = record_explanations
    for name, record in recorders.items():
        with open(folder / f"{name}.tsv", "w") as out:
            record(out)
