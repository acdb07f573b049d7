"""What we ask of QQ. https://bot.q.qq.com/wiki/develop/api-v2/"""

from pydantic import SecretStr

from connectors.access_token import AccessToken, Granted, TokenRefused
from connectors.channel import Finding, Receipt
from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable, WindowClosed
from connectors.fields import clean_line
from connectors.findings import failed, good
from connectors.message import JSON
from connectors.ports import State
from connectors.vendor import VendorAnswer, VendorClient

# https://bot.q.qq.com/wiki/develop/api-v2/openapi/error/error.html and the pages of the two calls
REPEATED = 40054005  # this msg_id has been answered with this msg_seq already
WAITING = frozenset({304023, 304024})  # accepted; somebody at QQ looks at it first
CLOSED = frozenset(
    {304022, 304026, 304027, 304103, 40034005, 40034024, 40034025, 40034026, 40034027, 40034102, 40034105, 40034128}
)
"""There is no message of the customer's that may still be answered, or not by so many, or we may not write unasked."""
AGAIN = frozenset({22009, 304082, 304083, 850026, 850027, 40034004, 40034100, 40054006, 40093001, 50055001, 50055002})
TOKEN = frozenset({11241, 11242, 11243, 11244, 11251, 11261, 11275})
AGAIN_S = 30.0


def code_of(answer: VendorAnswer) -> int:
    """The error in a body; 0 when there is none."""
    found = answer.json()
    code = found.get("err_code") or found.get("code")
    return code if isinstance(code, int) else 0


class QQApi:
    """The API of one bot."""

    def __init__(self, url: str, auth_url: str, app_id: str, secret: SecretStr, state: State) -> None:
        self._app_id, self._secret = app_id, secret
        self._client, self._tokens = VendorClient("QQ", url), VendorClient("QQ", auth_url)
        self._token = AccessToken(state, "access_token", self._fetch)

    async def send(self, place: str, body: JSON) -> Receipt:
        """Show a message. Raises `WindowClosed`, when QQ does not let us write now, and what else goes wrong."""
        answer = await self._call("POST", f"v2/{place}/messages", body)
        return Receipt(vendor_id=str(answer.json().get("id") or "")[:160])

    async def upload(self, place: str, kind: int, url: str) -> str:
        """Let QQ fetch a file; what a message needs to show it. Raises `SendError`.

        https://bot.q.qq.com/wiki/develop/api-v2/server-inter/message/send-receive/rich-media.html
        """
        body: JSON = {"file_type": kind, "url": url, "srv_send_msg": False}
        try:
            answer = await self._call("POST", f"v2/{place}/files", body)
        except OutcomeUnknown as unknown:
            raise TryLater(f"the file was not uploaded: {unknown}") from None
        info = answer.json().get("file_info")
        if not isinstance(info, str) or not info:
            raise Undeliverable("QQ did not take the file")
        return info

    async def check(self) -> list[Finding]:
        """Whether the secret is right. https://bot.q.qq.com/wiki/develop/api-v2/openapi/user/me.html"""
        try:
            found = (await self._call("GET", "users/@me", None)).json()
        except SendError as error:
            remedy = "Compare app_id and app_secret with 开发 → 开发设置 on q.qq.com, and look at its IP白名单."
            return [failed("QQ does not let us in", error, remedy)]
        return [good(f"the bot is {clean_line(str(found.get('username', '')))[:100]}")]

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()
        await self._tokens.close()

    async def _call(self, method: str, path: str, body: JSON | None) -> VendorAnswer:
        async def use(token: str) -> VendorAnswer:
            headers = {"Authorization": f"QQBot {token}", "X-Union-Appid": self._app_id}
            return await self._client.call(method, path, refuse=False, judge=_judged, json=body, headers=headers)

        return await self._token.using(use)

    async def _fetch(self, _refused: bool) -> Granted:
        """https://bot.q.qq.com/wiki/develop/api-v2/dev-prepare/interface-framework/api-use.html"""
        body = {"appId": self._app_id, "clientSecret": self._secret.get_secret_value()}
        answer = await self._tokens.call("POST", "app/getAppAccessToken", json=body)
        found = answer.json()
        token, seconds = found.get("access_token"), str(found.get("expires_in", ""))
        if not isinstance(token, str) or not token or not seconds.isdecimal():
            raise Undeliverable(f"QQ gave no access token (code {code_of(answer)}): look at app_id and app_secret")
        return Granted(token=token, seconds=float(seconds))


def _judged(answer: VendorAnswer) -> SendError | None:
    """What QQ's own codes say, which come with a 4xx, and for what it still looks at with a 202. Raises `TokenRefused`.

    Of a message that QQ had taken before nothing is an error: it is there, once.
    """
    code, reason = code_of(answer), f"QQ answered {answer.status}, code {code_of(answer)}"
    if answer.status == 401 or code in TOKEN:
        raise TokenRefused(reason)
    if answer.status == 429 or code == REPEATED or code in WAITING:
        return None
    if code in CLOSED:
        return WindowClosed(reason)
    if code in AGAIN:
        return TryLater(reason, after=AGAIN_S)
    return Undeliverable(reason) if code or 300 <= answer.status < 500 else None
