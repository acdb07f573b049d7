"""Writes an article as the Markdown files that `knowledge.articles` reads."""

import datetime
from typing import Any

import yaml

from knowledge.articles import Article, Text


def files_of(article: Article) -> dict[str, str]:
    """The contents of the article's files by their paths below the folder, `/` between the parts."""
    return {
        f"{article.category}/{article.id}.{text.language}.md": _file(article, text) for text in article.texts.values()
    }


def _file(article: Article, text: Text) -> str:
    head: dict[str, Any] = {"id": article.id, "title": text.title, "questions": list(text.questions)}
    dates: dict[str, datetime.date | None] = {"valid_from": article.valid_from, "valid_until": article.valid_until}
    lines = _yaml(head) + _yaml({"tags": list(article.tags)}, flow=True) + _yaml({"audience": article.audience.value})
    lines += _yaml({name: date for name, date in dates.items() if date})
    lines += _yaml({"updated": article.updated}) + _yaml({"related": list(article.related)}, flow=True)
    return f"---\n{lines}---\n{text.body}\n"


def _yaml(fields: dict[str, Any], *, flow: bool | None = False) -> str:
    if not fields:
        return ""
    nothing_wraps = 1 << 20
    if flow:  # a list on the line of its name, as people write it
        ((name, value),) = fields.items()
        listed = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=nothing_wraps)
        return f"{name}: {listed}"
    return yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, default_flow_style=False, width=nothing_wraps)
