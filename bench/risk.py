"""Risk over coverage on knowledge bases left out of the fit: `python3 bench/risk.py --cases DIR… --picture RISK.svg`.

Takes what `python -m knowledge.fit` takes. For each family of sets, models are fitted on all others; then its
questions, those that something answers and those that nothing does, are answered from the surest one on. `--json`
prints what is wrong among the answers when half, 70 % and 90 % of the answerable questions are answered.
"""

if __name__ == "__main__" and not __package__:
    from environment import run_again  # type: ignore[import-not-found]

    run_again("bench.risk", ".venv")

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.chart import Panel, svg
from bench.figures import print_json, show
from knowledge.evaluation import Judged
from knowledge.fit import arguments, gather, held_out

COVERAGES = (0.5, 0.7, 0.9)


def risks(judged: Sequence[Judged]) -> list[tuple[float, float]]:
    """From the surest answer on, the share of answerable questions answered and of answers that are wrong."""
    known = sum(one.weight for one in judged if one.kind == "known")
    answered = given = wrong = 0.0
    found = []
    for one in sorted(judged, key=lambda one: -one.confidence):
        given += one.weight
        wrong += 0.0 if one.right else one.weight
        answered += one.weight if one.kind == "known" else 0.0
        found.append((answered / known, wrong / given))
    return found


def main(given: Sequence[str] | None = None) -> int:
    """Measure, draw and print."""
    parser = arguments()
    parser.add_argument("--picture", type=Path, metavar="SVG", help="draw the curves")
    parser.add_argument("--json", action="store_true", help="one object as the last line")
    options = parser.parse_args(given)
    judged = held_out(*gather(options))
    curves = {family: risks(cases) for family, cases in judged.items()}
    if options.picture:
        lines = {
            family: [(100 * answered, 100 * wrong) for answered, wrong in curve[len(curve) // 50 :: 10]]
            for family, curve in curves.items()
        }
        title = "Of the answers, % wrong, on bases that were left out of the fit"
        panels = [
            Panel(title=title, across="% of the answerable questions answered", lines=dict(part))
            for part in (list(lines.items())[:4], list(lines.items())[4:8])
            if part
        ]
        options.picture.write_text(svg(panels), encoding="utf-8")
    result = {
        family: {f"wrong at {coverage:.0%}": round(_at(curve, coverage), 4) for coverage in COVERAGES}
        for family, curve in curves.items()
    }
    show("risk", result)
    if options.json:
        print_json(result)
    return 0


def _at(curve: Sequence[tuple[float, float]], coverage: float) -> float:
    return next((wrong for answered, wrong in curve if answered >= coverage), 1.0)


if __name__ == "__main__":
    sys.exit(main())
