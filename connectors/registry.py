"""Where each connector lives. Nothing is imported before it is asked for, so an unused vendor costs nothing."""

from importlib import import_module

CHANNELS = {
    "rest": "connectors.channels.rest:RestChannel",
    "socketio": "connectors.channels.socketio:SocketioChannel",
    "web": "connectors.channels.web:WebChannel",
}
"""Name → import path of the channel's class."""

DESKS: dict[str, str] = {}
"""Name → import path of the desk's class."""


def load(path: str) -> type:
    """The class at `module:name`."""
    module, _, name = path.partition(":")
    found: type = getattr(import_module(module), name)
    return found
