"""The word diff: readable, complete, and quick whatever it is given."""

from typing import Any

import pytest

from tests.console.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

MARKS = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}


async def diff(screen: Screen, before: str, after: str) -> list[dict[str, str]]:
    """What the page's own module says."""
    asked = "([before, after]) => import('/desk/ui/diff.js').then(module => module.wordDiff(before, after))"
    found: list[dict[str, str]] = await screen.page.evaluate(asked, [before, after])
    return found


def marked(parts: list[dict[str, str]]) -> str:
    return "".join(MARKS[part["kind"]].format(part["text"]) for part in parts)


async def test_words_and_phrases(screen: Screen) -> None:
    expected = {
        ("In **1–3 days**, free.", "In **2 days**, free."): "In **[-1–3-]{+2+} days**, free.",
        ("a red big box", "a small box"): "a [-red big-]{+small+} box",
        ("运费 10 元。", "运费 12 元。"): "运费 [-10-]{+12+} 元。",
        ("- a\n- b", "- a\n- c\n- b"): "- a\n- {+c\n- +}b",
        ("", "new"): "{+new+}",
        ("old", ""): "[-old-]",
        ("same", "same"): "same",
        ("", ""): "",
    }
    for (before, after), shown in expected.items():
        assert marked(await diff(screen, before, after)) == shown


async def test_no_word_is_lost_and_none_invented(screen: Screen) -> None:
    tried: Any = await screen.page.evaluate("""() => import('/desk/ui/diff.js').then(({ wordDiff }) => {
      const bits = ['a', 'b', ' ', '\\n', '**', '中文', '.', '<b>', '\\u202e', '😀'];
      let seed = 7;
      const next = (most) => (seed = (seed * 48271) % 2147483647) % most;
      const random = () => Array.from({ length: next(14) }, () => bits[next(bits.length)]).join('');
      const told = (parts, but) => parts.filter(({ kind }) => kind !== but).map(({ text }) => text).join('');
      return Array.from({ length: 500 }, () => [random(), random()]).filter(([before, after]) => {
        const parts = wordDiff(before, after);
        return told(parts, 'added') !== before || told(parts, 'removed') !== after;
      });
    })""")
    assert tried == []


async def test_long_texts_end(screen: Screen) -> None:
    parts = await diff(screen, "word " * 4_000, "wort " * 4_000)
    assert [part["kind"] for part in parts] == ["removed", "added", "same"]
