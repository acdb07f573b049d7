"""Line charts as SVG: panels below one another, several lines each, with axes that begin at nought."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, PANEL, LEFT, RIGHT, TOP, BOTTOM = 760, 210, 60, 130, 34, 34
COLOURS = ("#1f6feb", "#d1602b", "#2da44e", "#8250df")
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One chart: what its axes are, and lines by name."""

    title: str
    across: str
    lines: Mapping[str, Points]


def svg(panels: Sequence[Panel]) -> str:
    """The panels as one picture, on white. Raises ValueError for a panel without points."""
    height = PANEL * len(panels)
    body = "\n".join(_panel(panel, PANEL * index) for index, panel in enumerate(panels))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12">\n<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def ceiling(value: float) -> float:
    """The round number (1, 2 or 5 times a power of ten) at or above `value`, for the end of an axis."""
    power = 10 ** math.floor(math.log10(value)) if value > 0 else 1
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


def _panel(panel: Panel, y: int) -> str:
    points = [point for line in panel.lines.values() for point in line]
    if not points:
        raise ValueError(f"{panel.title}: there is nothing to draw")
    right, bottom = WIDTH - RIGHT, y + PANEL - BOTTOM
    most_across, most = max(x for x, _ in points), ceiling(max(value for _, value in points))

    def place(x: float, value: float) -> tuple[float, float]:
        return LEFT + (right - LEFT) * x / most_across, bottom - (bottom - y - TOP) * value / most

    parts = [f'<text x="{LEFT}" y="{y + 20}" font-weight="bold">{escape(panel.title)}</text>']
    for share in (0, 0.5, 1):
        _, at = place(0, most * share)
        parts.append(f'<path d="M{LEFT} {at:.1f}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{most * share:,g}</text>')
    parts.append(
        f'<text x="{right}" y="{bottom + 18}" text-anchor="end">{most_across:,g} {escape(panel.across)}</text>'
    )
    for index, (name, line) in enumerate(panel.lines.items()):
        colour = COLOURS[index % len(COLOURS)]
        path = " ".join(f"{x:.1f},{at:.1f}" for x, at in (place(*point) for point in line))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{right + 10}" y="{y + TOP + 16 * index + 8}" fill="{colour}">{escape(name)}</text>')
    return "\n".join(parts)
