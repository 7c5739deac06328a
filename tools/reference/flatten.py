"""FLatten-PVT and FLatten-Swin (FLatten Transformer, arXiv 2308.00442) at their trained size, written from the paper.

Tokens are (batch, N, C), N = H·W.  Focused linear attention (section 3.3) maps queries and keys by f_p(u) = |u| u^p / |u^p|, p the
focusing factor, sums keys and values once, and adds a depthwise convolution of the values (DWC), which restores their rank.  The
parameters' names are those of the published checkpoints.
"""
from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F

FOCUS_EPS = ATTENTION_EPS = 1e-6
PVT_TINY = {
    "family": "flatten_pvt", "img_size": 224, "patch_size": 4, "num_classes": 1000,
    "embed_dims": [64, 128, 320, 512], "num_heads": [1, 2, 5, 8], "mlp_ratios": [8, 8, 4, 4], "qkv_bias": True,
    "depths": [2, 2, 2, 2], "sr_ratios": [8, 4, 2, 1], "la_sr_ratios": "1111", "attn_type": "LLLL",
    "norm_eps": 1e-6, "embedding_norm_eps": 1e-5, "attention_eps": 1e-6, "focusing_factor": 3, "kernel_size": 5,
}  # fmt: skip


class MLP(nn.Module):
    def __init__(self, dim, ratio):
        super().__init__()
        self.fc1 = nn.Linear(dim, int(dim * ratio))
        self.fc2 = nn.Linear(int(dim * ratio), dim)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


