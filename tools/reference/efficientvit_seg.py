"""EfficientViT's segmentation network (arXiv 2205.14756, figure 5): timm's backbone, the authors' head and key names.

Stages 4, 3 and 2 are projected to one width, resized (bicubic) to stage 2's size, summed, refined and classified; the
logits stay at an eighth of the input's size.
"""
from __future__ import annotations

import re

import torch
import torch.nn as nn
import torch.nn.functional as F
from timm.layers import GELUTanh

import timm_models


def architecture(widths, depths, head_dim, head_width, head_depth, num_classes, final_expand=4) -> dict:
    """The numbers of a segmentation network of the B series, in Fovea's form."""
    return {
        "family": "efficientvit_seg_b",
        "widths": widths, "depths": depths, "head_dim": head_dim,
        "seg_head": {
            "fid_list": ["stage4", "stage3", "stage2"], "head_stride": 8, "head_width": head_width,
            "head_depth": head_depth, "expand_ratio": 4, "middle_op": "mbconv", "final_expand": final_expand,
        },
        "norm_eps": 1e-5, "attention_eps": 1e-15, "activation": "hswish", "num_classes": num_classes,
    }  # fmt: skip


SEG_B1_CITYSCAPES = architecture([16, 32, 64, 128, 256], [1, 2, 3, 3, 4], 16, 64, 3, 19)


class ConvNorm(nn.Module):
    def __init__(self, cin, cout, kernel=1, groups=1, eps=1e-5, bias=False, norm=True, activation=None):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, padding=kernel // 2, groups=groups, bias=bias)
        self.norm = nn.BatchNorm2d(cout, eps) if norm else None
        self.activation = activation or nn.Identity()

    def forward(self, x):
        x = self.conv(x)
        return self.activation(x if self.norm is None else self.norm(x))


class Refinement(nn.Module):
    """One residual block of the head: an inverted bottleneck, in the L series a fused one."""

    def __init__(self, width, head, eps, activation):
        super().__init__()
        middle = round(width * head["expand_ratio"])
        self.main = nn.ModuleDict()
        if head["middle_op"] == "mbconv":
            self.main["inverted_conv"] = ConvNorm(width, middle, eps=eps, activation=activation)
            self.main["depth_conv"] = ConvNorm(middle, middle, 3, groups=middle, eps=eps, activation=activation)
        else:
            self.main["spatial_conv"] = ConvNorm(width, middle, 3, eps=eps, activation=activation)
        self.main["point_conv"] = ConvNorm(middle, width, eps=eps)

    def forward(self, x):
        y = x
        for layer in self.main.values():
            y = layer(y)
        return x + y


class Segmenter(nn.Module):
    def __init__(self, numbers: dict):
        super().__init__()
        large = numbers["family"] == "efficientvit_seg_l"
        activation = GELUTanh() if large else nn.Hardswish()
        eps, head, width = numbers["norm_eps"], numbers["seg_head"], numbers["seg_head"]["head_width"]
        self.backbone = timm_models.build(
            {**numbers, "family": "efficientvit_l" if large else "efficientvit_b", "head_widths": [8, 8]}
        )
        self.backbone.head = nn.Identity()
        for module in self.backbone.modules():
            if hasattr(module, "kernel_func"):
                module.eps = numbers["attention_eps"]
        # timm's stages start after the stem: stage k is stages[k - 1].
        self.taken = [int(name.removeprefix("stage")) for name in head["fid_list"]]
        self.inputs = nn.ModuleList(ConvNorm(numbers["widths"][i], width, eps=eps) for i in self.taken)
        self.middle = nn.Sequential(*(Refinement(width, head, eps, activation) for _ in range(head["head_depth"])))
        self.output = nn.Sequential()
        if head["final_expand"]:
            self.output.append(ConvNorm(width, width * head["final_expand"], eps=eps, activation=activation))
            width = width * head["final_expand"]
        self.output.append(ConvNorm(width, numbers["num_classes"], bias=True, norm=False))

    def forward(self, x):
        x = self.backbone.stem(x)
        stages = {}
        for index, stage in enumerate(self.backbone.stages):
            stages[index + 1] = x = stage(x)
        size = stages[2].shape[-2:]
        total = 0
        for index, project in zip(self.taken, self.inputs):
            y = project(stages[index])
            if y.shape[-2:] != size:
                y = F.interpolate(y, size=size, mode="bicubic", align_corners=False)
            total = total + y
        return self.output(self.middle(total))

    def official_state(self) -> dict[str, torch.Tensor]:
        """The state under the authors' key names."""
        return {self.official_name(name): value for name, value in self.state_dict().items()}

    def official_name(self, name: str) -> str:
        is_large = len(self.backbone.stages) == 4 and not hasattr(self.backbone.stages[0].blocks[0].main, "inverted_conv")
        stem = "stages.0" if is_large else "input_stem"
        name = name.replace("backbone.stem.in_conv", f"backbone.{stem}.op_list.0")
        name = re.sub(r"backbone\.stem\.res(\d+)", lambda m: f"backbone.{stem}.op_list.{int(m[1]) + 1}", name)
        first = 1 if is_large else 0
        name = re.sub(
            r"backbone\.stages\.(\d+)\.blocks", lambda m: f"backbone.stages.{int(m[1]) + first}.op_list", name
        )
        resized = [index != 2 for index in self.taken]
        name = re.sub(
            r"^inputs\.(\d+)",
            lambda m: f"head.input_ops.{m[1]}" + (".op_list.0" if resized[int(m[1])] else ""),
            name,
        )
        return re.sub(r"^middle\.", "head.middle.op_list.", re.sub(r"^output\.", "head.output_ops.0.op_list.", name))
