"""What the documentation points to exists: files, headings, pictures."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BESIDE = ("README.md", "web/README.md", "models/README.md", "data/kb/README.md")
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *map(ROOT.joinpath, BESIDE)})
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
ELSEWHERE = re.compile(r"^(https?:|mailto:|//)")
CODE = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)


@cache
def _headings(page: Path) -> frozenset[str]:
    """The anchors of a page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", CODE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", title).lower()).replace(" ", "-") for title in titles)


def _links(page: Path) -> list[str]:
    text = re.sub(r"`[^`\n]*`", "", CODE.sub("", page.read_text(encoding="utf-8")))
    return [one or other for one, other in LINK.findall(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in _links(page):
        if ELSEWHERE.match(link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in _headings(target)):
            broken.append(link)
    assert broken == []


def test_every_page_of_the_desk_is_found_from_its_first() -> None:
    folder = ROOT / "docs/desk"
    named = {(folder / link.partition("#")[0]).resolve() for link in _links(folder / "README.md")}
    assert {path for path in folder.glob("*.md") if path.name != "README.md"} - named == set()
