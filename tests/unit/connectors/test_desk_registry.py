"""Every kind of helpdesk is whole: its page, its suite and its row say the same as its code."""

import re
from pathlib import Path

import pytest

from connectors.channel import Standing
from connectors.helpdesk_model import Features
from connectors.registry import DESKS, load
from frontdoor.desk_matrix import matrix
from frontdoor.questionnaire import HELPDESKS

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "docs" / "desks"


def page_of(kind: str) -> str:
    return (PAGES / f"{kind}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", DESKS)
def test_its_page_says_whom_it_has_met(kind: str) -> None:
    standing = load(DESKS[kind]).standing
    assert (Standing.UNVERIFIED.value in page_of(kind)) == (standing is Standing.UNVERIFIED)


@pytest.mark.parametrize("kind", DESKS)
def test_its_page_names_every_setting_that_is_required(kind: str) -> None:
    for name, field in HELPDESKS.settings_of(kind).model_fields.items():
        if field.is_required():
            assert re.search(rf"\b{name}\b", page_of(kind)), name


@pytest.mark.parametrize("kind", DESKS)
def test_it_is_held_to_the_contract(kind: str) -> None:
    suites = [each.read_text(encoding="utf-8") for each in (ROOT / "tests" / "contract").glob("test_*_desk.py")]
    benches = [each.read_text(encoding="utf-8") for each in (ROOT / "tests" / "fakes" / "desks").glob("*.py")]
    named = re.compile(rf'^    kind = "{kind}"$', re.MULTILINE)
    assert any("Suite)" in suite and (named.search(suite) or kind in suite) for suite in suites)
    assert any(named.search(text) for text in (*suites, *benches))


@pytest.mark.parametrize("kind", DESKS)
def test_it_declares_how_an_interrupted_attempt_is_found(kind: str) -> None:
    features: Features = load(DESKS[kind]).features
    assert features.finds
    assert features.calls_us or features.polls, "nothing would ever come back"


def test_the_matrix_has_a_row_for_each() -> None:
    assert re.findall(r"^\| \[(\w+)\]", matrix(), re.MULTILINE) == sorted(DESKS)
