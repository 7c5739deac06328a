"""Records PyTorch's gradients of whole models of tiny dimensions, parameter by parameter.

    gradient_goldens.py [--out Tests/Fixtures/gradients] [--only NAME ...]

A folder holds config.json (the architecture) and gradients.safetensors: under the checkpoint's own names every parameter's
gradient, and every running statistic after the step. step.safetensors has the input `x`, the gradient `g` that the logits are
given, the logits in training mode, and for the hybrid `ids` and the `losses` of ten steps of AdamW. The weights are those of
Tests/Fixtures/goldens/NAME where there is such a folder, else checkpoint.safetensors beside the gradients.
Gradients are computed in float64 and stored as float32; the losses are float32's. A case whose gradients PyTorch's own float32 gets
wrong is refused: it would test its conditioning.
"""
from __future__ import annotations

import argparse
import contextlib
import copy
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

import attention_choices
import flatten
import flatten_cswin
import flatten_swin
import golden
import mila
import timm_models
import trained

FIXTURES = trained.REPOSITORY / "Tests" / "Fixtures"
HYBRID = {
    "family": "fovea", "widths": [8, 8, 12, 16, 16], "depths": [1, 2, 2, 2, 1], "focused_head_dim": 8, "multiscale_head_dim": 8,
    "multiscale_kernels": [5], "focusing_factor": 3, "rank_restoration_kernel": 5, "expand_ratio": 2, "mlp_ratio": 2, "num_classes": 7,
}  # fmt: skip
SMALL_HYBRID = {
    **HYBRID, "widths": [4, 4, 8, 8, 8], "depths": [1, 1, 1, 1, 1], "strides": [2, 2, 1, 1, 2], "focused_head_dim": 4,
    "multiscale_head_dim": 4, "head": {"type": "classifier"},
}  # fmt: skip
DEIT = {
    **timm_models.deit(16, 2, 2, img_size=16, patch_size=4, num_classes=5), "mlp_ratio": 2, "attention_eps": 1e-6, "performer_seed": 7,
    "focusing_factor": 3, "kernel_size": 5,
}  # fmt: skip
EFFICIENTVIT_L = timm_models.efficientvit_l([4, 4, 4, 8, 8], [1, 1, 1, 1, 1], 4, [16, 24], 5)
CSWIN = {
    "family": "flatten_cswin", "img_size": 64, "num_classes": 5, "embed_dim": 4, "depth": [1, 1, 1, 1], "num_heads": [2, 2, 2, 4],
    "split_size": [1, 2, 2, 2], "la_split_size": "16-8-4-2", "attn_type": "LSSS", "mlp_ratio": 2, "focusing_factor": 3, "kernel_size": 5,
    "norm_eps": 1e-5, "attention_eps": 1e-6,
}  # fmt: skip
MILA = {
    "family": "mila", "img_size": 32, "num_classes": 5, "embed_dim": 8, "depths": [1, 1], "num_heads": [2, 4], "mlp_ratio": 2,
    "norm_eps": 1e-5, "attention_eps": 1e-6,
}  # fmt: skip
CHOICES = ["elu", "relu", "focused", "focused_without_dwc", "elu_with_dwc", "dwc"]
CASES = {
    # name: (architecture, or None for that of the golden; input shape)
    "hybrid_classifier": ({**HYBRID, "head": {"type": "classifier"}}, (3, 3, 64, 72)),
    "hybrid_segmenter": ({**HYBRID, "head": {"type": "segmenter", "width": 8, "depth": 1}}, (2, 3, 44, 64)),
    "hybrid_upscaled": ({**SMALL_HYBRID, "head": {"type": "segmenter", "width": 8, "depth": 1, "upscale": 2}}, (3, 3, 28, 40)),
    "timm_efficientvit_b_tiny": (None, (3, 3, 60, 68)),
    "timm_deit_tiny_dims": (None, (2, 3, 64, 64)),
    "flatten_pvt_tiny_dims": (None, (2, 3, 64, 64)),
    "flatten_swin_tiny_dims": (None, (2, 3, 64, 64)),
    "efficientvit_l": (EFFICIENTVIT_L, (3, 3, 36, 52)),
    "flatten_cswin": (CSWIN, (2, 3, 64, 64)),
    "mila": (MILA, (2, 3, 28, 36)),
    "deit_performer": ({**DEIT, "attention": "performer"}, (2, 3, 16, 16)),
    "deit_relu_resized": ({**DEIT, "attention": "relu"}, (2, 3, 12, 24)),
    **{
        f"deit_{choice}": ({**DEIT, "attention": choice, "global_pool": "avg" if choice == "dwc" else "token"}, (2, 3, 16, 16))
        for choice in CHOICES
    },
    "hybrid_softmax": ({**SMALL_HYBRID, "attention": "softmax"}, (2, 3, 44, 56)),
    **{f"hybrid_{choice}": ({**SMALL_HYBRID, "attention": choice}, (3, 3, 28, 40)) for choice in CHOICES if choice != "focused"},
}  # fmt: skip


