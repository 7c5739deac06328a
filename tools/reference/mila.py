"""MILA, first called MLLA (Demystify Mamba in Vision: A Linear Attention Perspective, arXiv 2405.16605), written from the paper.

Feature maps are (batch, C, H, W), tokens (batch, N, C), N = H·W.  A block gates linear attention as Mamba does (figure 3c): depthwise
convolution and SiLU before the attention, a SiLU gate after it, position encodings by convolution before both halves.  The
parameters' names are those of the published checkpoints.
"""
from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F

from flatten import MLP, split


def depthwise(dim: int) -> nn.Conv2d:
    return nn.Conv2d(dim, dim, 3, padding=1, groups=dim)


def to_tokens(x: torch.Tensor) -> torch.Tensor:
    """(B, C, H, W) → (B, N, C)"""
    return x.flatten(2).transpose(1, 2)


def to_map(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The inverse of `to_tokens`."""
    return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], *like.shape[2:])


class ConvNorm(nn.Module):
    """Convolution, then optional batch normalisation, then optional ReLU."""

    def __init__(self, cin, cout, kernel=1, stride=1, groups=1, eps=1e-5, norm=True, act=True, bias=False):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=bias)
        self.norm = nn.BatchNorm2d(cout, eps) if norm else None
        self.act = act

    def forward(self, x):
        x = self.conv(x)
        if self.norm is not None:
            x = self.norm(x)
        return F.relu(x) if self.act else x


class Stem(nn.Module):
    """Image → (B, C, H/4, W/4)"""

    def __init__(self, dim, eps):
        super().__init__()
        half = dim // 2
        self.conv1 = ConvNorm(3, half, 3, 2, eps=eps)
        self.conv2 = nn.Sequential(ConvNorm(half, half, 3, eps=eps), ConvNorm(half, half, 3, eps=eps, act=False))
        self.conv3 = nn.Sequential(ConvNorm(half, 4 * dim, 3, 2, eps=eps), ConvNorm(4 * dim, dim, eps=eps, act=False))

    def forward(self, x):
        x = self.conv1(x)
        return self.conv3(x + self.conv2(x))


class Downsample(nn.Module):
    """(B, C, H, W) → (B, 2C, H/2, W/2) by an inverted bottleneck."""

    def __init__(self, dim, ratio, eps):
        super().__init__()
        middle = 2 * dim * ratio
        self.conv = nn.Sequential(
            ConvNorm(dim, middle, norm=False, bias=True),
            ConvNorm(middle, middle, 3, 2, groups=middle, norm=False, bias=True),
            ConvNorm(middle, 2 * dim, eps=eps, act=False, bias=True),
        )

    def forward(self, x):
        return self.conv(x)


def rotate(x: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Turns the channels (2i, 2i + 1) of (B, N, C) by an angle of the row for i < C/4, of the column after."""
    quarter = x.shape[-1] // 4
    frequencies = 10000 ** -(torch.arange(quarter, dtype=torch.float64) / quarter)
    rows = torch.arange(height)[:, None, None] * frequencies
    columns = torch.arange(width)[None, :, None] * frequencies
    angles = torch.cat([rows.expand(-1, width, -1), columns.expand(height, -1, -1)], dim=-1).flatten(0, 1)
    turns = torch.polar(torch.ones_like(angles), angles)
    pairs = torch.view_as_complex(x.double().unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * turns).flatten(-2).to(x.dtype)


class RotaryAttention(nn.Module):
    """ELU + 1 linear attention; q and k turn by their position, those of the normaliser do not; the values are the input."""

    def __init__(self, dim, heads, eps):
        super().__init__()
        self.heads, self.eps = heads, eps
        self.qk = nn.Linear(dim, 2 * dim)
        self.lepe = depthwise(dim)

    def forward(self, x):
        """(B, C, H, W) → (B, N, C)"""
        v = to_tokens(x)
        q, k = (F.elu(self.qk(v)) + 1).chunk(2, dim=-1)
        turned = [split(rotate(t, *x.shape[2:]), self.heads) for t in (q, k)]
        q, k, v = split(q, self.heads), split(k, self.heads), split(v, self.heads)
        z = 1 / (q @ k.mean(dim=-2, keepdim=True).transpose(-2, -1) + self.eps)
        y = turned[0] @ (turned[1].transpose(-2, -1) @ v / v.shape[-2]) * z
        return y.transpose(1, 2).flatten(2) + to_tokens(self.lepe(x))


class Block(nn.Module):
    def __init__(self, dim, heads, numbers):
        super().__init__()
        eps = numbers["norm_eps"]
        self.cpe1, self.cpe2, self.dwc = depthwise(dim), depthwise(dim), depthwise(dim)
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=eps), nn.LayerNorm(dim, eps=eps)
        self.in_proj, self.act_proj, self.out_proj = (nn.Linear(dim, dim) for _ in range(3))
        self.attn = RotaryAttention(dim, heads, numbers["attention_eps"])
        self.mlp = MLP(dim, numbers["mlp_ratio"])

    def forward(self, x):
        x = x + self.cpe1(x)
        tokens = self.norm1(to_tokens(x))
        gate = F.silu(self.act_proj(tokens))
        mixed = F.silu(self.dwc(to_map(self.in_proj(tokens), x)))
        x = x + to_map(self.out_proj(self.attn(mixed) * gate), x)
        x = x + self.cpe2(x)
        return x + to_map(self.mlp(self.norm2(to_tokens(x))), x)


class Layer(nn.Module):
    def __init__(self, dim, depth, heads, numbers, is_last):
        super().__init__()
        self.blocks = nn.Sequential(*(Block(dim, heads, numbers) for _ in range(depth)))
        self.downsample = nn.Identity() if is_last else Downsample(dim, numbers["mlp_ratio"], numbers["norm_eps"])

    def forward(self, x):
        return self.downsample(self.blocks(x))


class MILA(nn.Module):
    def __init__(self, numbers: dict):
        super().__init__()
        a = numbers
        self.patch_embed = Stem(a["embed_dim"], a["norm_eps"])
        last = len(a["depths"]) - 1
        self.layers = nn.Sequential(
            *(
                Layer(a["embed_dim"] << i, depth, heads, a, i == last)
                for i, (depth, heads) in enumerate(zip(a["depths"], a["num_heads"]))
            )
        )
        dim = a["embed_dim"] << last
        self.norm = nn.LayerNorm(dim, eps=a["norm_eps"])
        self.head = nn.Linear(dim, a["num_classes"])

    def forward(self, x):
        return self.head(self.norm(to_tokens(self.layers(self.patch_embed(x)))).mean(dim=1))
