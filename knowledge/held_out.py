"""What models are worth on knowledge bases that were left out of their fit, as a table."""

from collections.abc import Mapping, Sequence

import numpy as np

from knowledge.confidence import Model
from knowledge.evaluation import Judged, calibration_error, curve, false_answers_at


def report(judged: Mapping[str, Sequence[Judged]], thresholds: Model) -> str:
    """What the models are worth on each family: of questions that nothing answers the share that would get something if
    90 % of the answerable did, and for both thresholds the share of answerable questions answered, and of answers that
    are wrong."""
    lines = [
        f"{'':20}{'':>10}{'':>14}{'calibration':>13}{'none, at 90 %':>16}{'alone':>18}{'with others':>18}",
        f"{'left out':20}{'questions':>10}{'hit@1':>7}{'hit@3':>7}{'error':>13}{'near / far':>16}"
        + f"{'answered / wrong':>18}" * 2,
    ]
    for family, cases in judged.items():
        known = [one for one in cases if one.kind == "known"]
        sure = [(one.answerable, one.right) for one in known]
        shares = [
            false_answers_at(curve(sure, [one.answerable for one in cases if one.kind == kind], 1_001), 0.9).false
            for kind in ("near", "far")
        ]
        levels = [_level(cases, threshold) for threshold in (thresholds.alone, thresholds.answer)]
        lines.append(
            f"{family:20}{len(known):>10}{np.mean([one.right for one in known]):>7.3f}"
            f"{np.mean([one.in_three for one in known]):>7.3f}"
            f"{calibration_error([one.confidence for one in cases], [one.right for one in cases]):>13.3f}"
            f"{f'{shares[0]:.3f} / {shares[1]:.3f}':>16}"
            + "".join(f"{f'{answered:.3f} / {wrong:.3f}':>18}" for answered, wrong in levels)
        )
    return "\n".join(lines)


def _level(cases: Sequence[Judged], threshold: float) -> tuple[float, float]:
    """The share of answerable questions that get an answer from a confidence on, and of answers that are wrong."""
    answers = [one for one in cases if one.confidence >= threshold]
    known = sum(one.weight for one in cases if one.kind == "known")
    given = sum(one.weight for one in answers)
    wrong = sum(one.weight for one in answers if not one.right)
    return sum(one.weight for one in answers if one.kind == "known") / max(known, 1e-9), wrong / max(given, 1e-9)
