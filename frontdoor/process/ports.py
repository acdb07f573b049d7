"""Whether a port can be listened on, and who has it when not."""

import errno
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LISTEN = "0A"  # the state column of /proc/net/tcp


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The process that listens on a port. `pid` 0: not known (another user's, or not Linux)."""

    pid: int = 0
    command: str = ""

    def __str__(self) -> str:
        return f"process {self.pid} ({self.command})" if self.pid else "another process"


def why_not(host: str, port: int) -> str:
    """Empty when `host:port` can be listened on, else a few words why not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except socket.gaierror:
        return f"the host {host} has no address on this machine"
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"{holder(port)} already listens there"
        if error.errno == errno.EACCES:
            return "this user may not listen below port 1024"
        return error.strerror or str(error)
    return ""


def holder(port: int) -> Holder:
    """Who listens on `port`, as far as this user may see it."""
    inodes = _listening_inodes(port)
    if inodes:
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                for descriptor in (process / "fd").iterdir():
                    with suppress(OSError):
                        if str(descriptor.readlink()) in inodes:
                            return Holder(pid=int(process.name), command=_command(process))
    return Holder()


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                    found.add(f"socket:[{columns[9]}]")
    return found


def _command(process: Path) -> str:
    words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    words[0] = Path(words[0]).name
    return " ".join(words).strip()[:80]
