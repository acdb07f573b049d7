"""What we ask of Slack's Web API. https://docs.slack.dev/apis/web-api/"""

import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from pydantic import SecretStr

from connectors.channel import Finding, Receipt
from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.fields import clean_line, is_email
from connectors.findings import bad, failed, good
from connectors.languages import reduce_language
from connectors.message import JSON, Media, Profile
from connectors.vendor import VendorClient, parts_of

HOSTS = ("slack.com",)
SCOPES = (
    "app_mentions:read",
    "channels:history",
    "chat:write",
    "files:read",
    "files:write",
    "im:history",
    "users:read",
)
"""Without these something does not work; others (groups:history, mpim:history, users:read.email) are for more of it."""

JSON_TYPE = "application/json; charset=utf-8"
"""Slack warns of JSON that does not say its character set: https://docs.slack.dev/apis/web-api/#posting_json"""

OURS = frozenset(
    {"invalid_auth", "not_authed", "token_expired", "token_revoked", "missing_scope", "org_login_required"}
)
"""The set-up is wrong: what waits can leave when somebody has mended it."""
AGAIN = frozenset({"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org"})
DOUBTFUL = frozenset({"internal_error", "fatal_error", "request_timeout"})
"""Slack says of these that some of it may have been done."""


def failure(method: str, error: str) -> SendError:
    """What `ok: false` means. https://docs.slack.dev/reference/methods/chat.postMessage#errors"""
    reason = f"Slack answered {error} to {method}"
    if error in OURS:
        return TryLater(reason, after=60)
    if error in AGAIN:
        return TryLater(reason)
    return OutcomeUnknown(reason) if error in DOUBTFUL else Undeliverable(reason)


class SlackApi:
    """The API with one bot's token."""

    def __init__(self, url: str, token: SecretStr) -> None:
        self._url, self._token = url, token
        self._client = VendorClient("Slack", url)

    async def post(self, channel: str, thread: str, body: JSON) -> Receipt:
        """Say something. Slack knows no key that would make a repeat safe. Raises `SendError`.

        https://docs.slack.dev/reference/methods/chat.postMessage
        """
        whole = {"channel": channel, "unfurl_links": False, "unfurl_media": False} | body
        answer = await self._call("chat.postMessage", whole | ({"thread_ts": thread} if thread else {}))
        return Receipt(vendor_id=f"{channel}:{answer.get('ts', '')}"[:160])

    async def share(self, channel: str, thread: str, name: str, data: bytes) -> Receipt:
        """Show a file; nobody sees it before the last of the three requests. Raises `SendError`.

        https://docs.slack.dev/messaging/working-with-files/#upload
        """
        try:
            place = await self._call("files.getUploadURLExternal", form={"filename": name, "length": str(len(data))})
            url, file_id = str(place.get("upload_url", "")), str(place.get("file_id", ""))
            if not file_id or not self._is_slacks(url):
                raise Undeliverable("Slack did not say where the file goes")
            await self._client.call("POST", url, data=data, headers={"Content-Type": "application/octet-stream"})
        except OutcomeUnknown as unknown:
            raise TryLater(f"the file was not uploaded: {unknown}") from None
        body: JSON = {"files": [{"id": file_id, "title": name}], "channel_id": channel}
        await self._call("files.completeUploadExternal", body | ({"thread_ts": thread} if thread else {}))
        return Receipt(vendor_id=file_id[:160])

    async def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """The bytes of a file. https://docs.slack.dev/reference/objects/file-object"""
        url = str(media.data.get("url") or "") or await self._address(media.ref)
        if not self._is_slacks(url):  # the token is for nobody else, and not for everybody on the way
            raise Undeliverable("the file does not lie at Slack")
        fresh = True
        async for chunk in self._client.download(url, hosts=HOSTS, headers=self._headers):
            if fresh and chunk.lstrip()[:15].lower() == b"<!doctype html>" and "html" not in media.media_type:
                raise Undeliverable("Slack showed its sign-in page: the app needs the scope files:read")
            fresh = False
            yield chunk

    async def profile(self, user: str) -> Profile:
        """What Slack tells of a person; none of it is proven. Raises `TryLater`.

        https://docs.slack.dev/reference/methods/users.info
        """
        try:
            answer = await self._call("users.info", form={"user": user, "include_locale": "true"})
        except OutcomeUnknown as unknown:
            raise TryLater(str(unknown)) from None
        except Undeliverable:
            return Profile()
        found = _object(answer, "user")
        own = _object(found, "profile")
        names = (own.get("display_name"), own.get("real_name"), found.get("real_name"), found.get("name"))
        email, locale = own.get("email"), found.get("locale")
        return Profile(
            name=next((clean_line(each)[:100] for each in names if isinstance(each, str) and each.strip()), ""),
            email=email if isinstance(email, str) and is_email(email) else "",
            language=reduce_language(locale) if isinstance(locale, str) else "",
        )

    async def check(self) -> list[Finding]:
        """Whether the token is good, and allows what we need. https://docs.slack.dev/reference/methods/auth.test"""
        try:
            answer = await self._client.call("POST", "auth.test", headers=self._headers)
        except SendError as error:
            return [failed("the token cannot be looked at", error, "Try again in a minute.")]
        found = answer.json()
        if found.get("ok") is not True:
            refused = clean_line(str(found.get("error", "")))[:60]
            remedy = "Copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions into bot_token."
            return [bad(f"Slack does not let us in: {refused}", remedy)]
        names = clean_line(f"{found.get('user', '')} in {found.get('team', '')}")[:200]
        granted = {each.strip() for each in answer.headers.get("X-OAuth-Scopes", "").split(",")}
        missing = [each for each in SCOPES if each not in granted]
        found_bot = good(f"the bot is {names}")
        if missing:
            remedy = "Add them in OAuth & Permissions and install the app again."
            return [found_bot, bad(f"scopes are missing: {', '.join(missing)}", remedy)]
        return [found_bot, good("it has all scopes that it needs")]

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _address(self, file_id: str) -> str:
        try:
            answer = await self._call("files.info", form={"file": file_id})
        except OutcomeUnknown as unknown:
            raise TryLater(str(unknown)) from None
        file = _object(answer, "file")
        return str(file.get("url_private_download") or file.get("url_private") or "")

    async def _call(self, method: str, body: JSON | None = None, *, form: dict[str, str] | None = None) -> JSON:
        """Call a method; what Slack refuses comes as `ok: false` in a 200. Raises `SendError`."""
        data: object = form if body is None else json.dumps(body).encode()
        headers = self._headers if body is None else {**self._headers, "Content-Type": JSON_TYPE}
        answer = (await self._client.call("POST", method, data=data, headers=headers)).json()
        if not answer:
            raise OutcomeUnknown(f"Slack did not answer {method} in JSON")
        if answer.get("ok") is not True:
            raise failure(method, clean_line(str(answer.get("error", "")))[:60])
        return answer

    def _is_slacks(self, url: str) -> bool:
        parts = parts_of(url)
        host = parts.hostname or ""
        return (parts.scheme, parts.netloc) == urlsplit(self._url)[:2] or (
            parts.scheme == "https" and any(host.endswith(f".{each}") for each in HOSTS)
        )

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.get_secret_value()}"}


def _object(data: JSON, name: str) -> JSON:
    found = data.get(name)
    return found if isinstance(found, dict) else {}
