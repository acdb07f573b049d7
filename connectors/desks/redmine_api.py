"""What we ask of a Redmine. https://www.redmine.org/projects/redmine/wiki/Rest_api

A "journal" is an entry of an issue: a note, what was changed, or both.
"""

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote

import structlog
from pydantic import SecretStr

from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.helpdesk_model import Upload
from connectors.message import JSON
from connectors.pace import Pace
from connectors.vendor import VendorAnswer, VendorClient

log = structlog.get_logger(__name__)

PAGE = 100  # the most it gives
NO_RIGHT_S = 60  # until somebody may have given us what is missing
KNOWN_S = 600
"""How long lists of statuses and the like are taken for what they were."""


class RedmineApi:
    """The interface of one Redmine, asked with one user's key."""

    def __init__(self, url: str, key: SecretStr, pace: Pace) -> None:
        self._headers = {"X-Redmine-API-Key": key.get_secret_value()}
        self._client, self._pace = VendorClient("Redmine", url, patient=True), pace
        self._known: dict[str, tuple[float, Any]] = {}

    async def me(self) -> JSON:
        """Our own user, with the roles in projects."""
        return _object(await self._kept("users/current.json?include=memberships", "user"))

    async def issue(self, number: str) -> JSON:
        """An issue with its journals and files. Raises `Undeliverable` when it is gone."""
        answer = await self._ask("GET", f"issues/{number}.json", params={"include": "journals,attachments"})
        issue = _object(answer.json().get("issue"))
        return {**issue, **{name: _list(issue.get(name)) for name in ("journals", "attachments")}}

    async def issues(self, **filters: str) -> list[JSON]:
        """Issues of ours, open or not. A filter that it does not know it leaves away without a word."""
        found: list[JSON] = []
        while True:
            page = {"offset": str(len(found)), "limit": str(PAGE), **filters}
            answer = await self._ask("GET", "issues.json", params={"author_id": "me", "status_id": "*", **page})
            items = _list(answer.json().get("issues"))
            found += items
            if "limit" in filters or len(items) < PAGE:
                return found

    async def make(self, issue: JSON) -> JSON | None:
        """Make an issue; as it is then. None when it does not take what stands in it."""
        answer = await self._write("POST", "issues.json", TryLater("Redmine makes no ticket for us"), json=issue)
        if answer.status == 422:
            return None
        made = answer.json().get("issue")
        if not isinstance(made, dict) or not isinstance(made.get("id"), int):
            raise OutcomeUnknown("Redmine does not say which issue it has made")
        return made

    async def change(self, number: str, values: JSON) -> None:
        """Change an issue, or add a note. It says nothing, also where it left something out: look at the issue."""
        answer = await self._write("PUT", f"issues/{number}.json", json={"issue": values})
        if answer.status == 422:
            raise Undeliverable(f"Redmine does not take {', '.join(sorted(values))}")

    async def delete(self, number: str) -> bool:
        """Delete an issue with all that is in it; one that is not there is fine. Whether we may."""
        answer = await self._write("DELETE", f"issues/{number}.json", fine={403, 404})
        return answer.status != 403

    async def upload(self, files: Sequence[Upload]) -> list[JSON]:
        """Bring files, for the issue or note that comes next. One that is not named then is thrown away by Redmine,
        so that a lost answer loses nothing. What it does not take, by size or ending, is left away.
        """
        brought: list[JSON] = []
        for each in files:
            try:
                answer = await self._write(
                    "POST", "uploads.json", params={"filename": each.name}, data=each.data,
                    headers={**self._headers, "Content-Type": "application/octet-stream"},
                )  # fmt: skip
            except OutcomeUnknown as error:
                raise TryLater(str(error)) from error
            if answer.status == 422:
                log.warning("desk.file_refused", size=len(each.data), media_type=each.media_type)
                continue
            token = _object(answer.json().get("upload")).get("token")
            brought.append({"token": token, "filename": each.name, "content_type": each.media_type})
        return brought

    async def statuses(self) -> list[JSON]:
        """All statuses: `id`, `name`, `is_closed`."""
        return _list(await self._kept("issue_statuses.json", "issue_statuses"))

    async def priorities(self) -> list[JSON]:
        """All priorities, the lowest first: `id`, `name`, `is_default`."""
        return _list(await self._kept("enumerations/issue_priorities.json", "issue_priorities"))

    async def project(self, name: str) -> JSON:
        """A project with its trackers and its custom fields. Raises `Undeliverable`."""
        path = f"projects/{quote(name, safe='')}.json?include=trackers,issue_custom_fields"
        return _object(await self._kept(path, "project"))

    async def fields(self, project: JSON) -> tuple[list[JSON], bool]:
        """Custom fields of a project's issues: `id`, `name`; and whether these are all. Those of all projects stand in
        no list that we may see, but in every issue.
        """
        path = f"issues.json?project_id={project['id']}&status_id=*&sort=id:desc&limit=1"
        issues = _list(await self._kept(path, "issues"))
        if not issues:
            del self._known[path]
        seen = [field for issue in issues for field in issue.get("custom_fields") or ()]
        return [*(project.get("issue_custom_fields") or ()), *seen], bool(issues)

    async def rights(self, roles: Sequence[int]) -> set[str]:
        """What somebody with these roles may do."""
        found = [_object(await self._kept(f"roles/{each}.json", "role")) for each in roles]
        return {str(right) for role in found for right in role.get("permissions") or ()}

    def file(self, number: str) -> AsyncIterator[bytes]:
        """The bytes of a file."""
        return self._client.download(f"attachments/download/{number}", headers=self._headers)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _kept(self, path: str, name: str) -> Any:
        """A member of what changes only by an administrator's hand."""
        at, found = self._known.get(path, (0.0, None))
        if found is None or time.monotonic() - at > KNOWN_S:
            found = (await self._ask("GET", path)).json().get(name)
            self._known[path] = time.monotonic(), found
        return found

    async def _write(
        self,
        method: str,
        path: str,
        forbidden: SendError | None = None,
        *,
        fine: set[int] | None = None,
        **request: Any,
    ) -> VendorAnswer:
        """Make a request that changes something; `forbidden` is what a 403 means."""

        def judge(answer: VendorAnswer) -> SendError | None:
            if answer.status >= 500:  # of itself, or of a proxy before it: both may come after the fact
                return OutcomeUnknown(f"Redmine answered {answer.status}")
            return forbidden if forbidden and answer.status == 403 else _no_key(answer)

        answer = await self._call(method, path, judge, request)
        return _refuse(answer, {422, *(fine or ())})

    async def _ask(self, method: str, path: str, **request: Any) -> VendorAnswer:
        return _refuse(await self._call(method, path, _no_key, request), set())

    async def _call(self, method: str, path: str, judge: Any, request: JSON) -> VendorAnswer:
        async with self._pace.turn():
            request = {"headers": self._headers, **request}
            return await self._client.call(method, path, refuse=False, judge=judge, **request)


def _refuse(answer: VendorAnswer, fine: set[int]) -> VendorAnswer:
    if answer.status > 299 and answer.status not in fine:
        raise Undeliverable(f"Redmine answered {answer.status}")
    return answer


def _no_key(answer: VendorAnswer) -> SendError | None:
    """A key that is taken no more is put right by people; nothing is lost until then."""
    return TryLater("Redmine does not take our key", after=NO_RIGHT_S) if answer.status == 401 else None


def _object(found: object) -> JSON:
    """Raises `TryLater` for anything else: an answer that says nothing is not an empty one."""
    if not isinstance(found, dict):
        raise TryLater("Redmine does not answer as it documents")
    return found


def _list(found: object) -> list[JSON]:
    if not isinstance(found, list):
        raise TryLater("Redmine does not answer as it documents")
    return [_object(each) for each in found]
