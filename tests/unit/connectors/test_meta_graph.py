"""What Meta's products share: signatures by published vectors, the handshake, errors and what they mean."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from connectors.channel import Request
from connectors.channels import messenger_errors, messenger_parse, whatsapp_errors, whatsapp_parse
from connectors.channels.whatsapp_setup import WhatsappSettings
from connectors.errors import Forged, Malformed, SendError, TryLater, Undeliverable, WindowClosed
from connectors.fields import Fields
from connectors.meta_graph import GraphClient, check_signature, handshake, kept_id, some_text
from connectors.vendor import VendorAnswer

SETTINGS = {
    "app_secret": "5d1b9c0e7f3a48d2b6c4e8a1f0937d25",
    "verify_token": "we-are-the-front-door-of-hearthline",
    "access_token": "EAAJB7hZAkd8oBO2fZC0y6",
    "phone_number_id": "106540352242922",
}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def request(body: bytes = b"", signature: str = "", method: str = "POST", **query: str) -> Request:
    headers = {"x-hub-signature-256": signature} if signature else {}
    named = {name.replace("_", ".", 1): value for name, value in query.items()}
    return Request(method=method, path="/", query=named, headers=headers, body=body, remote="127.0.0.1")


# signatures


# RFC 4231, test case 2, and the vector of GitHub's page on validating deliveries, whose header is of the same form:
# https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
@pytest.mark.parametrize(
    ("secret", "body", "digest"),
    [
        ("Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            "It's a Secret to Everybody",
            b"Hello, World!",
            "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        ),
    ],
)
def test_a_signature_is_the_hmac_of_the_bodys_bytes(secret: str, body: bytes, digest: str) -> None:
    check_signature(request(body, f"sha256={digest}"), SecretStr(secret))
    for wrong in ("", digest, f"sha256={digest.upper()}", f"sha256={digest[:-1]}0", f"sha1={digest}", "sha256="):
        with pytest.raises(Forged):
            check_signature(request(body, wrong), SecretStr(secret))
    with pytest.raises(Forged):
        check_signature(request(body + b" ", f"sha256={digest}"), SecretStr(secret))


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_only_the_very_same_bytes_pass(body: bytes, other: bytes) -> None:
    signature = "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    check_signature(request(body, signature), SecretStr("secret"))
    if other != body:
        with pytest.raises(Forged):
            check_signature(request(other, signature), SecretStr("secret"))


# the handshake

TOKEN = SecretStr("we-are-the-front-door-of-hearthline")


def test_the_challenge_goes_back_to_whoever_knows_the_verify_token() -> None:
    asked = request(
        method="GET", hub_mode="subscribe", hub_verify_token=TOKEN.get_secret_value(), hub_challenge="1158201444"
    )
    answer = handshake(asked, TOKEN)
    assert answer is not None
    assert (answer.status, answer.body, answer.content_type) == (200, b"1158201444", "text/plain")


def test_a_delivery_is_no_handshake() -> None:
    assert handshake(request(b"{}"), TOKEN) is None


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub_mode": "subscribe", "hub_challenge": "1"},
        {"hub_mode": "subscribe", "hub_challenge": "1", "hub_verify_token": "guess"},
        {"hub_mode": "unsubscribe", "hub_challenge": "1", "hub_verify_token": TOKEN.get_secret_value()},
    ],
)
def test_nobody_else_gets_it(query: dict[str, str]) -> None:
    with pytest.raises(Forged):
        handshake(request(method="GET", **query), TOKEN)


def test_without_a_verify_token_nobody_gets_it() -> None:
    asked = request(method="GET", hub_mode="subscribe", hub_verify_token="", hub_challenge="1")
    with pytest.raises(Forged):
        handshake(asked, SecretStr(""))


@pytest.mark.parametrize("challenge", ["", "<script>alert(1)</script>", "x" * 201, "a b"])
def test_nothing_but_a_challenge_is_given_back(challenge: str) -> None:
    asked = request(
        method="GET", hub_mode="subscribe", hub_verify_token=TOKEN.get_secret_value(), hub_challenge=challenge
    )
    with pytest.raises(Malformed):
        handshake(asked, TOKEN)


# errors


def judged(verdicts: Any, status: int, error: object, headers: dict[str, str] | None = None) -> SendError | None:
    client = GraphClient("Meta", WhatsappSettings.model_validate(SETTINGS), verdicts)
    body = json.dumps({"error": error}).encode()
    return client.judge(VendorAnswer(status=status, headers=headers or {}, body=body))


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (131047, 400, WindowClosed),
        (131026, 400, Undeliverable),
        (131030, 400, Undeliverable),
        (131049, 400, Undeliverable),
        (132001, 404, Undeliverable),
        (131031, 403, Undeliverable),
        (368, 403, Undeliverable),
        (10, 403, Undeliverable),
        (200, 403, Undeliverable),
        (100, 400, Undeliverable),
        (999999, 400, Undeliverable),
        (130429, 400, TryLater),
        (80007, 400, TryLater),
        (131056, 400, TryLater),
        (131048, 400, TryLater),
        (131016, 500, TryLater),
        (4, 400, TryLater),
        (2, 500, TryLater),
        (190, 401, TryLater),
        (0, 401, TryLater),
    ],
)
def test_errors_of_whatsapp_mean_what_they_say(code: int, status: int, kind: type[SendError]) -> None:
    found = judged(whatsapp_errors.VERDICTS, status, {"message": "…", "type": "OAuthException", "code": code})
    assert type(found) is kind
    assert f"code {code}" in str(found)


@pytest.mark.parametrize(
    ("code", "subcode", "kind"),
    [
        (10, 2018278, WindowClosed),
        (10, 2534022, WindowClosed),
        (10, 0, Undeliverable),
        (10, 2018108, Undeliverable),
        (551, 1545041, Undeliverable),
        (200, 1545041, Undeliverable),
        (100, 2018001, Undeliverable),
        (100, 99, Undeliverable),
        (10900, 0, messenger_errors.AlreadyReplied),
        (613, 0, TryLater),
        (1200, 0, TryLater),
        (10, 1893063, TryLater),
    ],
)
def test_errors_of_messenger_mean_what_they_say(code: int, subcode: int, kind: type[SendError]) -> None:
    error = {"message": "…", "code": code, **({"error_subcode": subcode} if subcode else {})}
    assert type(judged(messenger_errors.VERDICTS, 400, error)) is kind


def test_an_error_in_a_200_is_an_error() -> None:
    assert type(judged(whatsapp_errors.VERDICTS, 200, {"code": 131026})) is Undeliverable


def test_what_meta_calls_transient_is_tried_again() -> None:
    assert type(judged({}, 400, {"code": 77777, "is_transient": True})) is TryLater


def test_a_status_without_a_known_code_says_it_itself() -> None:
    assert judged({}, 503, {"code": 77777}) is None
    assert judged({}, 429, {"code": 77777}) is None
    assert judged({}, 400, "a sentence") is None


def test_metas_own_words_are_not_repeated_as_they_may_have_a_number_in_them() -> None:
    found = judged({}, 400, {"code": 77777, "message": "(#77777) +16505551234 is not …"})
    assert "1650" not in str(found)


def test_meta_says_when_calls_are_allowed_again() -> None:
    usage = {"102290129340398": [{"type": "whatsapp", "call_count": 100, "estimated_time_to_regain_access": 19}]}
    found = judged(whatsapp_errors.VERDICTS, 400, {"code": 80007}, {"x-business-use-case-usage": json.dumps(usage)})
    assert isinstance(found, TryLater)
    assert found.after == 19 * 60


@given(JSON_VALUES)
def test_no_header_and_no_error_breaks_it(value: object) -> None:
    for headers in ({}, {"x-business-use-case-usage": json.dumps(value)}, {"x-business-use-case-usage": "{"}):
        assert isinstance(judged({}, 400, {"code": 4, "error_subcode": value}, headers), TryLater)
        judged({}, 400, value, headers)
        judged({}, 400, {"code": value}, headers)


# what arrives


@given(JSON_VALUES)
def test_no_payload_breaks_the_reading_of_whatsapp(value: object) -> None:
    metadata = {"phone_number_id": "106540352242922", "display_phone_number": value}
    message = {"from": "16505551234", "id": "wamid.1"}
    values: list[object] = [value, {"metadata": value}, {"metadata": metadata, "messages": value}]
    values += [{"metadata": metadata, "statuses": value, "errors": value, "contacts": value}]
    kinds = ("text", "image", "location", "contacts", "interactive", "button", "order", "system", "edit", "reaction")
    values += [{"metadata": metadata, "messages": [message | {"type": kind, kind: value}]} for kind in kinds]
    values += [
        {"metadata": metadata, "messages": [message | {"type": "text", "text": {"body": "x"}, "context": value}]}
    ]
    for each in values:
        whole = {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": each}]}]}
        for body in (json.dumps(whole).encode(), json.dumps(value).encode()):
            try:
                list(whatsapp_parse.events_of("whatsapp", "106540352242922", body))
                whatsapp_parse.own_number("106540352242922", body)
            except Malformed:
                continue


@given(JSON_VALUES)
def test_no_payload_breaks_the_reading_of_messenger(value: object) -> None:
    person = {"sender": {"id": "1254477777772919"}}
    kinds = ("message", "postback", "read", "delivery", "referral", "message_edit", "reaction")
    entries: list[object] = [value, {"messaging": value}, {"changes": value}, {"standby": value}]
    entries += [{"messaging": [{"sender": value, "message": {"mid": "m"}}]}]
    entries += [{"messaging": [{**person, kind: value}]} for kind in kinds]
    entries += [{"messaging": [{**person, "message": {"mid": "m", "text": "x", name: value}}]} for name in
                ("attachments", "quick_reply", "reply_to", "referral", "is_echo")]  # fmt: skip
    entries += [{"messaging": [{**person, "message": {"mid": "m", "attachments": [{"type": kind, "payload": value}]}}]}
                for kind in ("image", "location", "fallback")]  # fmt: skip
    entries += [{"changes": [{"field": field, "value": value}]} for field in ("feed", "mention", "comments")]
    entries += [{"changes": [{"field": "feed", "value": {"item": "comment", "comment_id": "1_2", "from": value}}]}]
    for each in entries:
        given = {"id": "682498302938465", **each} if isinstance(each, dict) else each
        try:
            body = json.dumps({"object": "page", "entry": [given]}).encode()
            list(messenger_parse.events_of("messenger", "page", "682498302938465", body))
        except Malformed:
            continue


def test_long_ids_are_known_by_a_digest_that_fits() -> None:
    beginning = "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQxNDAzMDU2MTg1OTYwOjM0MDI4MjM2Njg0MTcxMDMwMTI0" * 2
    assert kept_id("m_1") == "m_1"
    assert kept_id("x" * 160) == "x" * 160
    assert len(kept_id(f"{beginning}1")) <= 160
    assert kept_id(f"{beginning}1") == kept_id(f"{beginning}1")
    assert kept_id(f"{beginning}1") != kept_id(f"{beginning}2")


def test_text_that_is_only_of_use_when_it_is_there() -> None:
    fields = Fields({"name": "  Ann\n\u202eLee  ", "number": 7})
    assert some_text(fields, "name", 100) == "Ann Lee"
    assert some_text(fields, "name", 3) == "Ann"
    assert some_text(fields, "number", 3) == some_text(fields, "none", 3) == some_text(None, "name", 3) == ""


@pytest.mark.parametrize(
    ("number", "phone"),
    [
        ("16505551234", "+16505551234"),
        ("8613800138000", "+8613800138000"),
        ("5491123456789", "+5491123456789"),
        ("5215512345678", ""),  # Mexico's numbers of old: no E.164, so nothing is proven
        ("15550783881", ""),
        ("1234", ""),
    ],
)
def test_a_whatsapp_number_is_a_phone_number_where_it_is_a_valid_one(number: str, phone: str) -> None:
    assert whatsapp_parse.e164(number) == phone


# settings


@pytest.mark.parametrize("given", [106540352242922, "106540352242922"])
def test_an_id_may_stand_without_quotes(given: object) -> None:
    assert WhatsappSettings.model_validate(SETTINGS | {"phone_number_id": given}).phone_number_id == "106540352242922"


def test_what_may_be_left_out_may_be_empty() -> None:
    assert WhatsappSettings.model_validate(SETTINGS | {"app_id": "", "account_id": None}).account_id == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"phone_number_id": "+1 555 078 3881"},
        {"phone_number_id": ""},
        {"account_id": "mine"},
        {"app_id": "٣٤٥٦"},
        {"api_version": "25"},
        {"api_version": "v25.0/../v1.0"},
        {"verify_token": "short"},
        {"access_token": ""},
        {"invitation": {"name": "Write To Us"}},
        {"invitation": {"name": "write_to_us", "fr": "fr"}},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WhatsappSettings.model_validate(SETTINGS | wrong)
