"""What is asked of one ServiceNow instance: rows of tables, journals and attachments.

https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html and …/c_AttachmentAPI.html. What it says in a
200 is not believed: a transaction that was cut off answers 200 with "failure" at the end (KB1297438), and a condition
that it does not understand is left out of the query, so that rows are looked at again here.
"""

import base64
import re
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

from connectors.access_token import AccessToken, Granted, TokenRefused
from connectors.desks.servicenow_settings import ServiceNowSettings
from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.helpdesk_model import Upload
from connectors.message import JSON
from connectors.pace import Pace
from connectors.ports import State
from connectors.vendor import AFTER_THE_FACT, LONGEST_PAUSE_S, UNKNOWN_S, VendorAnswer, VendorClient

PAGE, PAGES = 500, 20
_FAILURE = re.compile(rb'"status"\s*:\s*"failure"\s*\}\s*$')
_ID = re.compile(r"[0-9a-f]{32}")


class ServiceNowApi:
    """One instance, asked as one account. All raise `SendError`."""

    def __init__(self, settings: ServiceNowSettings, state: State, pace: Pace) -> None:
        self._settings, self._pace = settings, pace
        self._client = VendorClient("ServiceNow", settings.url, headers={"Accept": "application/json"})
        self._token = AccessToken(state, "access_token", self._granted)

    async def rows(self, table: str, query: str, fields: str, *, most: int = PAGE * PAGES) -> list[JSON]:
        """The rows that a query finds, all pages of them."""
        found: list[JSON] = []
        while len(found) < most:
            params = {
                "sysparm_query": query, "sysparm_fields": fields, "sysparm_exclude_reference_link": "true",
                "sysparm_limit": str(min(PAGE, most)), "sysparm_offset": str(len(found)),
            }  # fmt: skip
            page = _result(await self.ask("GET", f"api/now/table/{table}", params=params))
            rows = [each for each in page if isinstance(each, dict)] if isinstance(page, list) else []
            found += rows
            if len(rows) < PAGE:
                break
        return found

    async def row(self, table: str, sys_id: str, fields: str) -> JSON:
        """One row. Raises `Undeliverable` when it is gone."""
        params = {"sysparm_fields": fields, "sysparm_exclude_reference_link": "true"}
        return _object(await self.ask("GET", f"api/now/table/{table}/{sys_id_of(sys_id)}", params=params))

    async def write(self, table: str, values: JSON, sys_id: str = "") -> JSON:
        """Make a row, or change one; the row as it is then."""
        method, path = ("PATCH", f"/{sys_id_of(sys_id)}") if sys_id else ("POST", "")
        params = {"sysparm_exclude_reference_link": "true"}
        return _object(await self.ask(method, f"api/now/table/{table}{path}", json=values, params=params))

    async def delete(self, table: str, sys_id: str) -> None:
        """Delete a row, if it is there."""
        answer = await self.ask("DELETE", f"api/now/table/{table}/{sys_id_of(sys_id)}", refuse=False)
        if answer.status not in {204, 404}:
            raise Undeliverable(f"ServiceNow deletes no ticket for us: it answered {answer.status}")

    async def attachments(self, table: str, sys_id: str) -> list[JSON]:
        """What is attached to a row, the oldest first."""
        query = f"table_name={table}^table_sys_id={sys_id_of(sys_id)}^ORDERBYsys_created_on"
        params = {"sysparm_query": query, "sysparm_limit": str(PAGE)}
        found = _result(await self.ask("GET", "api/now/attachment", params=params))
        rows = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
        return [each for each in rows if each.get("table_sys_id") == sys_id]

    async def attach(self, table: str, sys_id: str, files: Iterable[Upload], *, again: bool) -> None:
        """Attach files; `again`: without those that a try before has left."""
        listing = await self.attachments(table, sys_id) if again else []
        there = {(each.get("file_name"), str(each.get("size_bytes"))) for each in listing}
        for file in files:
            if (file.name, str(len(file.data))) in there:
                continue
            params = {"table_name": table, "table_sys_id": sys_id_of(sys_id), "file_name": file.name}
            headers = {"Content-Type": file.media_type or "application/octet-stream"}
            await self.ask("POST", "api/now/attachment/file", data=file.data, params=params, headers=headers)

    async def download(self, sys_id: str) -> AsyncIterator[bytes]:
        """The bytes of an attachment."""
        headers = {"Authorization": await self._authorization()}
        async for chunk in self._client.download(f"api/now/attachment/{sys_id_of(sys_id)}/file", headers=headers):
            yield chunk

    async def ask(self, method: str, path: str, **request: Any) -> VendorAnswer:
        """One request, in its turn; as `VendorClient.call`."""
        headers = request.pop("headers", {})

        def judge(answer: VendorAnswer) -> SendError | None:
            return _hidden(answer, reads=method == "GET")

        async def use(token: str) -> VendorAnswer:
            proof = {"Authorization": f"Bearer {token}" if token else await self._authorization()}
            async with self._pace.turn():
                answer = await self._client.call(
                    method, path, headers={**headers, **proof}, judge=judge, **{**request, "refuse": False}
                )
            if answer.status == 401 and token:
                raise TokenRefused("ServiceNow takes it no more")
            return answer

        answer = await (self._token.using(use) if self._settings.client_id else use(""))
        if answer.status == 401:
            raise TryLater("ServiceNow does not take our credentials", after=UNKNOWN_S)
        if request.get("refuse", True) and answer.status > 299:
            raise Undeliverable(f"ServiceNow answered {answer.status}")
        return answer

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _authorization(self) -> str:
        if self._settings.client_id:
            return f"Bearer {await self._token.get()}"
        key = f"{self._settings.username}:{self._settings.password.get_secret_value()}"
        return f"Basic {base64.b64encode(key.encode()).decode()}"

    async def _granted(self, _: bool) -> Granted:
        """https://www.servicenow.com/docs/r/zurich/platform-security/authentication/client-credentials-grant-workflow.html"""
        form = {
            "grant_type": "client_credentials", "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret.get_secret_value(),
        }  # fmt: skip
        given = (await self._client.call("POST", "oauth_token.do", data=form)).json()
        if not given.get("access_token"):
            raise Undeliverable("ServiceNow gives no access token: compare client_id and client_secret")
        return Granted(token=str(given["access_token"]), seconds=float(given.get("expires_in") or 1_800))


