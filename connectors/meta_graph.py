"""What Meta's products share: signed webhooks and their handshake, the Graph API with its versions and its errors.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started and …/docs/graph-api/guides/error-handling
"""

import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr

from connectors.channel import Answer, Finding, Request
from connectors.errors import Forged, Malformed, SendError, TryLater, Undeliverable
from connectors.fields import Fields, clean_line, parse_json
from connectors.findings import failed
from connectors.http import same_secret
from connectors.message import JSON
from connectors.settings import ChannelSettings, Credential, Secret, WebAddress, invalid
from connectors.vendor import VendorAnswer, VendorClient

BATCH = 1000  # updates that Meta puts into one delivery at most
MINUTE_S = 60.0
ID_LENGTH = 160  # of what the core keeps of an id
_ID = re.compile(r"[\x21-\x7e]{1,1000}")  # Meta promises nothing about the form of a message's id
_CHALLENGE = re.compile(r"[\w.~-]{1,200}", re.ASCII)
_USAGE = "x-business-use-case-usage"


def _graph_id(value: object) -> str:
    text = str(value)
    if not re.fullmatch(r"[0-9]{3,30}", text, re.ASCII):
        raise invalid(f"{text[:40]!r} is not an id of Meta's", "Copy the digits that Meta's console shows.")
    return text


def _graph_id_or_none(value: object) -> str:
    return _graph_id(value) if value else ""


GraphId = Annotated[str, BeforeValidator(_graph_id)]
"""An id as the Graph API gives it: digits, written with or without quotes."""

OptionalGraphId = Annotated[str, BeforeValidator(_graph_id_or_none)]


class GraphSettings(ChannelSettings):
    """What every product of Meta's needs."""

    app_secret: Credential
    """App Dashboard, App settings, Basic: what Meta signs its calls with."""

    verify_token: Secret
    """A secret of your own, 16 characters or more: Meta shows it when it looks whether the webhook is yours."""

    access_token: Credential
    """What the Graph API is called with. Make it from a system user, so that it does not expire."""

    app_id: OptionalGraphId = ""
    """App Dashboard, App settings, Basic: the app's id. With it the webhook's address is set at Meta for you."""

    api_url: WebAddress = "https://graph.facebook.com"
    """Where the Graph API is."""

    api_version: Annotated[str, Field(pattern=r"^v[0-9]{1,3}\.[0-9]$")] = "v25.0"
    """Its version; Meta keeps each for about two years: https://developers.facebook.com/docs/graph-api/changelog"""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What an error of the Graph API means for a message. `after` seconds it may be tried again."""

    error: type[SendError]
    why: str
    after: float | None = None


Verdicts = Mapping[tuple[int, int], Verdict]
"""By code and subcode; subcode 0 is any."""

_RATE = Verdict(error=TryLater, why="more calls than Meta allows")
_DOWN = Verdict(error=TryLater, why="Meta is in trouble")
_TOKEN = Verdict(error=TryLater, why="the access token is not valid any more: make a new one", after=5 * MINUTE_S)
_PERMISSION = Verdict(error=Undeliverable, why="a permission is missing or was taken away")
GRAPH: Verdicts = {
    **{(code, 0): _TOKEN for code in (0, 102, 190)},
    **{(code, 0): _RATE for code in (4, 17, 32, 341, 613)},
    **{(code, 0): _DOWN for code in (1, 2)},
    **{(code, 0): _PERMISSION for code in (3, 10, *range(200, 300))},
    (100, 0): Verdict(error=Undeliverable, why="Meta does not take it like this"),
    (100, 33): Verdict(error=Undeliverable, why="there is no such thing, or it may not be seen"),
    (368, 0): Verdict(error=Undeliverable, why="Meta has blocked the account for a while: a policy was violated"),
}
"""https://developers.facebook.com/docs/graph-api/guides/error-handling"""


def check_signature(request: Request, app_secret: SecretStr) -> None:
    """Raise `Forged` unless Meta signed the body: HMAC-SHA256 of its bytes with the app's secret."""
    digest = hmac.new(app_secret.get_secret_value().encode(), request.body, hashlib.sha256).hexdigest()
    if not same_secret(request.headers.get("x-hub-signature-256", ""), f"sha256={digest}"):
        raise Forged("the signature is not Meta's", code="signature_invalid")


def handshake(request: Request, verify_token: SecretStr) -> Answer | None:
    """Meta asks whether the address is ours, and wants its challenge back. None for everything that is no such
    question. Raises `Forged`.
    """
    if request.method != "GET":
        return None
    query, expected = request.query, verify_token.get_secret_value()
    given = query.get("hub.verify_token", "")
    if query.get("hub.mode") != "subscribe" or not expected or not same_secret(given, expected):
        raise Forged("the verify token is not ours", code="token_invalid")
    challenge = query.get("hub.challenge", "")
    if not _CHALLENGE.fullmatch(challenge):
        raise Malformed("hub.challenge is not one of Meta's")
    return Answer(body=challenge.encode())


def delivery(body: bytes) -> tuple[str, list[Fields]]:
    """Which object a delivery is about, and its entries. Raises `Malformed`."""
    fields = Fields(parse_json(body))
    return fields.text("object", longest=60), objects(fields, "entry")


def objects(fields: Fields, name: str, most: int = BATCH) -> list[Fields]:
    """The objects of a list. Raises `Malformed` for anything else in it."""
    return [Fields(each, within=name) for each in fields.items(name, most)]


