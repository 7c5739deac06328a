"""The attentions that a config of DeiT or of the hybrid may choose, in timm's DeiT and in the hybrid's reference.

Tokens are (batch, N, C), the class token first where there is one.  Linear attentions are y = φ(q) Σ φ(k)ᵀ v / (φ(q)·Σ φ(k) + ε):
φ is ReLU, ELU + 1, the focusing map of FLatten Transformer (arXiv 2308.00442, eq. 3) or Performer's positive random features
(arXiv 2009.14794, eq. 5).  The depthwise term (DWC) sees the patches' grid only.
"""
from __future__ import annotations

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

import random_features
import timm_models
import trained
from flatten import focused, softmax_attention, split


class ChosenAttention(nn.Module):
    def __init__(self, choice, dim, heads, numbers, scale_shape, seed=0):
        super().__init__()
        self.choice, self.heads, self.eps = choice, heads, numbers["attention_eps"]
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        width = dim // heads
        if choice.startswith("focused"):
            self.factor = numbers["focusing_factor"]
            self.scale = nn.Parameter(torch.zeros(scale_shape))
        if choice in ("focused", "elu_with_dwc", "dwc"):
            kernel = numbers["kernel_size"]
            self.dwc = nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width)
        if choice == "performer":
            rows = random_features.orthogonal(2 * width * math.ceil(math.log(width)), width, seed)
            self.register_buffer("random_features", rows, persistent=False)

    def positive_features(self, x, dims):
        """exp(w·u − |u|²/2 − s) of (B, heads, N, D), u = x / D^¼; s, the greatest exponent over `dims`, cancels."""
        u = x * x.shape[-1] ** -0.25
        exponents = u @ self.random_features.T - u.square().sum(dim=-1, keepdim=True) / 2
        return (exponents - exponents.amax(dim=dims, keepdim=True).detach()).exp() / self.random_features.shape[0] ** 0.5

    def mapped(self, q, k):
        """φ(q) and φ(k) by head, (B, heads, N, features)."""
        if self.choice.startswith("focused"):  # on the whole channel vector
            q, k = focused(q, self.scale, self.factor), focused(k, self.scale, self.factor)
        q, k = split(q, self.heads), split(k, self.heads)
        if self.choice == "relu":
            return F.relu(q), F.relu(k)
        if self.choice.startswith("elu"):
            return F.elu(q) + 1, F.elu(k) + 1
        if self.choice == "performer":
            return self.positive_features(q, (-1,)), self.positive_features(k, (-2, -1))
        return q, k

    def attend(self, q, k, v):
        if self.choice == "softmax":
            return softmax_attention(q, k, v, self.heads)
        if self.choice == "dwc":
            return torch.zeros_like(v)
        (q, k), values = self.mapped(q, k), split(v, self.heads)
        if self.choice.startswith("focused"):  # sums are means
            k = k / k.shape[-2]
        y = q @ (k.transpose(-2, -1) @ values) / (q @ k.sum(dim=-2).unsqueeze(-1) + self.eps)
        return y.transpose(1, 2).flatten(2)

    def local(self, v, height, width):
        """The depthwise term of the patches, (B, H·W, C)."""
        b, n, c = v.shape
        grid = v.transpose(1, 2).reshape(b * self.heads, c // self.heads, height, width)
        return self.dwc(grid).reshape(b, c, n).transpose(1, 2)

    def mix(self, x, height, width):
        """(B, leading + H·W, C) → the same"""
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        y, leading = self.attend(q, k, v), x.shape[1] - height * width
        if hasattr(self, "dwc"):
            y = torch.cat([y[:, :leading], y[:, leading:] + self.local(v[:, leading:], height, width)], dim=1)
        if self.choice == "dwc":  # nothing else reaches the class token, which keeps its own value
            y = torch.cat([v[:, :leading], y[:, leading:]], dim=1)
        return self.proj(y)


class OnTokens(ChosenAttention):
    """In DeiT: the class token, then the patches of a square."""

    def forward(self, x, **unused):
        side = math.isqrt(x.shape[1] - 1)
        return self.mix(x, side, side)


class OnMap(ChosenAttention):
    """In the hybrid: (B, C, H, W) → (B, C, H, W)"""

    def forward(self, x):
        y = self.mix(x.flatten(2).transpose(1, 2), *x.shape[2:])
        return y.transpose(1, 2).reshape(x.shape)


def deit(architecture: dict) -> nn.Module:
    """timm's DeiT with the attention that the numbers choose."""
    a = architecture
    model = timm_models.build(a)
    for index, block in enumerate(model.blocks):
        shape = (1, 1, a["embed_dim"])
        block.attn = OnTokens(a["attention"], a["embed_dim"], a["num_heads"], a, shape, a.get("performer_seed", 0) + index)
    return model


def hybrid(architecture: dict) -> nn.Module:
    """The hybrid's reference; the attention of its fourth stage is another where the numbers choose one."""
    a = architecture
    model = trained.build({"fovea": {"architecture": a}, "num_classes": a["num_classes"]})
    choice, dim = a.get("attention", "focused"), a["widths"][3]
    numbers = {"attention_eps": 1e-6, "focusing_factor": a["focusing_factor"], "kernel_size": a["rank_restoration_kernel"]}
    if choice != "focused":
        for block in model.backbone.stages[3][1:]:
            block.attention = OnMap(choice, dim, dim // a["focused_head_dim"], numbers, (dim,))
    return model
