"""Cases of `operation_fixtures.py`: maps combined, joined, cut, moved and turned."""
from __future__ import annotations

import torch
import torch.nn.functional as F


def combinations(r) -> None:
    x, y = r.map(4, 3, 5, batch=2), r.map(4, 3, 5, batch=2)
    r.case("add", [x, y], x + y)
    y = r.map(4, 3, 5)
    r.case("add over the batch", [x, y], x + y)
    y = r.map(4, 1, 1, batch=2)
    r.case("multiply every pixel", [x, y], x * y)
    r.case("global average", [x], F.adaptive_avg_pool2d(x, 1))


def cuts(r) -> None:
    x, y = r.map(3, 4, 5, batch=2), r.map(2, 4, 5, batch=2)
    r.case("concatenate channels", [x, y, x], torch.cat([x, y, x], dim=1))
    r.case("slice channels", [x], x[:, 1:])
    token, x = r.normal(1, 1, 3), r.map(3, 4, 5, batch=2)
    sequence = torch.cat([token.expand(2, 1, 3), x.flatten(2).transpose(1, 2)], dim=1)
    r.case("class token before the pixels", [x], sequence.transpose(1, 2).unsqueeze(2), cls_token=token)
    r.case("pixels after a class token", [x], x, cls_token=token)


def space_to_depth(r) -> None:
    x = r.map(3, 5, 7, batch=2)
    y = F.pad(x, (0, 1, 0, 1))
    blocks = [y[:, :, 0::2, 0::2], y[:, :, 1::2, 0::2], y[:, :, 0::2, 1::2], y[:, :, 1::2, 1::2]]
    r.case("space to depth", [x], torch.cat(blocks, dim=1))


def pixel_shuffle(r) -> None:
    x = r.map(12, 3, 5, batch=2)
    r.case("pixel shuffle", [x], F.pixel_shuffle(x, 2))


def partitioned(x: torch.Tensor, height: int, width: int, shift: int = 0) -> torch.Tensor:
    """The windows of a channels-first map, padded right and bottom, then moved up and left."""
    x = F.pad(x, (0, -x.shape[3] % width, 0, -x.shape[2] % height))
    x = torch.roll(x, (-shift, -shift), dims=(2, 3))
    b, c, h, w = x.shape
    x = x.reshape(b, c, h // height, height, w // width, width)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(-1, c, height, width)


def windows(r) -> None:
    x = r.map(2, 7, 11, batch=2)
    r.case("windows", [x], partitioned(x, 3, 4))
    r.case("windows, shifted", [x], partitioned(x, 4, 4, shift=2))
    r.case("stripes over the map's height", [x], partitioned(x, 7, 3))
    r.case("windows merged", [x], x)
    r.case("windows merged, shifted", [x], x)


def rotary(r) -> None:
    x = r.map(12, 5, 4, batch=2)
    quarter = 3
    theta = 1 / 10_000 ** (torch.arange(quarter).double() / quarter)
    y, columns = torch.meshgrid(torch.arange(5).double(), torch.arange(4).double(), indexing="ij")
    angles = torch.cat([y[..., None] * theta, columns[..., None] * theta], dim=-1)
    pairs = torch.view_as_complex(x.movedim(1, -1).reshape(2, 5, 4, 6, 2).contiguous())
    turned = torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)
    r.case("rotary encoding", [x], turned.movedim(-1, 1))


FAMILIES = [combinations, cuts, space_to_depth, windows, rotary]
