"""Recorded calls of vendors with something wrong in them, and what no vendor would ever send."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree

from hypothesis import strategies as st

from connectors.message import JSON
from tests.contract.vendor_bench import Hook, VendorBench

FORMS = frozenset({"sms", "voice"})
TEXTS = (
    "",
    " ",
    "\ud800",
    "a\x00b",
    "\u202egnp.exe",
    "x" * 5_000,
    "9" * 400,
    "9" * 5_000,
    "../../v2/bot/info",
    "-1",
    "1e999",
    "nan",
    "<b onclick=alert(1)>hi</b>",
    "https://[",
    "https://a\u2100b.example/",
    "http://169.254.169.254/latest",
    "file:///etc/passwd",
    "/language en" + "_a" * 40 + "!",
    "&" * 2_000,
    "²",
    "١٢٣",
    "ann",
    "1",
    "true",
)
DEEP: Any = []
for _ in range(60):
    DEEP = [DEEP]
VALUES: tuple[Any, ...] = (
    *TEXTS,
    None,
    True,
    False,
    0,
    -1,
    1 << 63,
    10**400,
    10**4_000,
    1e308,
    0.1,
    [],
    {},
    [[]],
    [None],
    [{}],
    {"id": {}},
    {"": ""},
    ["x"] * 2_000,
    DEEP,
    {"id": "a\x00b", "type": [], "url": {}},
)

GARBAGE = (
    b"",
    b"\x00",
    b"\xff\xfe<\x00",
    b"{",
    b"null",
    b"[]",
    b"7",
    b'"\\ud800"',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"9" * 200_000,
    b'{"a":1,"a":2}',
    b'{"a":NaN}',
    b"a=b",
    b"&" * 100_000,
    b"%FF=%ED%A0%80",
    b"payload=%7B",
    b"<xml>" * 50_000,
    b"<xml>" + b"<a/>" * 60_000 + b"</xml>",
    b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml>&b;</xml>',
    b"<?xml version='1.0' encoding='utf-16'?><xml/>",
    b"<xml><Encrypt>" + b"A" * 200_000 + b"</Encrypt></xml>",
)


def fixtures(bench: VendorBench) -> list[JSON]:
    """The recorded calls of a kind that can be changed in any place."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in bench.fixtures()]
    return [each for each in found if "payload" in each or "<xml>" in each.get("body", "")]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a payload."""
    if path:
        yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from places(member, (*path, name))


@st.composite
def changed(draw: st.DrawFn, found: list[JSON], kind: str) -> JSON:
    """A recorded call with one, two or three things in it dropped, replaced, nested, repeated or of another type."""
    fixture = copy.deepcopy(draw(st.sampled_from(found)))
    for _ in range(draw(st.integers(1, 3))):
        if "body" in fixture:
            fixture["body"] = _changed_xml(draw, fixture["body"])
        elif kind in FORMS:
            part = fixture[draw(st.sampled_from([name for name in ("payload", "query") if fixture.get(name)]))]
            name = draw(st.sampled_from(sorted(part)))
            text = draw(st.sampled_from(TEXTS)).encode("utf-8", "replace").decode()
            part |= {name: text} if draw(st.booleans()) else {}
        else:
            _change(draw, fixture["payload"])
    return fixture


def _change(draw: st.DrawFn, payload: Any) -> None:
    every = list(places(payload))
    if not every:
        return
    *above, last = draw(st.sampled_from(every))
    target = payload
    for name in above:
        target = target[name]
    value = target[last]
    match draw(st.sampled_from(["drop", "replace", "replace", "nest", "list", "retype", "repeat"])):
        case "drop":
            del target[last]
        case "replace":
            target[last] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        case "nest":
            target[last] = {str(last): value}
        case "list":
            target[last] = [value]
        case "retype":
            target[last] = str(value) if isinstance(value, int | float) else len(str(value))
        case "repeat" if isinstance(value, list):
            target[last] = (value * 30)[:200]


def _changed_xml(draw: st.DrawFn, body: str) -> str:
    root = ElementTree.fromstring(body)  # noqa: S314 - of our own fixtures
    every = [(parent, child) for parent in root.iter() for child in parent]
    if not every:
        return body
    parent, child = draw(st.sampled_from(every))
    match draw(st.sampled_from(["drop", "replace", "replace", "nest", "repeat"])):
        case "drop":
            parent.remove(child)
        case "replace":
            text = draw(st.sampled_from(TEXTS))
            child.text = "".join(each for each in text if each >= " " and not "\ud800" <= each <= "\udfff")
        case "nest":
            child.append(copy.deepcopy(child))
        case "repeat":
            parent.append(copy.deepcopy(child))
    return ElementTree.tostring(root, encoding="unicode")


def signed_garbage(bench: VendorBench, body: bytes) -> Hook | None:
    """What is no call at all, with the vendor's proof; None where that cannot be made of such bytes."""
    kind = "application/x-www-form-urlencoded" if bench.kind in FORMS else "application/json"
    if bench.kind in FORMS and len(parse_qsl(body.decode("latin-1"), keep_blank_values=True)) > 1_000:
        return None
    try:
        return bench.sign(Hook(headers={"Content-Type": kind}, body=body))
    except (UnicodeDecodeError, ValueError):
        return None


def address(hook: Hook, path: str) -> str:
    """The path and query of a call."""
    return path + hook.path + (f"?{urlencode(hook.query)}" if hook.query else "")


def without_proof(hook: Hook) -> Hook:
    """The same, by somebody else."""
    return replace(hook, query={}, headers={"Content-Type": hook.headers.get("Content-Type", "")})
