"""What WeChat's error numbers mean. They stand in answers with status 200, so nothing but the number tells.

https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html
"""

from connectors.access_token import TokenRefused
from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable, WindowClosed
from connectors.message import JSON
from connectors.vendor import VendorAnswer

TOKEN = frozenset({40001, 40014, 41001, 42001})
"""The access token is wrong, missing or over. (For the request of a token, 40001 means a wrong AppSecret.)"""

LATER: dict[int, tuple[str, float | None]] = {
    -1: ("WeChat is busy", None),
    45009: ("the account's calls of this day are used up", 3600.0),
    45011: ("the account's calls of this minute are used up", 60.0),
}
"""Certain, and passing: why, and after how many seconds it is worth another try."""

NEVER = {
    40003: "the customer is not known to this account",
    43004: "the customer does not follow the account",
    43019: "the customer is on the account's black list",
    45002: "the text is too long for WeChat",
    48002: "the customer has switched messages of the account off",
    48004: "WeChat has blocked this function of the account",
    50002: "WeChat has limited the account",
}
"""Certain and final."""

CLOSED = {
    45015: "WeChat lets us write within 48 hours after the customer, and while they follow the account",
    45047: "WeChat lets us write five messages after each of the customer's",
    48001: "the account may only reply within seconds: to write later it has to be verified (认证)",
}
"""Certain, until the customer writes again; an account that is not verified can then reply."""

REMEDIES = {
    40001: "AppSecret is wrong: reset it in the console (开发接口管理 → 基本配置) and set app_secret.",
    40125: "AppSecret is wrong: reset it in the console (开发接口管理 → 基本配置) and set app_secret.",
    40013: "AppID is wrong: copy it from the console (开发接口管理 → 基本配置) into app_id.",
    40164: "Put the address from which the service calls on the white list (IP白名单) in the console.",
    48001: "Have the account verified (微信认证). Until then it can only reply within five seconds of a message.",
    48004: "WeChat's notice in the console says why the function is blocked.",
    89503: "The account's administrator has to confirm this call; WeChat has sent them a message.",
    89506: "WeChat refuses calls from this address for a day, because the administrator refused them twice.",
}
"""What an operator can do."""


class Refused(Undeliverable):
    """WeChat's own no."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{NEVER.get(code, 'WeChat refuses it')} (error {code})")
        self.code = code


def code_of(answer: JSON) -> int:
    """The error number in an answer; 0 when all is well."""
    code = answer.get("errcode", 0)
    return code if isinstance(code, int) else -2


def error_of(code: int) -> SendError:
    """What a number other than 0 means."""
    if code in CLOSED:
        return WindowClosed(f"{CLOSED[code]} (error {code})")
    if code in LATER:
        why, after = LATER[code]
        return TryLater(f"{why} (error {code})", after=after)
    return Refused(code)


def judged(answer: VendorAnswer) -> JSON:
    """What the vendor says, when it says yes. Raises `TokenRefused` or a `SendError`."""
    found = answer.json()
    if not found:  # nothing that WeChat documents: something between us may have answered
        raise OutcomeUnknown("WeChat did not answer with JSON")
    code = code_of(found)
    if code in TOKEN:
        raise TokenRefused(f"error {code}")
    if code:
        raise error_of(code)
    return found
