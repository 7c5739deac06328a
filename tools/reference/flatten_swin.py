"""FLatten-Swin (FLatten Transformer, arXiv 2308.00442; Swin, arXiv 2103.14030) at its trained size, written from the papers.

Linear stages use the config's window, which in the published models is the whole map; softmax stages use windows of 7.
"""
from __future__ import annotations

import torch
import torch.nn as nn

from flatten import MLP, FocusedAttention, PatchEmbedding, softmax_attention

SOFTMAX_WINDOW = 7
SWIN_TINY = {
    "family": "flatten_swin", "img_size": 224, "patch_size": 4, "num_classes": 1000,
    "embed_dim": 96, "depths": [2, 2, 6, 2], "num_heads": [3, 6, 12, 24], "window_size": 56, "mlp_ratio": 4,
    "attn_type": "LLSS", "norm_eps": 1e-5, "attention_eps": 1e-6, "focusing_factor": 3, "kernel_size": 5,
}  # fmt: skip


def to_windows(x: torch.Tensor, side: int) -> torch.Tensor:
    """(B, H, W, C) → (B · windows, side², C)"""
    b, h, w, c = x.shape
    x = x.reshape(b, h // side, side, w // side, side, c)
    return x.transpose(2, 3).reshape(-1, side * side, c)


def from_windows(x: torch.Tensor, side: int, height: int, width: int) -> torch.Tensor:
    """The inverse of `to_windows`."""
    x = x.reshape(-1, height // side, width // side, side, side, x.shape[-1])
    return x.transpose(2, 3).reshape(x.shape[0], height, width, -1)


class LinearWindow(FocusedAttention):
    def __init__(self, dim, heads, side, numbers):
        super().__init__()
        self.heads, self.side = heads, side
        self.add_focus(dim, side * side, numbers["focusing_factor"], numbers["kernel_size"])
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x, mask):
        # The shift's mask is not applied: keys wrap around.
        return self.proj(self.attend(*self.qkv(x).chunk(3, dim=-1), self.side, self.side))


class SoftmaxWindow(nn.Module):
    def __init__(self, dim, heads, side):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * side - 1) ** 2, heads))
        rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        rows, columns = rows.flatten(), columns.flatten()
        down = rows[:, None] - rows[None] + side - 1
        right = columns[:, None] - columns[None] + side - 1
        self.register_buffer("relative_position_index", down * (2 * side - 1) + right)

    def forward(self, x, mask):
        bias = self.relative_position_bias_table[self.relative_position_index].permute(2, 0, 1)
        if mask is not None:  # (windows, n, n) → (B · windows, heads, n, n)
            bias = bias + mask[:, None].repeat(x.shape[0] // mask.shape[0], 1, 1, 1)
        return self.proj(softmax_attention(*self.qkv(x).chunk(3, dim=-1), self.heads, bias))


class Block(nn.Module):
    def __init__(self, dim, heads, map_side, shifted, is_linear, numbers):
        super().__init__()
        wanted = numbers["window_size"] if is_linear else SOFTMAX_WINDOW
        self.map_side, self.window = map_side, min(wanted, map_side)
        self.shift = self.window // 2 if shifted and self.window < map_side else 0
        self.norm1 = nn.LayerNorm(dim, eps=numbers["norm_eps"])
        if is_linear:
            self.attn = LinearWindow(dim, heads, self.window, numbers)
        else:
            self.attn = SoftmaxWindow(dim, heads, self.window)
        self.norm2 = nn.LayerNorm(dim, eps=numbers["norm_eps"])
        self.mlp = MLP(dim, numbers["mlp_ratio"])
        self.register_buffer("attn_mask", self.mask() if self.shift else None)

    def mask(self) -> torch.Tensor:
        """-100 between the positions of a shifted window that are no neighbours in the map: (windows, n, n)."""
        position = torch.arange(self.map_side)
        band = (position >= self.map_side - self.window).long() + (position >= self.map_side - self.shift).long()
        region = to_windows((band[:, None] * 3 + band[None])[None, :, :, None].float(), self.window)[..., 0]
        return torch.where(region[:, :, None] == region[:, None], 0.0, -100.0)

    def forward(self, x):
        b, n, c = x.shape
        y = self.norm1(x).reshape(b, self.map_side, self.map_side, c)
        if self.shift:
            y = torch.roll(y, (-self.shift, -self.shift), (1, 2))
        y = self.attn(to_windows(y, self.window), self.attn_mask)
        y = from_windows(y, self.window, self.map_side, self.map_side)
        if self.shift:
            y = torch.roll(y, (self.shift, self.shift), (1, 2))
        x = x + y.reshape(b, n, c)
        return x + self.mlp(self.norm2(x))


class PatchMerging(nn.Module):
    def __init__(self, dim, side, eps):
        super().__init__()
        self.side = side
        self.norm = nn.LayerNorm(4 * dim, eps=eps)
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)

    def forward(self, x):
        x = x.reshape(x.shape[0], self.side, self.side, -1)
        x = torch.cat([x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]], dim=-1)
        return self.reduction(self.norm(x.flatten(1, 2)))


class Layer(nn.Module):
    def __init__(self, dim, side, index, numbers, is_last):
        super().__init__()
        heads, is_linear = numbers["num_heads"][index], numbers["attn_type"][index] == "L"
        self.blocks = nn.ModuleList(
            Block(dim, heads, side, i % 2 == 1, is_linear, numbers) for i in range(numbers["depths"][index])
        )
        self.downsample = None if is_last else PatchMerging(dim, side, numbers["norm_eps"])

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x if self.downsample is None else self.downsample(x)


class Swin(nn.Module):
    def __init__(self, numbers: dict):
        super().__init__()
        a = numbers
        dim, side = a["embed_dim"], a["img_size"] // a["patch_size"]
        self.patch_embed = PatchEmbedding(3, dim, a["patch_size"], a["norm_eps"])
        self.layers = nn.ModuleList()
        for i in range(len(a["depths"])):
            is_last = i == len(a["depths"]) - 1
            self.layers.append(Layer(dim, side, i, a, is_last))
            dim, side = (dim, side) if is_last else (2 * dim, side // 2)
        self.norm = nn.LayerNorm(dim, eps=a["norm_eps"])
        self.head = nn.Linear(dim, a["num_classes"])

    def stages(self, x) -> dict[str, torch.Tensor]:
        x, _, _ = self.patch_embed(x)
        named = {}
        for i, layer in enumerate(self.layers):
            named[f"layers.{i}"] = x = layer(x)
        return named

    def forward(self, x):
        return self.head(self.norm(list(self.stages(x).values())[-1]).mean(dim=1))