def sys_id_of(value: str) -> str:
    """ServiceNow's own id of a row. Raises `Undeliverable`."""
    if not _ID.fullmatch(value):
        raise Undeliverable("there is no such ticket")
    return value


def is_sys_id(value: str) -> bool:
    """Whether it is the id of a row."""
    return bool(_ID.fullmatch(value))


def quotable(value: str) -> bool:
    """Whether a value may stand in a query: `^` would end it there, and "javascript:" would be run."""
    return bool(value) and "^" not in value and not value.casefold().startswith("javascript:")


def _hidden(answer: VendorAnswer, *, reads: bool) -> SendError | None:
    """A failure that the status does not tell, and how long to wait where only the limit's end is told."""
    if answer.status == 429 and not answer.headers.get("Retry-After"):
        reset = answer.headers.get("X-RateLimit-Reset", "")
        left = min(max(1.0, float(reset) - time.time()), LONGEST_PAUSE_S) if reset.isdecimal() else None
        return TryLater("ServiceNow answered 429", after=left)
    if answer.status in AFTER_THE_FACT and not reads:
        return OutcomeUnknown(f"ServiceNow answered {answer.status}")
    if answer.status == 202 or (answer.status < 300 and _FAILURE.search(answer.body)):
        reason = "ServiceNow has not finished the transaction"
        return TryLater(reason) if reads else OutcomeUnknown(reason)
    return None


def _result(answer: VendorAnswer) -> object:
    """What is asked for. An instance that sleeps answers 200 with a page for people."""
    body = answer.json()
    if "result" not in body:
        raise OutcomeUnknown("ServiceNow answered without a result: is the instance awake?")
    return body["result"]


def _object(answer: VendorAnswer) -> JSON:
    found = _result(answer)
    return found if isinstance(found, dict) else {}
