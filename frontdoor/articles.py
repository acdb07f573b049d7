"""Articles for agents: the bot's index, asked over the brain's protocol so that it is in memory only once."""

from desk.ports import Suggestion
from frontdoor.brain import Brain, BrainError
from knowledge.personal import for_everybody


class ArticleSearch:
    """Implements `desk.ports.Search`; empty while the bot is away, as suggestions are a convenience."""

    def __init__(self, brain: Brain) -> None:
        self._brain = brain

    async def __call__(self, query: str, language: str, limit: int) -> list[Suggestion]:
        """The best articles first."""
        try:
            found = await self._brain.search(query, language, limit)
        except BrainError:
            return []
        return [
            Suggestion(
                article_id=each["id"],
                title=each["title"],
                language=each["language"],
                confidence=each["confidence"],
                text=for_everybody(each["text"]),
            )
            for each in found
        ]
