"""Which conversation (or ticket) a mail belongs to, whoever it is from: a signed word in the address that our mails are
answered to, and in their Message-IDs.

Only who has received a mail of ours knows the word, and nobody can make one: it is the id of the conversation with a
signature. It lets its holder write into that conversation, and read nothing: answers go to the conversation's own
address.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable

from connectors.ports import State

SECRET = "secret"  # noqa: S105 - the name under which it is kept

_SIGNATURE = 16  # characters of base32: 80 bits
_LOCAL = 64  # octets that a local part may have (RFC 5321 section 4.5.3.1.1)
_WORD = re.compile(rf"[0-9a-z]{{1,40}}[a-z2-7]{{{_SIGNATURE}}}")
_KEY = re.compile(r"[0-9a-z-]{1,40}")


async def tokens_of(state: State, address: str) -> "Tokens":
    """Those of a mailbox, by a secret which all workers share; it is made at the first use."""
    kept = await state.get(SECRET)
    if kept is None:
        async with state.hold(SECRET):
            kept = await state.get(SECRET)
            if kept is None:
                kept = {"key": base64.b64encode(secrets.token_bytes(32)).decode()}
                await state.put(SECRET, kept)
    return Tokens(base64.b64decode(kept["key"]), address)


class Tokens:
    """Makes and reads such words for one mailbox."""

    def __init__(self, secret: bytes, address: str) -> None:
        self._secret = secret
        self._local, _, self._domain = address.lower().rpartition("@")

    def address(self, conversation_id: str) -> str:
        """`support+TOKEN@…`: where an answer to this conversation goes; empty where it would be too long."""
        local = f"{self._local}+{self._token(conversation_id)}"
        return f"{local}@{self._domain}" if len(local) <= _LOCAL else ""

    def message_id(self, key: str, conversation_id: str) -> str:
        """The Message-ID of a mail of ours, the same for the same key."""
        return f"<{key.lower()}.{self._token(conversation_id)}@{self._domain}>"

    def in_addresses(self, addresses: Iterable[str]) -> str:
        """The conversation that one of these addresses names; empty when none does."""
        for address in addresses:
            local, _, domain = address.lower().rpartition("@")
            name, plus, token = local.rpartition("+")
            if plus and (name, domain) == (self._local, self._domain) and (found := self._conversation(token)):
                return found
        return ""

    def in_ids(self, ids: Iterable[str]) -> str:
        """The conversation of the last of these message ids that is ours; empty when none is."""
        for each in reversed(list(ids)):
            if own := self.own_id(each):
                return self._conversation(own[1:].partition("@")[0].rpartition(".")[2])
        return ""

    def own_id(self, message_id: str) -> str:
        """A message id as we wrote it, if it is ours."""
        local, _, domain = message_id.strip("<>").lower().rpartition("@")
        key, _, token = local.rpartition(".")
        ours = domain == self._domain and _KEY.fullmatch(key) and self._conversation(token)
        return f"<{local}@{domain}>" if ours else ""

    def _token(self, conversation_id: str) -> str:
        return conversation_id.lower() + self._signature(conversation_id)

    def _conversation(self, token: str) -> str:
        if not _WORD.fullmatch(token):
            return ""
        conversation_id, signature = token[:-_SIGNATURE].upper(), token[-_SIGNATURE:]
        return conversation_id if hmac.compare_digest(signature, self._signature(conversation_id)) else ""

    def _signature(self, conversation_id: str) -> str:
        about = f"mail:{self._local}@{self._domain}:{conversation_id.upper()}".encode()
        digest = hmac.new(self._secret, about, hashlib.sha256).digest()
        return base64.b32encode(digest).decode().lower()[:_SIGNATURE]
