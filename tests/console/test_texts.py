"""Every text of the console exists in both languages, and none is left over."""

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web/desk"
KEY = re.compile(r'^  (?:"([\w.]+)"|(\w+)):\s+(.*(?:\n    .*)*)', re.MULTILINE)
FAMILIES = re.compile(r"`([\w.]*)\$\{[^`]*`")
PLACE = re.compile(r"\{(\w+)\}")


def _texts(language: str) -> dict[str, str]:
    files = [WEB / f"i18n/{language}.js", *sorted((WEB / "i18n" / language).glob("*.js"))]
    found = [each for path in files for each in KEY.findall(path.read_text(encoding="utf-8"))]
    texts = {dotted or plain: value for dotted, plain, value in found}
    assert len(texts) == len(found), "a text is given twice"
    return texts


def _source() -> str:
    modules = (
        path for path in WEB.rglob("*.js") if path.stem not in ("en", "zh") and path.parent.name not in ("en", "zh")
    )
    return "\n".join(path.read_text(encoding="utf-8") for path in modules)


def test_both_languages_have_the_same_texts_and_places() -> None:
    english, chinese = _texts("en"), _texts("zh")
    assert english.keys() == chinese.keys()
    both = {key for key in english if "=>" not in english[key] and "=>" not in chinese[key]}
    assert {key for key in both if set(PLACE.findall(english[key])) != set(PLACE.findall(chinese[key]))} == set()


def test_every_text_that_is_asked_for_exists_and_every_text_is_asked_for() -> None:
    source, known = _source(), _texts("en").keys()
    asked = set(re.findall(r'\bt\(\s*"([\w.]+)"', source))
    assert asked - known == set()
    families = tuple(prefix for prefix in FAMILIES.findall(source) if prefix.endswith("."))
    groups = tuple(f"{name}." for name in re.findall(r'named\("(\w+)"\)', source))
    dialogs = ("resolve.", "return.", "put_back.", "article_withdraw.", "article_rollback.")
    unused = {key for key in known if f'"{key}"' not in source and not key.startswith(families + groups + dialogs)}
    assert unused == set()


LATIN = {f"channel.{name}" for name in ("discord", "instagram", "line", "messenger", "qq", "slack", "teams", "viber")}


def test_chinese_is_chinese() -> None:
    same = {"app.name", "channel.rest", "channel.socketio", "channel.telegram", "channel.whatsapp"} | LATIN
    assert {key for key, value in _texts("zh").items() if not re.search(r"[\u3000-\u9fff：、]", value)} - same == set()


def test_the_pages_load_nothing_from_elsewhere_and_run_nothing_inline() -> None:
    page = (WEB / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=\"(https?:)?//", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", _source())
    for sheet in WEB.rglob("*.css"):
        assert not re.search(r"url\(|@import", sheet.read_text(encoding="utf-8"))
