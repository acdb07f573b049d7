"""Status links: the private address at which a customer follows one ticket, without logging in.

A token is made from the ticket's handoff and the service's key, so that the same link can be said again, and only its
hash is kept. What is stored of a message has no link in it: it is put in where the message is shown or sent.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import replace

from sqlalchemy import Connection

from connectors.message import Content
from frontdoor.sentences import say
from storage import status_links
from storage.clock import now_ms
from storage.status_links import StatusLink

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
"""192 bits."""
MARK = "status"
"""In a message's `custom`: the handoff whose link is said below the text."""


class StatusLinks:
    """Without a `public_url` there are no links."""

    def __init__(self, *, key: str, public_url: str) -> None:
        self._key, self._public_url = key.encode(), public_url

    def mark(self, tx: Connection, handoff_id: str) -> dict[str, str]:
        """What is put into the `custom` of a message that is to have the link; keeps the link's hash."""
        if not self._public_url:
            return {}
        self._keep(tx, handoff_id)
        return {MARK: handoff_id}

    def url(self, tx: Connection, handoff_id: str) -> str:
        """The link itself, kept; empty where there are none."""
        return self._url(handoff_id) if self.mark(tx, handoff_id) else ""

    def shown(self, content: Content, language: str) -> Content:
        """A message's content as the customer gets it: with the link, if one belongs to it."""
        if MARK not in content.custom:
            return content
        custom = {name: value for name, value in content.custom.items() if name != MARK}
        if not self._public_url:
            return replace(content, custom=custom)
        line = say("status_link", language, url=self._url(str(content.custom[MARK])))
        return replace(content, text=f"{content.text}\n{line}", custom=custom)

    def _url(self, handoff_id: str) -> str:
        return f"{self._public_url}/status/{self._token(handoff_id)}"

    def _token(self, handoff_id: str) -> str:
        digest = hmac.new(self._key, f"status:{handoff_id}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:24]).decode()

    def _keep(self, tx: Connection, handoff_id: str) -> None:
        token_hash = hash_of(self._token(handoff_id))
        status_links.add(tx, StatusLink(token_hash=token_hash, handoff_id=handoff_id, created_at=now_ms()))


def hash_of(token: str) -> str:
    """What is kept of a token: a look-up by it takes the same time whatever part of it is right."""
    return hashlib.sha256(token.encode()).hexdigest()
