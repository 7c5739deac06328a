"""What bench_peers.py measured in a cell, a model at one size and batch: peers, ratios and whether the answers agree."""
from __future__ import annotations

import statistics
from typing import NamedTuple

import numpy as np

# How far an answer may lie from PyTorch's in float32, as a share of the largest logit.  In bf16, 64 times its rounding of
# 2⁻⁸: the worst logit of a large segmentation was half as far off in every runtime, and an unrelated answer is off by 1.
F32_LIMIT = 1e-3
BF16_LIMIT = 0.25
# In bf16 the peers themselves say what is usual; as a share of the norm, Fovea's answer may be off by at most this many
# times the worst of them.  (The worst logit is one element's luck: over four inputs OpenVINO's went from 0.0105 to 0.0355
# of the largest, Fovea's from 0.0114 to 0.0300, in another order.)
BF16_FACTOR = 2
NAMES = {
    "efficientvit_b0": "B0",
    "efficientvit_b1": "B1",
    "efficientvit_b3": "B3",
    "efficientvit_l1": "L1",
    "efficientvit_seg_b1_cityscapes": "Seg-B1",
    "fovea_nano_camvid": "hybrid, CamVid",
    "flatten_pvt_tiny": "FLatten-PVT-T",
    "flatten_swin_tiny": "FLatten-Swin-T",
}


def is_fovea(runtime: str) -> bool:
    return runtime.startswith("fovea")


def worst(differences: list[float]) -> float:
    """The largest, or NaN when one is NaN, which Python's max may lose."""
    return float(np.max(differences))


class Cell(NamedTuple):
    model: str
    size: str
    batch: int
    rounds: dict[str, list[dict]]  # for each runtime a measurement a round
    failures: dict[str, str]  # for each runtime that failed, what it said; it is not in `rounds`

    @property
    def title(self) -> str:
        size = self.size.replace("x", "×")
        return f"{NAMES.get(self.model, self.model)} {size}" + (f", batch {self.batch}" if self.batch > 1 else "")

    def precision(self, runtime: str) -> str:
        """What a runtime says it ran in; for one that failed, what its name promises: bf16 where that is not f32."""
        if runtime in self.rounds:
            return self.rounds[runtime][0]["precision"]
        return "f32" if runtime.endswith("f32") else "bf16"

    def best(self, runtime: str) -> float:
        """Milliseconds of the fastest run in any round."""
        return min(line["minimum_ms"] for line in self.rounds[runtime])

    def peers(self, precision: str) -> list[str]:
        """The other runtimes at a precision, the fastest first."""
        peers = [runtime for runtime in self.rounds if not is_fovea(runtime) and self.precision(runtime) == precision]
        return sorted(peers, key=self.best)

    def failed(self, precision: str) -> list[str]:
        """The runtimes that failed at a precision, Fovea among them."""
        return [runtime for runtime in self.failures if self.precision(runtime) == precision]

    def ratios(self, precision: str) -> list[float]:
        """For each round, the fastest peer's time over Fovea's: above 1, Fovea is faster."""
        peers = [self.rounds[runtime] for runtime in self.peers(precision)]
        if not peers:
            return []
        return [
            min(lines[index]["minimum_ms"] for lines in peers) / line["minimum_ms"]
            for index, line in enumerate(self.rounds.get(f"fovea-{precision}", []))
        ]

    def ratio(self, precision: str) -> float | None:
        """The median over the rounds."""
        ratios = self.ratios(precision)
        return statistics.median(ratios) if ratios else None

    def difference(self, runtime: str) -> float:
        """The worst element's, from PyTorch's answer in float32, over that one's largest magnitude."""
        return worst([line["difference"] for line in self.rounds[runtime]])

    def deviation(self, runtime: str) -> float:
        """From PyTorch's answer in float32, as a share of its norm."""
        return worst([line["deviation"] for line in self.rounds[runtime]])

    def limit(self, runtime: str) -> float:
        """How large the difference may be."""
        return F32_LIMIT if self.precision(runtime) == "f32" else BF16_LIMIT

    def deviation_limit(self, runtime: str) -> float | None:
        """How large Fovea's deviation in bf16 may be; None where no peer says."""
        if not is_fovea(runtime) or self.precision(runtime) == "f32" or not self.peers("bf16"):
            return None
        return BF16_FACTOR * worst([self.deviation(peer) for peer in self.peers("bf16")])

    def problems(self) -> list[str]:
        """What failed, and whose answer is off."""
        lines = [f"{self.title}: {runtime} failed: {message}" for runtime, message in self.failures.items()]
        for runtime in self.rounds:
            difference, limit = self.difference(runtime), self.limit(runtime)
            if not difference <= limit:
                lines.append(
                    f"{self.title}: {runtime} differs from PyTorch in float32 by {difference:.2g} of the largest logit; "
                    f"the limit is {limit:.2g}"
                )
            limit = self.deviation_limit(runtime)
            if limit is not None and not self.deviation(runtime) <= limit:
                lines.append(
                    f"{self.title}: {runtime} is off by {self.deviation(runtime):.2g} of the norm of PyTorch's answer in "
                    f"float32; the limit is {limit:.2g}, {BF16_FACTOR} times the worst of {', '.join(self.peers('bf16'))}"
                )
        return lines
