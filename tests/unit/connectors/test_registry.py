"""Every kind of channel is whole: its page, fixtures, tests, fake, example and row say the same as its code."""

import dataclasses
import importlib
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from connectors.channel import Limits, Standing
from connectors.message import Opening
from connectors.registry import CHANNELS, OWN, VENDORS, load
from frontdoor.channel_matrix import COLUMNS, matrix
from frontdoor.questionnaire import CHANNELS as FORM
from frontdoor.validation import nested_section
from tests.contract.vendor_bench import FIXTURES, VendorBench

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "docs" / "channels"
UNVERIFIED = Standing.UNVERIFIED.value
SECTIONS = ["Set it up", "Limits", "In odd cases", "Troubles"]
"""What the page of every vendor has, in this order, behind its standing; between them it may have more."""


@pytest.mark.parametrize("kind", CHANNELS)
def test_its_page_has_its_standing_and_no_other(kind: str) -> None:
    page = (PAGES / f"{kind}.md").read_text(encoding="utf-8")
    assert (UNVERIFIED in page) == (load(CHANNELS[kind]).standing is Standing.UNVERIFIED)


@pytest.mark.parametrize("kind", VENDORS)
def test_its_page_has_the_sections_in_order(kind: str) -> None:
    page = (PAGES / f"{kind}.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert [title for title in titles if title in SECTIONS] == SECTIONS
    assert (titles[0], titles[-1]) == (SECTIONS[0], SECTIONS[-1])
    assert f"Standing: **{load(VENDORS[kind]).standing.value}**" in page.partition("\n## ")[0]


@pytest.mark.parametrize("kind", VENDORS)
def test_its_page_shows_every_setting_that_is_required(kind: str) -> None:
    page = (PAGES / f"{kind}.md").read_text(encoding="utf-8")
    for name, field in FORM.settings_of(kind).model_fields.items():
        if field.is_required():
            assert re.search(rf"^ *{name}: ", page, re.MULTILINE), name


NOT_IN_THE_MATRIX = {"text_unit", "button_title", "button_text", "attachment_sizes", "delivery_bytes"}
"""Limits that only refine what a column tells."""


def test_the_matrix_tells_of_every_limit() -> None:
    """given a limit that is declared, when it changes, then some cell of the matrix changes with it."""
    plain, full = Limits(), Limits(
        text_length=10, buttons=3, attachments=True, attachment_bytes=9 << 20, attachment_types=("image/",),
        typing=True, first=True, per_second=2, total_per_second=3, opening=Opening(seconds=3600),
    )  # fmt: skip
    told = {"attachment_bytes", "attachment_types"}  # of files that are sent
    for field in dataclasses.fields(Limits):
        if field.name in NOT_IN_THE_MATRIX:
            continue
        base = dataclasses.replace(plain, attachments=field.name in told)
        changed = dataclasses.replace(base, **{field.name: getattr(full, field.name)})
        cells = [
            [cell(type("Kind", (), {"limits": each, "standing": Standing.OWN})) for cell in COLUMNS.values()]
            for each in (base, changed)
        ]
        assert cells[0] != cells[1], f"{field.name} has no column"


@pytest.mark.parametrize("kind", CHANNELS)
def test_it_passes_the_contract_of_channels(kind: str) -> None:
    assert (ROOT / "tests" / "contract" / f"test_{kind}_channel.py").is_file()


@pytest.mark.parametrize("kind", VENDORS)
def test_it_has_fixtures_with_their_source(kind: str) -> None:
    fixtures = [each.read_text(encoding="utf-8") for each in (FIXTURES / kind).glob("*.json")]
    assert fixtures
    assert all('"source"' in each for each in fixtures)


@pytest.mark.parametrize("kind", VENDORS)
def test_it_has_a_bench_at_the_wire(kind: str) -> None:
    folder = ROOT / "tests" / "fakes" / "vendors"
    modules = [name for name in (kind, f"{kind}_bench") if (folder / f"{name}.py").is_file()]
    made = [importlib.import_module(f"tests.fakes.vendors.{name}") for name in modules]
    classes = [each for module in made for each in vars(module).values() if isinstance(each, type)]
    assert any(issubclass(each, VendorBench) and getattr(each, "kind", "") == kind for each in classes)


@pytest.mark.parametrize("kind", VENDORS)
def test_the_example_file_shows_it_and_names_its_page(kind: str) -> None:
    example = (ROOT / "channels.yml").read_text(encoding="utf-8")
    assert re.search(rf"^# {kind}: +#.*; docs/channels/{kind}\.md$", example, re.MULTILINE)


def test_the_matrix_of_the_manual_has_a_row_for_each() -> None:
    page = (PAGES / "README.md").read_text(encoding="utf-8")
    assert matrix() in page
    assert re.findall(r"^\| \[(\w+)\]\(\1\.md\)", page, re.MULTILINE) == sorted(CHANNELS)


@pytest.mark.parametrize("kind", CHANNELS)
def test_the_front_page_of_the_manual_links_to_it(kind: str) -> None:
    assert f"(docs/channels/{kind}.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", VENDORS)
def test_every_setting_says_what_it_means(kind: str) -> None:
    assert FORM.settings_of(kind).__doc__
    _assert_described(FORM.settings_of(kind))


def _assert_described(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, f"{model.__name__}.{name}"
        if (section := nested_section(field)) is not None:
            _assert_described(section)


@pytest.mark.parametrize("kind", VENDORS)
def test_what_is_asked_are_its_settings_each_once(kind: str) -> None:
    asked = [question.name for question in FORM.questions(kind)]
    assert len(set(asked)) == len(asked)
    assert set(asked) <= set(FORM.settings_of(kind).model_fields)


def test_no_vendor_has_the_name_of_our_own_channels() -> None:
    assert not set(OWN) & set(VENDORS)
