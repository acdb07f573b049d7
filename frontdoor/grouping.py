"""Grouping: which questions ask the same thing. Runs as a process of its own for a second or two
(`python -m frontdoor.grouping`, JSON in, JSON out), so that the service keeps neither SciPy nor vectors.

Average linkage over cosine distances, after the language's origin was taken away: two groups become one as long as
their questions lie closer than `APART` on average. Compared in docs/knowledge.md with HDBSCAN, which leaves most short
questions alone or puts all into one.
"""

import base64
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import average, fcluster
from scipy.spatial.distance import pdist

APART = 0.55  # cosine distance; docs/knowledge.md has the figures
SAME_CENTRE = 0.75  # cosine from which two groups without a question in common are one
LEAST = 2  # questions that make a group

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Group:
    """Questions that ask the same: their numbers, nearest to the centre first, how near (cosine), and the centre, a
    vector of length one."""

    members: list[int]
    near: list[float]
    centre: Floats


@dataclass(frozen=True)
class Known:
    """A group found earlier: the numbers of those of its questions that are still there, and its centre."""

    id: str
    members: frozenset[int]
    centre: Floats


def centred(vectors: Floats, languages: Sequence[str], origins: Mapping[str, Floats]) -> Floats:
    """Vectors, shape (questions, dimensions), seen from the origin of their language, of length one; a language without
    an origin has that of the questions in it."""
    moved = vectors.astype(np.float32).copy()
    names = np.array(languages)
    for language in dict.fromkeys(languages):
        rows = names == language
        moved[rows] -= origins[language] if language in origins else vectors[rows].mean(axis=0)
    return _unit(moved)


def group(points: Floats, apart: float = APART) -> list[Group]:
    """The groups among centred vectors, largest first; questions that are alone are in none."""
    if len(points) < LEAST:
        return []
    labels = fcluster(average(pdist(points, "cosine")), apart, criterion="distance")
    found = [_group(points, np.flatnonzero(labels == label)) for label in np.unique(labels)]
    return sorted((each for each in found if len(each.members) >= LEAST), key=lambda each: -len(each.members))


def recognise(groups: Sequence[Group], known: Sequence[Known]) -> list[str]:
    """The id that each group had, "" for a new one: of the known group with which it shares most questions, at least
    half of the smaller one's; else of one whose questions are gone and whose centre is where this one's is."""
    shared = [
        (len(known[old].members & set(groups[new].members)), old, new)
        for old in range(len(known))
        for new in range(len(groups))
    ]
    pairs = [
        (count, old, new)
        for count, old, new in shared
        if count and 2 * count >= min(len(known[old].members), len(groups[new].members))
    ]
    close = [
        (float(known[old].centre @ groups[new].centre), old, new)
        for count, old, new in shared
        if not known[old].members
    ]
    ids = [""] * len(groups)
    taken: set[int] = set()
    nearest = sorted((pair for pair in close if pair[0] >= SAME_CENTRE), reverse=True)
    for _, old, new in [*sorted(pairs, reverse=True), *nearest]:
        if old not in taken and not ids[new]:
            ids[new] = known[old].id
            taken.add(old)
    return ids


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """`{"dimensions", "vectors", "languages", "origins", "known": [{"id", "members", "centre"}]}` →
    `{"groups": [{"id", "members", "near", "centre"}]}`; vectors are little-endian 32-bit floats as base64."""
    width = int(request["dimensions"])
    vectors = _unpacked(request["vectors"], width)
    origins = {name: _unpacked(packed, width)[0] for name, packed in request["origins"].items()}
    groups = group(centred(vectors, request["languages"], origins))
    known = [
        Known(each["id"], frozenset(each["members"]), _unpacked(each["centre"], width)[0]) for each in request["known"]
    ]
    shown = [
        {"id": name, "members": found.members, "near": found.near, "centre": _packed(found.centre)}
        for name, found in zip(recognise(groups, known), groups, strict=True)
    ]
    return {"groups": shown}


def _group(points: Floats, rows: NDArray[np.int64]) -> Group:
    centre = _unit(points[rows].mean(axis=0)[None, :])[0]
    near = points[rows] @ centre
    order = np.argsort(-near, kind="stable")
    return Group([int(rows[at]) for at in order], [round(float(near[at]), 4) for at in order], centre)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _unpacked(packed: str, width: int) -> Floats:
    return np.frombuffer(base64.b64decode(packed), dtype="<f4").reshape(-1, width)


def _packed(vector: Floats) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")


if __name__ == "__main__":
    os.nice(10)  # whoever is talked with goes first
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
