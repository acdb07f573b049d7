"""Articles for an agent: the search of the bot over all an agent may read. Serves /webhooks/brain/search."""

from typing import Any

from bot import library
from bot.turn import BadTurn, read_object
from knowledge.articles import STAFF

QUERY_CHARACTERS = 500
MOST = 20


def suggest(body: Any) -> list[dict[str, Any]]:
    """The best articles for a query, with their text. Blocks while it embeds. Raises BadTurn, EmbeddingError."""
    fields = read_object(body)
    query, language, limit = fields.get("query"), fields.get("language") or "en", fields.get("limit", 5)
    if not isinstance(query, str) or not query.strip() or len(query) > QUERY_CHARACTERS:
        raise BadTurn(f"query: must be a string of 1 to {QUERY_CHARACTERS} characters")
    if language not in {"en", "zh"}:
        raise BadTurn("language: must be en or zh")
    if not isinstance(limit, int) or not 1 <= limit <= MOST:
        raise BadTurn(f"limit: must be a number from 1 to {MOST}")
    base = library.knowledge_base()
    found = []
    for hit in base.search(query, language, audiences=STAFF, limit=limit).hits:
        article = base.article(hit.article, STAFF)
        if article is not None:
            found.append(
                {
                    "id": hit.article,
                    "title": hit.title,
                    "language": hit.language,
                    "confidence": round(hit.confidence, 4),
                    "text": article.texts[hit.language].body,
                    "audience": article.audience.value,
                }
            )
    return found
