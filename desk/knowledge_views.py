"""The JSON shapes of articles in docs/protocol/console.md."""

from collections.abc import Mapping
from dataclasses import asdict

from connectors.message import JSON
from desk.ports import ArticleInForce, ArticleProblem, ReplayReport
from storage.article_drafts import Draft
from storage.article_log import FILE, WITHDRAWN, ArticleRow
from storage.article_versions import Version

Names = Mapping[str, str]
"""Names of agents by their ids."""


def listed(article_id: str, row: ArticleRow | None, now: ArticleInForce | None, written: Draft | None) -> JSON:
    """An article in the list."""
    content = (now.content if now else None) or (row.content if row else None) or (written.content if written else {})
    titles = _titles(content)
    return {
        "id": article_id,
        "category": _text(content.get("category")),
        "titles": titles,
        "languages": list(titles),
        "audience": _text(content.get("audience")) or "public",
        "tags": _texts(content.get("tags")),
        "updated": _text(content.get("updated")),
        "source": source(row, now),
        "state": state(row, now),
        "version": row.version if row else 0,
        "draft": written is not None,
        "problems": [asdict(problem) for problem in (now.problems if now else ())],
    }


def source(row: ArticleRow | None, now: ArticleInForce | None) -> str:
    """Where what is in force comes from."""
    if row is None or row.state == FILE:
        return "file" if now else "console"
    return "console"


def state(row: ArticleRow | None, now: ArticleInForce | None) -> str:
    """Whether it answers, and why not."""
    if row is not None and row.state == WITHDRAWN:
        return "withdrawn"
    if now is None:
        return "draft_only"
    if now.content is None:
        return "broken"
    return "published" if now.valid else "not_valid"


def matches(content: JSON, article_id: str, query: str) -> bool:
    """Whether an id, a title, a phrasing or a tag contains the query."""
    texts = [text for text in _parts(content).values() if isinstance(text, dict)]
    asked = [article_id, *_texts(content.get("tags")), *(_text(text.get("title")) for text in texts)]
    asked += [question for text in texts for question in _texts(text.get("questions"))]
    return any(query.casefold() in each.casefold() for each in asked)


def draft(written: Draft, problems: list[ArticleProblem], names: Names) -> JSON:
    """A draft, and what is wrong with it."""
    shown = {name: getattr(written, name) for name in ("content", "base", "note", "at")}
    return shown | {"by": who(written.by, names), "problems": [asdict(each) for each in problems]}


def version(step: Version, names: Names, *, content: bool = False) -> JSON:
    """A step of the history, or with `content` what it said."""
    own: JSON = {"content": step.content} if content else {"action": step.action, "replay": step.replay}
    return {"number": step.number} | own | {"by": who(step.by, names), "at": step.at, "note": step.note}


def who(agent_id: str, names: Names) -> JSON:
    """A person."""
    return {"id": agent_id, "name": names.get(agent_id, "")}


def report(found: ReplayReport) -> JSON:
    """What a replay found."""
    changes = [asdict(change) for change in found.changes]
    return {"asked": found.asked, "unchanged": found.unchanged, "changes": changes, "passes": found.passes}


def summary(replay: JSON) -> JSON:
    """What a version keeps of a replay."""
    changes = replay["changes"]
    worse = sum(change["verdict"] == "worse" for change in changes)
    return {"asked": replay["asked"], "changed": len(changes), "worse": worse}


def _titles(content: JSON) -> dict[str, str]:
    return {
        language: _text(text.get("title"))
        for language, text in _parts(content).items()
        if language in {"en", "zh"} and isinstance(text, dict)
    }


def _parts(content: JSON) -> JSON:
    """The texts of a content that may be a draft, of which nothing is sure."""
    texts = content.get("texts")
    return texts if isinstance(texts, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
