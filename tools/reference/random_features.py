"""Performer's orthogonal random features (arXiv 2009.14794, section 2.4), the same numbers for a seed as Fovea's.

SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) gives uniform numbers, Box and Muller's method normal ones.
"""
from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch

MASK = 2**64 - 1


def uniform(seed: int) -> Iterator[float]:
    """Numbers in (0, 1) from the upper 53 bits of SplitMix64."""
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield (((z ^ (z >> 31)) >> 11) + 0.5) / 2**53


def normals(numbers: Iterator[float], count: int) -> np.ndarray:
    """Standard normal numbers, rounded to float32, by pairs: of an odd count the last one's partner is dropped."""
    values = []
    while len(values) < count:
        radius, angle = math.sqrt(-2 * math.log(next(numbers))), 2 * math.pi * next(numbers)
        values += [radius * math.cos(angle), radius * math.sin(angle)]
    return np.array(values[:count], np.float32).astype(np.float64)


def orthogonal(count: int, width: int, seed: int) -> torch.Tensor:
    """(count, width): rows in blocks of `width` that are orthogonal, each as long as another normal vector."""
    numbers, rows = uniform(seed), np.empty((count, width))
    for index in range(count):
        row, length = normals(numbers, width), np.linalg.norm(normals(numbers, width))
        block = rows[index - index % width : index]
        units = block / np.linalg.norm(block, axis=1, keepdims=True)
        for _ in range(2):  # twice is enough: rounding leaves nothing of the earlier rows
            row = row - units.T @ (units @ row)
        rows[index] = row * (length / np.linalg.norm(row))
    return torch.from_numpy(rows).float()
