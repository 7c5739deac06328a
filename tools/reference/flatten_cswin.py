"""FLatten-CSwin (FLatten Transformer, arXiv 2308.00442; CSwin, arXiv 2107.00652) at its trained size, written from the papers.

Linear stages attend over the whole map; softmax stages in stripes, half of the channels and heads in standing ones and half in
lying ones, or in square windows where a stripe covers the map.  Every window adds a depthwise convolution of its own values
(LePE).  The parameters' names are those of the published checkpoints.
"""
from __future__ import annotations

import torch
import torch.nn as nn

from flatten import MLP, FocusedAttention, softmax_attention


def lepe(dim: int) -> nn.Conv2d:
    return nn.Conv2d(dim, dim, 3, padding=1, groups=dim)


def over_grid(convolution: nn.Conv2d, tokens: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """A convolution of tokens on their grid: (B, H·W, C) → (B, H·W, C)"""
    grid = tokens.transpose(1, 2).unflatten(2, (height, width))
    return convolution(grid).flatten(2).transpose(1, 2)


class WholeMap(FocusedAttention):
    """Focused linear attention over all tokens."""

    def __init__(self, dim, heads, side, table_side, numbers):
        super().__init__()
        self.heads, self.side = heads, side
        self.add_focus(dim, table_side**2, numbers["focusing_factor"], numbers["kernel_size"])
        self.get_v = lepe(dim)

    def forward(self, q, k, v):
        return self.attend(q, k, v, self.side, self.side) + over_grid(self.get_v, v, self.side, self.side)


class Windows(nn.Module):
    """Softmax attention in windows of height × width."""

    def __init__(self, dim, heads, side, height, width):
        super().__init__()
        self.heads, self.side, self.height, self.width = heads, side, height, width
        self.get_v = lepe(dim)

    def cut(self, x):
        """(B, N, C) → (B · windows, height · width, C)"""
        x = x.unflatten(1, (self.side // self.height, self.height, self.side // self.width, self.width))
        return x.transpose(2, 3).flatten(3, 4).flatten(0, 2)

    def join(self, x, batch):
        """The inverse of `cut`."""
        x = x.unflatten(0, (batch, self.side // self.height, self.side // self.width))
        return x.unflatten(3, (self.height, self.width)).transpose(2, 3).flatten(1, 4)

    def forward(self, q, k, v):
        batch = q.shape[0]
        q, k, v = self.cut(q), self.cut(k), self.cut(v)
        y = softmax_attention(q, k, v, self.heads) + over_grid(self.get_v, v, self.height, self.width)
        return self.join(y, batch)


class Block(nn.Module):
    def __init__(self, dim, stage, side, numbers):
        super().__init__()
        heads, stripe = numbers["num_heads"][stage], numbers["split_size"][stage]
        self.norm1 = nn.LayerNorm(dim, eps=numbers["norm_eps"])
        self.qkv = nn.Linear(dim, 3 * dim)
        if numbers["attn_type"][stage] == "L":
            table_side = int(numbers["la_split_size"].split("-")[stage])
            branches = [WholeMap(dim, heads, side, table_side, numbers)]
        elif stage == 3 or stripe == side:
            window = min(stripe, side)
            branches = [Windows(dim, heads, side, window, window)]
        else:
            branches = [Windows(dim // 2, heads // 2, side, *size) for size in ((side, stripe), (stripe, side))]
        self.attns = nn.ModuleList(branches)
        self.proj = nn.Linear(dim, dim)
        self.norm2 = nn.LayerNorm(dim, eps=numbers["norm_eps"])
        self.mlp = MLP(dim, numbers["mlp_ratio"])

    def forward(self, x):
        parts = [t.chunk(len(self.attns), dim=-1) for t in self.qkv(self.norm1(x)).chunk(3, dim=-1)]
        y = torch.cat([branch(*tokens) for branch, tokens in zip(self.attns, zip(*parts))], dim=-1)
        x = x + self.proj(y)
        return x + self.mlp(self.norm2(x))


class Tokens(nn.Module):
    """(B, C, H, W) → (B, N, C)"""

    def forward(self, x):
        return x.flatten(2).transpose(1, 2)


class Merge(nn.Module):
    def __init__(self, cin, cout, eps):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, 2, 1)
        self.norm = nn.LayerNorm(cout, eps=eps)

    def forward(self, x, side):
        x = self.conv(x.transpose(1, 2).unflatten(2, (side, side)))
        return self.norm(x.flatten(2).transpose(1, 2))


class CSwin(nn.Module):
    def __init__(self, numbers: dict):
        super().__init__()
        a = numbers
        dim, eps, side = a["embed_dim"], a["norm_eps"], a["img_size"] // 4
        self.stage1_conv_embed = nn.Sequential(nn.Conv2d(3, dim, 7, 4, 2), Tokens(), nn.LayerNorm(dim, eps=eps))
        self.sides = []
        for stage, depth in enumerate(a["depth"]):
            if stage:
                setattr(self, f"merge{stage}", Merge(dim, 2 * dim, eps))
                dim, side = 2 * dim, -(-side // 2)
            self.sides.append(side)
            setattr(self, f"stage{stage + 1}", nn.Sequential(*(Block(dim, stage, side, a) for _ in range(depth))))
        self.norm = nn.LayerNorm(dim, eps=eps)
        self.head = nn.Linear(dim, a["num_classes"])

    def forward(self, x):
        x = self.stage1(self.stage1_conv_embed(x))
        for stage in range(1, 4):
            x = getattr(self, f"merge{stage}")(x, self.sides[stage - 1])
            x = getattr(self, f"stage{stage + 1}")(x)
        return self.head(self.norm(x).mean(dim=1))