def required(fields: Fields, name: str) -> Fields:
    """An object that has to be there. Raises `Malformed`."""
    found = fields.object(name)
    if found is None:
        raise fields.wrong(name, "must be an object")
    return found


def message_id(fields: Fields, name: str) -> str:
    """The id of a message, which has to be there. Raises `Malformed`."""
    return kept_id(fields.matching(name, _ID, "an id"))


def kept_id(given: str) -> str:
    """An id as we keep it: one that is too long (Instagram's, of which the beginning is the same for all messages of a
    chat) is known by its digest.
    """
    return given if len(given) <= ID_LENGTH else f"sha256:{hashlib.sha256(given.encode()).hexdigest()}"


def some_text(fields: Fields | None, name: str, longest: int) -> str:
    """Text that is only of use when it is there: its beginning, on one line; empty when it is anything else."""
    value = fields.data.get(name) if fields is not None else None
    return clean_line(value)[:longest] if isinstance(value, str) else ""


def map_link(fields: Fields, latitude: str, longitude: str) -> str:
    """Where a place is, of which two members are the degrees. Raises `Malformed`."""
    degrees = []
    for name in (latitude, longitude):
        value = fields.data.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > 180:
            raise fields.wrong(name, "must be degrees")
        degrees.append(str(float(value)))
    return f"https://www.google.com/maps/search/?api=1&query={','.join(degrees)}"


def read_code(error: Mapping[str, Any]) -> tuple[int, int]:
    """Code and subcode of an error of the Graph API; 0 where there is none."""
    code, subcode = error.get("code"), error.get("error_subcode")
    return (code if type(code) is int else -1), (subcode if type(subcode) is int else 0)


class GraphClient:
    """The Graph API for one product; `verdicts` are what its own errors mean."""

    def __init__(self, vendor: str, settings: GraphSettings, verdicts: Verdicts) -> None:
        self._vendor, self._verdicts = vendor, {**GRAPH, **verdicts}
        self._token, self._app_id, self._app_secret = settings.access_token, settings.app_id, settings.app_secret
        self._verify_token = settings.verify_token
        self._http = VendorClient(vendor, f"{settings.api_url}/{settings.api_version}")

    async def call(self, method: str, path: str, **request: Any) -> JSON:
        """Make one request with the access token; the JSON in the answer. Raises `SendError`."""
        return (await self._http.call(method, path, judge=self.judge, headers=self._bearer(), **request)).json()

    def download(self, url: str, *, hosts: tuple[str, ...], with_token: bool = False) -> AsyncIterator[bytes]:
        """The bytes behind an address that Meta gave."""
        return self._http.download(url, hosts=hosts, headers=self._bearer() if with_token else None)

    async def subscribe_app(self, topic: str, fields: str, callback_url: str) -> Finding:
        """Tell Meta where we are; it looks there at once (`handshake`). Needs `app_id`.

        https://developers.facebook.com/docs/graph-api/reference/app/subscriptions
        """
        if not self._app_id:
            return Finding(
                what="the webhook's address was not set, as there is no app_id",
                ok=False,
                remedy=f"Set app_id, or in the App Dashboard, Webhooks, enter {callback_url} and your verify_token.",
            )
        token = f"{self._app_id}|{self._app_secret.get_secret_value()}"
        form = {
            "object": topic,
            "callback_url": callback_url,
            "verify_token": self._verify_token.get_secret_value(),
            "fields": fields,
        }
        try:
            await self._http.call(
                "POST",
                f"{self._app_id}/subscriptions",
                judge=self.judge,
                data=form,
                headers={"Authorization": f"Bearer {token}"},
            )
        except SendError as error:
            remedy = "The service has to run, and to be reached from the internet, while Meta looks. Is app_id right?"
            return failed("the webhook's address could not be set", error, remedy)
        return Finding(what=f"Meta calls {callback_url}", ok=True)

    def judge(self, answer: VendorAnswer) -> SendError | None:
        """What an answer of the Graph API means when it is an error; None when it is none."""
        error = answer.json().get("error")
        if not isinstance(error, dict):
            return None
        code, subcode = read_code(error)
        verdict = self._verdicts.get((code, subcode)) or self._verdicts.get((code, 0))
        if verdict is None and error.get("is_transient") is True:
            verdict = _DOWN
        if verdict is None and (answer.status == 429 or answer.status >= 500):
            return None  # the status says it
        why = verdict.why if verdict else f"{self._vendor} refused it"
        reason = f"{why} (code {code}{f', subcode {subcode}' if subcode else ''})"
        if verdict is None or not issubclass(verdict.error, TryLater):
            return (verdict.error if verdict else Undeliverable)(reason)
        return TryLater(reason, after=_regained(answer) or verdict.after)

    async def close(self) -> None:
        """Release connections."""
        await self._http.close()

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.get_secret_value()}"}


def _regained(answer: VendorAnswer) -> float | None:
    """Seconds until calls are allowed again, where Meta says it.

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting#headers-2
    """
    try:
        usage = parse_json(answer.headers.get(_USAGE, "{}"))
    except Malformed:
        return None
    uses = [use for each in usage.values() if isinstance(each, list) for use in each] if isinstance(usage, dict) else []
    minutes = [use.get("estimated_time_to_regain_access") for use in uses if isinstance(use, dict)]
    return max((each * MINUTE_S for each in minutes if type(each) is int and each > 0), default=None)
