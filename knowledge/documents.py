"""Documents: what is indexed of articles."""

from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.articles import Article, Audience
from knowledge.text import passages

LEVELS = {Audience.PUBLIC: 0, Audience.CUSTOMERS: 1, Audience.AGENTS: 2}


@dataclass(frozen=True)
class Document:
    """What is indexed of one article in one language. `questions` may be empty: then its body must answer alone."""

    article: str
    language: str
    questions: tuple[str, ...]
    passages: tuple[str, ...]
    audience: Audience = Audience.PUBLIC

    @property
    def whole(self) -> str:
        """Title and body in one."""
        return " ".join((*self.questions[:1], *self.passages))

    @property
    def words(self) -> str:
        """All that is written, for the lexical index."""
        return " ".join((*self.questions, *self.passages))

    @property
    def texts(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """What is embedded: questions, passages, wholes. A passage alone rarely names its subject, so it goes with the
        title."""
        titled = tuple(" ".join((*self.questions[:1], text)) for text in self.passages)
        return self.questions, titled, (self.whole,) if self.passages else ()


def documents(articles: Iterable[Article]) -> list[Document]:
    """The documents of articles."""
    return [
        Document(
            article=article.id,
            language=text.language,
            questions=tuple(dict.fromkeys((text.title, *text.questions))),
            passages=tuple(passages(text.body)),
            audience=article.audience,
        )
        for article in articles
        for text in article.texts.values()
    ]
