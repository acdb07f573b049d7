"""Slack's people. Their calls are signed by Slack's own slack_sdk."""

import json
import time
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from connectors.message import JSON
from tests.contract.vendor_bench import CUSTOMER, Hook, VendorBench
from tests.fakes.vendors.base import Said, Trouble
from tests.fakes.vendors.slack import TOKEN, SlackVendor

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BOT = "UBOT"


class SlackBench(VendorBench):
    """People in direct chats, and in threads of C111."""

    kind = "slack"
    vendor_class = SlackVendor
    vendor: SlackVendor
    secrets = (SECRET, TOKEN)

    def settings(self) -> JSON:
        return {"signing_secret": SECRET, "bot_token": TOKEN, "api_url": f"{self.vendor.url}/api"}

    def sign(self, hook: Hook, at: int | None = None) -> Hook:
        timestamp = str(int(time.time()) if at is None else at)
        made = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=hook.body)
        headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": str(made)}
        return replace(hook, headers={**hook.headers, **headers})

    def address_of(self, customer: str) -> str:
        return f"D{customer.upper()}"

    def event(self, event: JSON, team: str = "T111") -> Hook:
        """A call of the Events API."""
        return self.sign(
            Hook.json(
                {
                    "token": "verification_token",
                    "team_id": team,
                    "api_app_id": "A111",
                    "type": "event_callback",
                    "event_id": "Ev111",
                    "event_time": 1700000000,
                    "event": event,
                    "authorizations": [{"team_id": "T111", "user_id": BOT, "is_bot": True}],
                }
            )
        )

    def said(self, text: str, stamp: str, channel: str, **more: object) -> JSON:
        """A message event."""
        return {
            "type": "message",
            "channel": channel,
            "channel_type": "im" if channel.startswith("D") else "channel",
            "user": "U222",
            "team": "T111",
            "text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "ts": stamp,
            "event_ts": stamp,
            **more,
        }

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Hook:
        return self.event(self.said(text, f"{message_id}.000100", self.address_of(address)))

    def press(self, said: Said, index: int, message_id: str, address: str = CUSTOMER) -> Hook:
        return self.pressed(said.choices[index].data, f"{message_id}.000200", self.address_of(address))

    def pressed(self, value: str, stamp: str, channel: str, thread: str = "") -> Hook:
        """Somebody presses a button of a message of ours."""
        message = {"ts": "1700000001.000100", "user": BOT, **({"thread_ts": thread} if thread else {})}
        payload = {
            "type": "block_actions",
            "user": {"id": "U222", "team_id": "T222"},
            "team": {"id": "T222", "domain": "customer"},
            "channel": {"id": channel, "name": "directmessage"},
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": channel},
            "message": message,
            "response_url": "https://hooks.slack.com/actions/T111/1/x",
            "actions": [{"type": "button", "action_id": "choice-0", "value": value, "action_ts": stamp}],
        }
        return self.form(payload)

    def form(self, payload: JSON) -> Hook:
        """A call of interactivity."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.sign(Hook(headers=headers, body=urlencode({"payload": json.dumps(payload)}).encode()))

    def forged(self) -> Iterable[Hook]:
        yield from super().forged()
        hook = self.message("let me in", "1")
        now = int(time.time())
        yield self.sign(hook, now - 301)
        yield self.sign(hook, now + 301)
        for name, value in (
            ("X-Slack-Signature", "v0="),
            ("X-Slack-Signature", "é"),
            ("X-Slack-Request-Timestamp", "now"),
            ("X-Slack-Request-Timestamp", "²"),
            ("X-Slack-Request-Timestamp", str(now + 1)),
        ):
            yield replace(hook, headers={**hook.headers, name: value})
        challenge = Hook.json({"type": "url_verification", "challenge": "x"})
        yield challenge

    def malformed(self) -> Iterable[Hook]:
        yield from super().malformed()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        for body in (
            b"payload=%7B",
            b"payload=[]",
            b"nothing=1",
            b"",
            b"payload=%ff",
            b"payload={}&payload={}",
        ):
            yield self.sign(Hook(headers=headers, body=body))
        yield self.sign(Hook.json({"type": "event_callback"}))
        yield self.sign(Hook.json({"type": "url_verification"}))
        yield self.event({"type": "message", "channel": 7})
        yield self.event(self.said("hi", "yesterday", "DANN"))
        yield self.event(self.said("hi", "1.1", "../D"))
        yield self.event(self.said("hi", "1.1", "DANN", user="../U"))
        yield self.event(self.said("hi", "1.1", "DANN") | {"subtype": "message_changed"})
        yield self.event(self.said("hi", "1.1", "DANN", files=["F1"]))
        yield self.event(self.said("hi", "1.1", "DANN", files=[{"id": "../F"}]))
        yield self.form({"type": "block_actions"})
        yield self.form({"type": "block_actions", "actions": []})

    def echoes(self) -> Iterable[Hook]:
        yield self.event(self.said("You said: hello", "9001.1", "DANN", bot_id="B111", user=BOT))
        yield self.event(self.said("You said: hello", "9002.1", "DANN", user=BOT))
        yield self.event(self.said("You said: hello", "9003.1", "DANN", subtype="bot_message", bot_id="B2"))
        ours = self.said("You said: hello", "9003.1", "DANN", bot_id="B111")
        yield self.event(self.said("", "9004.1", "DANN", subtype="message_changed", message=ours))

    def unsupported(self) -> Iterable[Hook]:
        for kind in ("reaction_added", "member_joined_channel", "app_uninstalled", "something_new"):
            yield self.event({"type": kind, "user": "U222"})
        yield self.event(self.said("", "1.1", "DANN", subtype="channel_join"))
        yield self.event(self.said("", "1.2", "DANN", subtype="message_deleted", deleted_ts="1.1"))
        yield self.event(self.said("to the others", "1.3", "C111"))
        yield self.event({"type": "app_home_opened", "user": "U222", "channel": "DANN", "tab": "home"})
        yield self.sign(Hook.json({"type": "app_rate_limited", "minute_rate_limited": 1}))
        yield self.form({"type": "view_submission"})

    def limited(self) -> Trouble:
        return Trouble(status=429, headers={"Retry-After": "1"}, body={"ok": False, "error": "ratelimited"})

    def blocked(self) -> list[Trouble]:
        errors = ("channel_not_found", "is_archived", "not_in_channel")
        return [Trouble(status=200, body={"ok": False, "error": each}) for each in errors]
