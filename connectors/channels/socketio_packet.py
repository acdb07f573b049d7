"""Packets of socket.io as Rasa's clients send them: text, strictly read."""

import json
from typing import Any

from socketio.packet import ACK, CONNECT, DISCONNECT, EVENT, Packet

from connectors.errors import Malformed
from connectors.fields import parse_json

UNREADABLE = "unreadable"
"""The event that stands for a packet that cannot be read, so that it is refused and counted like any other."""


class _Strict:
    """JSON as all our channels read it."""

    loads = staticmethod(parse_json)
    dumps = staticmethod(json.dumps)


class TextPacket(Packet):  # type: ignore[misc]  # python-socketio has no types
    """Rasa's protocol has no binary events; refusing them keeps half-sent ones out of memory."""

    json = _Strict

    def __init__(self, *arguments: Any, encoded_packet: Any = None, **more: Any) -> None:
        nothing = encoded_packet is not None and not encoded_packet  # which the library takes for no packet to decode
        super().__init__(*arguments, encoded_packet=" " if nothing else encoded_packet, **more)

    def decode(self, encoded_packet: Any) -> int:
        """Never raises: what is not of the protocol becomes the event `UNREADABLE`."""
        try:
            super().decode(encoded_packet)
        except (Malformed, ValueError, TypeError, IndexError):
            self.packet_type = None
        if not self._is_of_the_protocol():
            self.packet_type, self.namespace, self.id, self.data = EVENT, None, None, [UNREADABLE]
        return 0  # binary attachments follow

    def _is_of_the_protocol(self) -> bool:
        match self.packet_type:
            case int(kind) if kind == EVENT:
                return isinstance(self.data, list) and bool(self.data) and isinstance(self.data[0], str)
            case int(kind) if kind == CONNECT:
                return self.data is None or isinstance(self.data, dict)
            case int(kind) if kind == ACK:
                return isinstance(self.data, list) and self.id is not None
            case kind:
                return bool(kind == DISCONNECT)
