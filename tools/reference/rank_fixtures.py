"""Writes Tests/Fixtures/attention/ranks.tsv: ranks of linear attention with dead features, by numpy's SVD.

Queries and keys of two heads come from a congruential sequence that the test makes alike; then some features of the
keys are dead, or all but dead, and some queries have nothing but those. A row a head (the last is the heads' mean):
case, seed, dead features, weak features, lonely queries, head, queries that meet no key (of the mean: in no head), rank,
stable rank, effective rank."""

from pathlib import Path

import numpy

TARGET = Path(__file__).parents[2] / "Tests/Fixtures/attention/ranks.tsv"
TOKENS, HEADS, WIDTH, EPSILON = 40, 2, 8, 1e-15
CASES = [("all alive", 1, 0, 0, 0), ("dead features", 2, 3, 0, 0), ("one lonely query", 3, 1, 0, 1),
         ("lonely queries", 4, 3, 0, 7), ("weak features", 5, 0, 2, 5), ("dead and weak", 6, 2, 2, 6),
         ("all but one feature dead", 7, 7, 0, 9), ("all queries lonely but one", 8, 4, 0, 39)]


def uniform(seed, count):
    state, values = seed, []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append((state >> 11) * 2.0**-53)
    return numpy.array(values)


def features(seed, dead, weak, lonely):
    """ReLU's queries and keys, (tokens, heads, width) each."""
    values = (uniform(seed, TOKENS * 3 * HEADS * WIDTH) * 3 - 1).astype(numpy.float32)
    values = values.reshape(TOKENS, 3, HEADS, WIDTH)
    q, k = values[:, 0].copy(), values[:, 1].copy()
    k[:, :, :dead] = -1
    k[:, :, dead:dead + weak] *= numpy.float32(1e-12)
    q[:lonely, :, :dead + weak] = numpy.abs(q[:lonely, :, :dead + weak]) + numpy.float32(0.5)
    q[:lonely, :, dead + weak:] = -1
    return numpy.maximum(q, 0).astype(numpy.float64), numpy.maximum(k, 0).astype(numpy.float64)


def measures(matrix):
    sigma = numpy.linalg.svd(matrix, compute_uv=False)
    rank = int((sigma > TOKENS * 2.0**-23 * sigma[0]).sum())
    p = sigma[sigma > 0] / sigma.sum()
    return rank, (sigma**2).sum() / sigma[0]**2, numpy.exp(-(p * numpy.log(p)).sum())


lines = []
for name, seed, dead, weak, lonely in CASES:
    q, k = features(seed, dead, weak, lonely)
    matrices, undefined = [], []
    for head in range(HEADS):
        z = q[:, head] @ k[:, head].sum(0) + EPSILON
        undefined.append(z == EPSILON)
        matrices.append(q[:, head] @ k[:, head].T / z[:, None])
    for head, matrix in enumerate(matrices + [sum(matrices) / HEADS]):
        numbers = "\t".join(repr(float(x)) if i else str(x) for i, x in enumerate(measures(matrix)))
        lost = (undefined + [numpy.logical_and.reduce(undefined)])[head].sum()
        lines.append(f"{name}\t{seed}\t{dead}\t{weak}\t{lonely}\t{head}\t{lost}\t{numbers}")
TARGET.parent.mkdir(exist_ok=True)
TARGET.write_text("\n".join(lines) + "\n")
