"""The internal API of articles, for the bot: what was published in the console after a number it knows."""

from aiohttp import hdrs, web

from connectors.http import NotSignedIn, same_secret, whole_query
from connectors.message import JSON
from storage import article_log
from storage.article_log import ArticleRow
from storage.database import Database

AT_ONCE = 200
"""Articles in one answer; with more the bot asks again at once."""


class KnowledgeApi:
    """`GET /internal/v1/knowledge` of docs/protocol/brain.md. Several bots ask for it every second or so: with nothing
    new it is one indexed read of two numbers.
    """

    def __init__(self, database: Database, token: str) -> None:
        self._database, self._token = database, token

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the service serves for it."""
        return [web.get("/internal/v1/knowledge", self._changes)]

    async def _changes(self, request: web.Request) -> web.Response:
        if not same_secret(request.headers.get(hdrs.AUTHORIZATION, ""), f"Bearer {self._token}"):
            raise NotSignedIn("the internal token is missing or wrong", code="unauthorized")
        after, log = whole_query(request, "after", 0, 1 << 53), request.query.get("log", "")
        told = await self._database.read(article_log.changes, log, after, AT_ONCE)
        answer = {"log": told.log, "revision": told.revision, "complete": told.complete, "more": told.more}
        return web.json_response({**answer, "changes": [_change(row) for row in told.rows]})


def _change(row: ArticleRow) -> JSON:
    return {"id": row.id, "state": row.state, "content": row.in_force}