def split(x: torch.Tensor, heads: int) -> torch.Tensor:
    """(B, N, C) → (B, heads, N, D)"""
    b, n, c = x.shape
    return x.reshape(b, n, heads, c // heads).transpose(1, 2)


def softmax_attention(q, k, v, heads: int, bias=None) -> torch.Tensor:
    """q (B, N, C); k and v (B, n, C); bias broadcast to (B, heads, N, n) → (B, N, C)."""
    q, k, v = split(q, heads), split(k, heads), split(v, heads)
    weights = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
    if bias is not None:
        weights = weights + bias
    return (weights.softmax(dim=-1) @ v).transpose(1, 2).flatten(2)


def focused(u: torch.Tensor, scale: torch.Tensor, factor: int) -> torch.Tensor:
    """f_p of every token's channels, which keeps their length: (B, N, C) → (B, N, C)."""
    u = (F.relu(u) + FOCUS_EPS) / F.softplus(scale)
    length = u.norm(dim=-1, keepdim=True)
    u = u**factor
    return u / u.norm(dim=-1, keepdim=True) * length


class FocusedAttention(nn.Module):
    """What the families share: position table of the keys, focusing, linear attention, DWC."""

    def add_focus(self, dim, key_tokens, factor, kernel):
        self.factor = factor
        self.scale = nn.Parameter(torch.zeros(1, 1, dim))
        self.positional_encoding = nn.Parameter(torch.zeros(1, key_tokens, dim))
        width = dim // self.heads
        self.dwc = nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width)

    def attend(self, q, k, v, height, width):
        """q (B, N, C); k and v (B, n, C) → (B, N, C), N = height · width, n ≤ N."""
        b, tokens, c = q.shape
        n = k.shape[1]
        q = focused(q, self.scale, self.factor)
        k = focused(k + self.positional_encoding, self.scale, self.factor)
        q, k, v = split(q, self.heads), split(k, self.heads), split(v, self.heads)
        z = 1 / (q @ k.mean(dim=-2, keepdim=True).transpose(-2, -1) + ATTENTION_EPS)
        y = q @ (k.transpose(-2, -1) @ v / n) * z
        y = y.transpose(1, 2).reshape(b, tokens, c)
        grid = v.transpose(-2, -1).reshape(b * self.heads, c // self.heads, n)
        if n != tokens:  # fewer keys than queries: along the flattened tokens
            grid = F.interpolate(grid, size=tokens, mode="linear", align_corners=False)
        local = self.dwc(grid.reshape(b * self.heads, c // self.heads, height, width))
        return y + local.reshape(b, c, tokens).transpose(1, 2)


class PyramidAttention(FocusedAttention):
    """PVT's attention, whose keys and values may come from a map reduced by a strided convolution."""

    def __init__(self, dim, heads, tokens, reduction, numbers, is_linear):
        super().__init__()
        self.heads, self.is_linear = heads, is_linear
        if is_linear:
            self.add_focus(dim, tokens // reduction**2, numbers["focusing_factor"], numbers["kernel_size"])
        self.q = nn.Linear(dim, dim, bias=numbers["qkv_bias"])
        self.kv = nn.Linear(dim, 2 * dim, bias=numbers["qkv_bias"])
        self.proj = nn.Linear(dim, dim)
        self.sr = nn.Conv2d(dim, dim, reduction, reduction) if reduction > 1 else None
        self.norm = nn.LayerNorm(dim, eps=1e-5) if reduction > 1 else None

    def forward(self, x, height, width):
        q, source = self.q(x), x
        if self.sr is not None:
            b, _, c = x.shape
            source = self.sr(x.transpose(1, 2).reshape(b, c, height, width)).flatten(2).transpose(1, 2)
            source = self.norm(source)
        k, v = self.kv(source).chunk(2, dim=-1)
        if self.is_linear:
            return self.proj(self.attend(q, k, v, height, width))
        return self.proj(softmax_attention(q, k, v, self.heads))


class PyramidBlock(nn.Module):
    def __init__(self, dim, heads, ratio, tokens, reduction, numbers, is_linear):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=numbers["norm_eps"])
        self.attn = PyramidAttention(dim, heads, tokens, reduction, numbers, is_linear)
        self.norm2 = nn.LayerNorm(dim, eps=numbers["norm_eps"])
        self.mlp = MLP(dim, ratio)

    def forward(self, x, height, width):
        x = x + self.attn(self.norm1(x), height, width)
        return x + self.mlp(self.norm2(x))


class PatchEmbedding(nn.Module):
    def __init__(self, cin, cout, patch, eps):
        super().__init__()
        self.proj = nn.Conv2d(cin, cout, patch, patch)
        self.norm = nn.LayerNorm(cout, eps=eps)

    def forward(self, x):
        x = self.proj(x)
        return self.norm(x.flatten(2).transpose(1, 2)), *x.shape[-2:]


class Pyramid(nn.Module):
    """FLatten-PVT: four stages of patch embedding, position table and blocks; the mean of the last tokens is classified."""

    def __init__(self, numbers: dict):
        super().__init__()
        a = numbers
        cin, side = 3, a["img_size"]
        for i, dim in enumerate(a["embed_dims"]):
            patch = a["patch_size"] if i == 0 else 2
            side //= patch
            is_linear = a["attn_type"][i] == "L"
            reduction = int(a["la_sr_ratios"][i]) if is_linear else a["sr_ratios"][i]
            block = (dim, a["num_heads"][i], a["mlp_ratios"][i], side**2, reduction, a, is_linear)
            setattr(self, f"patch_embed{i + 1}", PatchEmbedding(cin, dim, patch, a["embedding_norm_eps"]))
            setattr(self, f"pos_embed{i + 1}", nn.Parameter(torch.zeros(1, side**2, dim)))
            setattr(self, f"block{i + 1}", nn.ModuleList(PyramidBlock(*block) for _ in range(a["depths"][i])))
            cin = dim
        self.norm = nn.LayerNorm(cin, eps=a["norm_eps"])  # stored in the checkpoints, never applied
        self.head = nn.Linear(cin, a["num_classes"])

    def stages(self, x) -> dict[str, torch.Tensor]:
        named = {}
        for i in range(1, 5):
            x, height, width = getattr(self, f"patch_embed{i}")(x)
            x = x + getattr(self, f"pos_embed{i}")
            for block in getattr(self, f"block{i}"):
                x = block(x, height, width)
            named[f"block{i}"] = x
            x = x.transpose(1, 2).reshape(x.shape[0], -1, height, width)
        return named

    def forward(self, x):
        return self.head(self.stages(x)["block4"].mean(dim=1))
