"""timm's EfficientViT and DeiT, built from the architecture numbers that a Fovea model folder states."""
from __future__ import annotations

import torch
from timm.models.efficientvit_mit import EfficientVit, EfficientVitLarge
from timm.models.vision_transformer import VisionTransformer


def efficientvit_b(widths, depths, head_dim, head_widths, num_classes=1000) -> dict:
    return {
        "family": "efficientvit_b", "names": "timm",
        "widths": widths, "depths": depths, "head_dim": head_dim, "head_widths": head_widths,
        "norm_eps": 1e-5, "attention_eps": 1e-5, "activation": "hswish", "num_classes": num_classes,
    }  # fmt: skip


def efficientvit_l(widths, depths, head_dim, head_widths, num_classes=1000) -> dict:
    return {
        "family": "efficientvit_l", "names": "timm",
        "widths": widths, "depths": depths, "blocks": ["res", "fmb", "fmb", "mb", "att"], "expands": [1, 4, 4, 4, 6],
        "head_dim": head_dim, "head_widths": head_widths,
        # timm gives its norms 1e-7 but leaves the head's batch norm (head.in_conv.norm) at PyTorch's default.
        "norm_eps": 1e-7, "head_norm_eps": 1e-5, "attention_eps": 1e-5, "activation": "gelu_tanh",
        "num_classes": num_classes,
    }  # fmt: skip


def deit(embed_dim, depth, num_heads, img_size=224, patch_size=16, num_classes=1000) -> dict:
    return {
        "family": "deit", "names": "timm",
        "img_size": img_size, "patch_size": patch_size, "embed_dim": embed_dim, "depth": depth, "num_heads": num_heads,
        "mlp_ratio": 4, "qkv_bias": True, "attention": "softmax",
        "norm_eps": 1e-6, "activation": "gelu", "num_classes": num_classes,
    }  # fmt: skip


FULL_SIZE = {
    "efficientvit_b0": efficientvit_b([8, 16, 32, 64, 128], [1, 2, 2, 2, 2], 16, [1024, 1280]),
    "efficientvit_b1": efficientvit_b([16, 32, 64, 128, 256], [1, 2, 3, 3, 4], 16, [1536, 1600]),
    "efficientvit_b2": efficientvit_b([24, 48, 96, 192, 384], [1, 3, 4, 4, 6], 32, [2304, 2560]),
    "efficientvit_b3": efficientvit_b([32, 64, 128, 256, 512], [1, 4, 6, 6, 9], 32, [2304, 2560]),
    "efficientvit_l1": efficientvit_l([32, 64, 128, 256, 512], [1, 1, 1, 6, 6], 32, [3072, 3200]),
    "efficientvit_l2": efficientvit_l([32, 64, 128, 256, 512], [1, 2, 2, 8, 8], 32, [3072, 3200]),
    "efficientvit_l3": efficientvit_l([64, 128, 256, 512, 1024], [1, 2, 2, 8, 8], 32, [6144, 6400]),
    "deit_tiny": deit(192, 12, 3),
    "deit_small": deit(384, 12, 6),
    "deit_base": deit(768, 12, 12),
}

TINY_DIMENSIONS = {
    "timm_efficientvit_b_tiny": efficientvit_b([8, 16, 24, 32, 48], [1, 1, 2, 1, 2], 8, [64, 80], 10),
    "timm_efficientvit_l_tiny": efficientvit_l([8, 16, 24, 32, 48], [1, 1, 1, 2, 2], 8, [64, 80], 10),
    "timm_deit_tiny_dims": deit(32, 3, 2, img_size=64, patch_size=8, num_classes=10),
}


def build(architecture: dict) -> torch.nn.Module:
    """An untrained timm model, in evaluation mode."""
    a = architecture
    if a["family"] == "deit":
        model = VisionTransformer(
            img_size=a["img_size"], patch_size=a["patch_size"], embed_dim=a["embed_dim"], depth=a["depth"],
            num_heads=a["num_heads"], mlp_ratio=a["mlp_ratio"], qkv_bias=a["qkv_bias"], num_classes=a["num_classes"],
            global_pool=a.get("global_pool", "token"), dynamic_img_size=True,
        )  # fmt: skip
    else:
        kind = EfficientVitLarge if a["family"] == "efficientvit_l" else EfficientVit
        model = kind(
            widths=tuple(a["widths"]), depths=tuple(a["depths"]), head_dim=a["head_dim"],
            head_widths=tuple(a["head_widths"]), num_classes=a["num_classes"],
        )  # fmt: skip
    return model.eval()


def outputs(model: torch.nn.Module, architecture: dict, x: torch.Tensor, answer: str) -> dict[str, torch.Tensor]:
    """Every stage's output under Fovea's name for it, and the answer: (N, C, H, W), for DeiT (N, 1 + tokens, C)."""
    named = {}
    if architecture["family"] == "deit":
        watched = {f"blocks.{i}": block for i, block in enumerate(model.blocks)}
    else:
        watched = {f"stage{i + 1}": stage for i, stage in enumerate(model.stages)}
        if architecture["family"] == "efficientvit_l":
            watched = {"stage0": model.stem, **watched}

    def record(name):
        return lambda module, inputs, output: named.__setitem__(name, output)

    handles = [module.register_forward_hook(record(name)) for name, module in watched.items()]
    named[answer] = model(x)
    for handle in handles:
        handle.remove()
    return named
