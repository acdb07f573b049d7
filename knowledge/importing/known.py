"""The articles there are, as an import looks for them: by id, by where they came from, by what they answer."""

from collections.abc import Mapping

from knowledge.importing.naming import file_part, source_of, source_tag
from knowledge.importing.pieces import Piece
from knowledge.records import Record
from knowledge.text import key


class Known:
    """The articles there are, by where they came from and by what they answer."""

    def __init__(self, existing: Mapping[str, Record]) -> None:
        self.records = existing
        self._by_place: dict[tuple[str, str], str] = {}
        self._by_source: dict[tuple[str, str], str] = {}
        self._by_question: dict[str, str] = {}
        for article_id, record in existing.items():
            origin = source_of(list(record.get("tags") or []))
            if origin:
                self._by_place.setdefault(origin, article_id)
            for text in record["texts"].values():
                if origin:
                    self._by_source.setdefault((origin[0], key(text["title"])), article_id)
                self._by_question.setdefault(key(text["title"]), article_id)
        self.used: set[str] = set()

    def same(self, texts: Mapping[str, Piece]) -> str | None:
        """The article this is a new state of."""
        first = next(iter(texts.values()))
        if first.id in self.records:
            return self._once(first.id)
        file = file_part(first.source)
        for piece in texts.values():
            if (found := self._by_source.get((file, key(piece.title)))) and found not in self.used:
                return self._once(found)
        origin = source_of([source_tag(first.source, first.place)])
        found = self._by_place.get(origin) if origin else None
        if found and found not in self.used and _alike(self.records[found], texts):
            return self._once(found)
        return None

    def is_part(self, article_id: str, piece: Piece) -> bool:
        """Whether there is such an article, and it was a part of the same text."""
        if article_id not in self.records or article_id in self.used:
            return False
        origin = source_of(list(self.records[article_id].get("tags") or []))
        return origin[0] == file_part(piece.source) if origin else bool(piece.id)

    def _once(self, article_id: str) -> str:
        self.used.add(article_id)
        return article_id

    def answering(self, title: str) -> str | None:
        """The article whose question this already is."""
        found = self._by_question.get(key(title)) if key(title) else None
        return found if found not in self.used else None


def _alike(record: Record, texts: Mapping[str, Piece]) -> bool:
    """Whether what stands at a place may be an edit of what stood there: question or answer is still similar."""
    from rapidfuzz import fuzz

    for language, piece in texts.items():
        before = record["texts"].get(language)
        if before and (
            fuzz.token_set_ratio(before["title"], piece.title) >= 60 or fuzz.ratio(before["body"], piece.body) >= 70
        ):
            return True
    return False