def build(architecture: dict) -> torch.nn.Module:
    match architecture["family"]:
        case "fovea":
            return attention_choices.hybrid(architecture)
        case "flatten_pvt":
            return flatten.Pyramid(architecture)
        case "flatten_swin":
            return flatten_swin.Swin(architecture)
        case "flatten_cswin":
            return flatten_cswin.CSwin(architecture)
        case "mila":
            return mila.MILA(architecture)
        case "deit" if architecture["attention"] != "softmax":
            return attention_choices.deit(architecture)
        case _:
            return timm_models.build(architecture)


def load(name: str, architecture: dict | None, shape: tuple[int, ...], folder: Path) -> tuple[torch.nn.Module, dict]:
    """The model and its architecture: the golden's own weights, or random ones that are written into the folder."""
    source = FIXTURES / "goldens" / name
    if architecture is None:
        architecture = json.loads((source / "config.json").read_text())["architecture"]
        model = build(architecture)
        pickled = source / "checkpoint.pth"
        state = torch.load(pickled, map_location="cpu", weights_only=False) if pickled.exists() else load_file(source / "checkpoint.safetensors")
        model.load_state_dict(state.get("model", state), strict=False)
        return model, architecture
    torch.manual_seed(11)
    model = build(architecture)
    golden.randomise(model, golden.smooth_noise((4, *shape[1:]), 12), 13)
    state = {key: value for key, value in model.state_dict().items() if not key.endswith("num_batches_tracked")}
    save_file({key: value.contiguous() for key, value in state.items()}, folder / "checkpoint.safetensors")
    return model, architecture


@contextlib.contextmanager
def float64_stays():
    """Lets `.float()` of the reference leave float64 as it is."""
    narrow = torch.Tensor.float
    torch.Tensor.float = lambda self: self if self.dtype == torch.float64 else narrow(self)
    try:
        yield
    finally:
        torch.Tensor.float = narrow


def propagated(model: torch.nn.Module, x: torch.Tensor, dtype: torch.dtype) -> tuple[torch.nn.Module, torch.Tensor, torch.Tensor]:
    """A copy of the model after a step forward and backward, its logits, and the gradient that they were given."""
    model = copy.deepcopy(model).to(dtype).train()
    with float64_stays():
        logits = model(x.to(dtype))
    g = torch.randn(logits.shape, generator=torch.Generator().manual_seed(15)).double() / logits.numel() ** 0.5
    logits.backward(g.float().to(dtype))
    return model, logits, g


def float32_deviation(exact: dict[str, torch.Tensor], model: torch.nn.Module) -> float:
    """The greatest difference of a model's gradients, in parts of each tensor's greatest element or of 0.05."""
    narrow = {key: value.grad for key, value in model.named_parameters()}
    return max(float((narrow[key] - value).abs().max() / max(value.abs().max(), 0.05)) for key, value in exact.items())


def losses(model: torch.nn.Module, x: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """Cross entropy of ten steps of AdamW (rate 1e-3, decay 0.05) on one batch."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.05)
    values = []
    for _ in range(10):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), ids)
        loss.backward()
        optimiser.step()
        values.append(loss.detach())
    return torch.stack(values)


def record(name: str, architecture: dict | None, shape: tuple[int, ...], out: Path) -> None:
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    model, architecture = load(name, architecture, shape, folder)
    x = golden.smooth_noise(shape, 14)

    exact, logits, g = propagated(model, x, torch.float64)
    gradients = {key: value.grad for key, value in exact.named_parameters() if value.grad is not None}
    deviation = float32_deviation(gradients, propagated(model, x, torch.float32)[0])
    if deviation > 1e-4:
        raise ValueError(f"{name} is ill-conditioned: PyTorch's own float32 gradients are off by {deviation:.2g} of the greatest element")
    gradients |= {key: value for key, value in exact.named_buffers() if "running" in key}
    step = {"x": x, "g": g, "logits": logits}
    if architecture["family"] == "fovea":
        generator = torch.Generator().manual_seed(16)
        step["ids"] = torch.randint(0, logits.shape[1], (shape[0], *logits.shape[2:]), generator=generator)
        step["losses"] = losses(copy.deepcopy(model).train(), x, step["ids"])
    for file, tensors in (("gradients", gradients), ("step", step)):
        narrow = {key: value.detach().float().contiguous() for key, value in tensors.items()}
        save_file(narrow, folder / f"{file}.safetensors")
    note = f"gradients in float64, losses in float32; PyTorch {torch.__version__.split('+')[0]}"
    (folder / "config.json").write_text(golden.json_text({"architecture": architecture, "note": note}))
    print(name, sum(file.stat().st_size for file in folder.iterdir()), "bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=FIXTURES / "gradients")
    parser.add_argument("--only", nargs="*", default=list(CASES))
    arguments = parser.parse_args()
    for name in arguments.only:
        record(name, *CASES[name], arguments.out)


if __name__ == "__main__":
    main()
