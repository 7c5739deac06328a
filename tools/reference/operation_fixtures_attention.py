"""Cases of `operation_fixtures.py`: linear and softmax attention, alone and in the reference network's layers."""
from __future__ import annotations

import torch
import torch.nn.functional as F

import fovea_reference
from operation_fixtures_rearrangement import partitioned


def heads(x: torch.Tensor, count: int) -> torch.Tensor:
    """(B, heads·D, H, W) → (B, heads, N, D)."""
    b, c, h, w = x.shape
    return x.reshape(b, count, c // count, h * w).transpose(2, 3)


def joined(y: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """The inverse of `heads`."""
    b, count, n, d = y.shape
    return y.transpose(2, 3).reshape(b, count * d, height, width)


def attend(q, k, v, epsilon: float, average: bool = False, normalisers=None) -> torch.Tensor:
    """Weights first, N×N: what linear attention must equal."""
    share = 1 / k.shape[2] if average else 1.0
    weights = q @ k.transpose(2, 3) * share
    nq, nk = normalisers or (q, k)
    return weights @ v / ((nq @ nk.transpose(2, 3) * share).sum(-1, keepdim=True) + epsilon)


def separate(r) -> None:
    q, k, v = r.map(6, 4, 5, batch=2), r.map(6, 4, 5, batch=2), r.map(6, 4, 5, batch=2)
    qh, kh, vh = heads(q, 2), heads(k, 2), heads(v, 2)
    r.case("linear attention, ELU + 1, averaged", [q, k, v],
           joined(attend(F.elu(qh) + 1, F.elu(kh) + 1, vh, 0.25, average=True), 4, 5))
    few_k, few_v = r.map(6, 2, 3, batch=2), r.map(6, 2, 3, batch=2)
    r.case("linear attention, fewer keys", [q, few_k, few_v],
           joined(attend(F.relu(qh), F.relu(heads(few_k, 2)), heads(few_v, 2), 0.5), 4, 5))
    nq, nk = r.map(6, 4, 5, batch=2).abs(), r.map(6, 4, 5, batch=2).abs()
    r.case("linear attention, its own normaliser", [q, k, v, nq, nk],
           joined(attend(qh, kh, vh, 1e-6, average=True, normalisers=(heads(nq, 2), heads(nk, 2))), 4, 5))


def interleaved(r) -> None:
    for name, height, width in [("linear order", 4, 5), ("quadratic order", 1, 3)]:
        inputs = [r.map(2 * 3 * 4, height, width, batch=2), r.map(3 * 4, height, width, batch=2)]
        inputs[0][:, :4, 0, 0] = -1  # the ReLU of this query is all zeros
        rows = torch.cat(inputs, dim=1).reshape(2, 3, 12, height * width).transpose(2, 3)
        q, k, v = rows.chunk(3, dim=3)
        y = attend(F.relu(q), F.relu(k), v, 1e-15)
        r.case(f"multi-scale attention, {name}", inputs, joined(y, height, width))


def random_features(r) -> None:
    q, k, v = r.map(8, 3, 5, batch=2), r.map(8, 3, 5, batch=2), r.map(8, 3, 5, batch=2)
    weights = r.normal(6, 4)

    def features(x, dims):
        u = heads(x, 2) / 4**0.25
        exponents = u @ weights.T - u.square().sum(-1, keepdim=True) / 2
        return torch.exp(exponents - exponents.amax(dim=dims, keepdim=True)) / 6**0.5

    y = attend(features(q, (3,)), features(k, (2, 3)), heads(v, 2), 1e-6)
    r.case("linear attention, positive random features", [q, k, v], joined(y, 3, 5), rows=weights)


def focused(r) -> None:
    q, k, v, scale = r.map(6, 3, 5), r.map(6, 3, 5), r.map(6, 3, 5), r.normal(6)

    def focus(x):
        u = ((F.relu(x) + 1e-6) / F.softplus(scale)[:, None, None]).movedim(1, -1)
        return (u**3 / (u**3).norm(dim=-1, keepdim=True) * u.norm(dim=-1, keepdim=True)).movedim(-1, 1)

    y = attend(heads(focus(q), 2), heads(focus(k), 2), heads(v, 2), 1e-6, average=True)
    r.case("linear attention, focused", [q, k, v], joined(y, 3, 5), scale=scale)


def softmax(r) -> None:
    q, k, v = r.map(6, 3, 5, batch=2), r.map(6, 2, 4, batch=2), r.map(8, 2, 4, batch=2)
    y = F.scaled_dot_product_attention(heads(q, 2), heads(k, 2), heads(v, 2), scale=0.7)
    r.case("softmax attention", [q, k, v], joined(y, 3, 5))

    q, k, v, table = r.map(4, 3, 3), r.map(4, 3, 3), r.map(4, 3, 3), r.normal(25, 2)
    y = F.scaled_dot_product_attention(heads(q, 2), heads(k, 2), heads(v, 2), attn_mask=bias(table, 3), scale=0.5)
    r.case("softmax attention, relative bias", [q, k, v], joined(y, 3, 3), relative_position_bias_table=table)


def bias(table: torch.Tensor, window: int) -> torch.Tensor:
    """Swin's bias for a window, (heads, N, N)."""
    grid = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
    relative = grid[:, :, None] - grid[:, None, :] + window - 1
    return table[relative[0] * (2 * window - 1) + relative[1]].movedim(-1, 0)


def regions(height: int, width: int, window: int, shift: int) -> torch.Tensor:
    """Swin's numbers of the regions that a shift brings together; windows × N."""
    numbers = torch.zeros(1, 1, height, width, dtype=torch.double)
    slices = [slice(0, -window), slice(-window, -shift), slice(-shift, None)] if shift else [slice(None)]
    for i, rows in enumerate(slices):
        for j, columns in enumerate(slices):
            numbers[:, :, rows, columns] = 3 * i + j
    return partitioned(numbers, window, window).flatten(1)


def masked_windows(r) -> None:
    for name, height, width, window, shift in [
        ("shifted windows", 6, 9, 3, 1), ("padded windows", 5, 7, 3, 0), ("shifted and padded windows", 5, 7, 4, 2),
    ]:
        x, table = r.map(12, height, width, batch=2), r.normal((2 * window - 1) ** 2, 2)
        q, k, v = (heads(part, 2) for part in partitioned(x, window, window, shift).chunk(3, dim=1))
        padded = (height + -height % window, width + -width % window)
        numbers = regions(*padded, window, shift)
        padding = partitioned(torch.ones(1, 1, height, width), window, window, shift).flatten(1) == 0
        hidden = (numbers[:, :, None] != numbers[:, None, :]) | padding[:, None, :]
        mask = bias(table, window) - 100.0 * hidden.double().repeat(2, 1, 1)[:, None]
        y = joined(F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=0.5), window, window)
        r.case(name, [x], merged(y, *padded, shift)[:, :, :height, :width], relative_position_bias_table=table)


def merged(windows: torch.Tensor, height: int, width: int, shift: int) -> torch.Tensor:
    """The padded map of square windows, moved back."""
    count, c, size, _ = windows.shape
    grid = (height // size, width // size)
    x = windows.reshape(-1, *grid, c, size, size).permute(0, 3, 1, 4, 2, 5).reshape(-1, c, height, width)
    return torch.roll(x, (shift, shift), dims=(2, 3))


def layers(r) -> None:
    """Whole layers of the reference network, which computes its attention in float32."""
    for name, module in [
        ("focused attention layer", fovea_reference.FocusedLinearAttention(8, 4)),
        ("multi-scale attention layer", fovea_reference.MultiScaleLinearAttention(8, 4, kernels=(3, 5))),
    ]:
        shapes = {k: v.shape for k, v in module.state_dict().items() if not k.endswith("num_batches_tracked")}
        state = {key: r.normal(*shape).float() / 2 for key, shape in shapes.items()}
        state |= {key: value.abs() + 0.5 for key, value in state.items() if key.endswith("running_var")}
        module.load_state_dict(state, strict=False)
        x = r.map(8, 5, 7, batch=2).float()
        r.case(name, [x], module.eval()(x), **state)


FAMILIES = [separate, interleaved, random_features, focused, softmax, masked_windows, layers]
