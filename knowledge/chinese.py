"""Traditional characters as simplified ones, so that 退貨 finds 退货.

simplified.txt is two lines: each traditional character that both Big5 and the simplified world know, and below it the
simplified one that it mostly is (of OpenCC, Apache-2.0). Character by character is enough to search by: both
sides are treated alike, and what little is ambiguous stays findable.
"""

from pathlib import Path

TABLE = Path(__file__).with_name("simplified.txt")


def _read() -> dict[int, str]:
    traditional, simple = TABLE.read_text(encoding="utf-8").split()
    return {ord(one): other for one, other in zip(traditional, simple, strict=True)}


_SIMPLE = _read()


def simplified(text: str) -> str:
    """The text in simplified characters."""
    return text if text.isascii() else text.translate(_SIMPLE)
