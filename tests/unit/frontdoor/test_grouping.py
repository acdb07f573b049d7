"""Questions that ask the same come together, and keep their name."""

import base64
import json
import subprocess
import sys
from typing import Any

import numpy as np

from frontdoor.grouping import Floats, Group, Known, centred, group, recognise

WIDTH = 16


def around(axis: int, count: int, seed: int = 0) -> Floats:
    """Vectors that point nearly along one axis."""
    chance = np.random.default_rng(seed + axis)
    rows = np.eye(WIDTH, dtype=np.float32)[[axis] * count] + chance.normal(0, 0.05, (count, WIDTH))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def found(*members: int, axis: int = 0) -> Group:
    return Group(list(members), [1.0] * len(members), around(axis, 1)[0])


def test_groups_are_told_apart_and_who_is_alone_stays_alone() -> None:
    points = np.concatenate([around(0, 4), around(1, 3), around(2, 1)])
    groups = group(points)
    assert [sorted(each.members) for each in groups] == [[0, 1, 2, 3], [4, 5, 6]]
    assert all(each.near == sorted(each.near, reverse=True) for each in groups)
    assert all(abs(float(each.centre @ each.centre) - 1) < 1e-5 for each in groups)


def test_few_questions_make_no_groups() -> None:
    assert group(np.zeros((0, WIDTH), dtype=np.float32)) == []
    assert group(around(0, 1)) == []


def test_languages_are_compared_by_what_is_said_in_them() -> None:
    shift = {"en": around(5, 1)[0], "zh": around(6, 1)[0]}
    words = np.concatenate([around(0, 2), around(0, 2, seed=9)])
    spoken = words + np.stack([shift["en"]] * 2 + [shift["zh"]] * 2)
    (together,) = group(centred(spoken, ["en", "en", "zh", "zh"], shift))
    assert sorted(together.members) == [0, 1, 2, 3]


def test_a_group_keeps_its_name_while_most_of_its_questions_stay() -> None:
    known = [Known("old", frozenset({0, 1, 2}), around(0, 1)[0]), Known("other", frozenset({7, 8}), around(1, 1)[0])]
    assert recognise([found(7, 8, 9), found(1, 2, 3), found(4, 5, axis=3)], known) == ["other", "old", ""]


def test_of_two_halves_the_larger_keeps_the_name() -> None:
    known = [Known("old", frozenset({0, 1, 2, 3, 4}), around(0, 1)[0])]
    assert recognise([found(0, 1), found(2, 3, 4)], known) == ["", "old"]


def test_a_group_whose_questions_are_gone_is_known_by_its_centre() -> None:
    known = [Known("old", frozenset(), around(0, 1, seed=3)[0])]
    assert recognise([found(0, 1, axis=1), found(2, 3, axis=0)], known) == ["", "old"]


def test_it_runs_as_a_process_of_its_own() -> None:
    points = np.concatenate([around(0, 3), around(1, 2)])
    request: dict[str, Any] = {
        "dimensions": WIDTH,
        "vectors": base64.b64encode(points.tobytes()).decode(),
        "languages": ["en"] * 5,
        "origins": {"en": base64.b64encode(np.zeros(WIDTH, dtype="<f4").tobytes()).decode()},
        "known": [{"id": "old", "members": [3, 4], "centre": base64.b64encode(points[3].tobytes()).decode()}],
    }
    done = subprocess.run(
        [sys.executable, "-m", "frontdoor.grouping"], input=json.dumps(request), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    groups = json.loads(done.stdout)["groups"]
    assert [(each["id"], sorted(each["members"])) for each in groups] == [("", [0, 1, 2]), ("old", [3, 4])]
    assert len(base64.b64decode(groups[0]["centre"])) == 4 * WIDTH
