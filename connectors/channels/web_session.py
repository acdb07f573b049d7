"""Who a visitor is: signed session tokens, and identities that the embedding site vouches for."""

import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass, replace

from itsdangerous import BadData, URLSafeTimedSerializer

from connectors.errors import Forged
from connectors.fields import Fields, is_email
from connectors.message import Profile

_SEGMENT = re.compile(r"[a-z0-9_-]{1,64}")
_SALT = "front-door.web.session.1"
_TOKEN_LENGTH = 1_000  # characters; longer ones are not even looked at


@dataclass(frozen=True, kw_only=True)
class Session:
    """What a token says. `user_id` is empty for anonymous visitors."""

    address: str
    conversation_id: str
    user_id: str = ""

    @property
    def profile(self) -> Profile:
        """What is known of the customer without asking the core."""
        return Profile(user_id=self.user_id)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who the site says the visitor is. The hash proves `user_id`; name and e-mail are what the page says, unless the
    site has made a hash of the e-mail address, too (`proven`).
    """

    user_id: str = ""
    name: str = ""
    email: str = ""
    proven: frozenset[str] = frozenset()
    segment: str = ""  # of customers; empty unless the site has made a hash of it


class Tokens:
    """Signs and reads session tokens: whoever holds one is that visitor."""

    def __init__(self, signing_key: str, days: int) -> None:
        sha256 = {"digest_method": hashlib.sha256}
        self._serializer = URLSafeTimedSerializer(signing_key, salt=_SALT, signer_kwargs=sha256)
        self._seconds = days * 86_400

    def sign(self, session: Session) -> str:
        """A token that lasts from now."""
        return str(self._serializer.dumps([session.address, session.conversation_id, session.user_id]))

    def read(self, token: str) -> Session | None:
        """The session of a token; None when it is not ours or too old."""
        if not token or len(token) > _TOKEN_LENGTH:
            return None
        try:
            (address, conversation_id, user_id), signed_at = self._serializer.loads(token, return_timestamp=True)
        except (BadData, ValueError):
            return None
        # A token from the future is one of ours, too: the clock was set back since.
        if time.time() - signed_at.timestamp() > self._seconds:
            return None
        return Session(address=address, conversation_id=conversation_id, user_id=user_id)


def new_address() -> str:
    """An address nobody can guess."""
    return secrets.token_urlsafe(16)


def read_identity(fields: Fields | None, secret: str) -> Identity:
    """The visitor's identity. Raises `Forged` (`identity_invalid`) if the `user_id` lacks the site's hash of it."""
    if fields is None:
        return Identity()
    fields.only("user_id", "name", "email", "hash", "email_hash", "segment", "segment_hash")
    identity = Identity(
        user_id=fields.text("user_id", longest=160, default=""),
        name=fields.line("name", longest=160),
        email=fields.line("email", longest=254),
    )
    if identity.email and not is_email(identity.email):
        raise fields.wrong("email", "must be an e-mail address")
    proof = fields.text("hash", longest=200, default="")
    if identity.user_id and not proves(secret, identity.user_id, proof):
        expected = "must be the hex HMAC-SHA256 of user_id with web.identity_secret"
        raise Forged(
            expected if secret else "web.identity_secret is not set", code="identity_invalid", field="identity.hash"
        )
    segment_proof = fields.text("segment_hash", longest=200, default="")
    if segment := fields.text("segment", longest=64, default=""):
        identity = replace(identity, segment=_segment(fields, identity, segment, secret, segment_proof))
    if not (email_proof := fields.text("email_hash", longest=200, default="")):
        return identity
    whole = identity.user_id and identity.email and "\n" not in identity.user_id
    if not whole or not proves(secret, about_email(identity), email_proof):
        expected = "must be the hex HMAC-SHA256 of user_id, a line feed and the e-mail address with web.identity_secret"
        raise Forged(expected, code="identity_invalid", field="identity.email_hash")
    return replace(identity, proven=frozenset({"email"}))


def _segment(fields: Fields, identity: Identity, segment: str, secret: str, proof: str) -> str:
    """The segment of customers that a site vouches for. Raises `Forged` without its hash."""
    if not _SEGMENT.fullmatch(segment):
        raise fields.wrong("segment", "must be lower-case letters, digits, - and _")
    whole = identity.user_id and "\n" not in identity.user_id
    if not whole or not proves(secret, f"{identity.user_id}\nsegment={segment}", proof):
        expected = "must be the hex HMAC-SHA256 of user_id, a line feed and segment=…, with web.identity_secret"
        raise Forged(expected, code="identity_invalid", field="identity.segment_hash")
    return segment


def about_email(identity: Identity) -> str:
    """What a site signs to vouch for the e-mail address of one of its users."""
    return f"{identity.user_id}\n{identity.email}"


def proves(secret: str, user_id: str, given: str) -> bool:
    """Whether `given` is the site's hash of `user_id`; never without a secret."""
    expected = hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(expected.encode(), given.lower().encode("utf-8", "replace"))
