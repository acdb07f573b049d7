"""A log file that a child process writes through us: kept below a size, and its end remembered."""

from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024
KEPT = 3
TAIL_BYTES = 16_384


class LogFile:
    """Appends to `path`; at `MAX_BYTES` it becomes `path.1`, the former `path.1` becomes `path.2`, and so on."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self.path, self._max = path, max_bytes
        self._tail = b""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)

    def write(self, chunk: bytes) -> None:
        """Append what the child said."""
        if self._file.tell() + len(chunk) > self._max:
            self._rotate()
        self._file.write(chunk)
        self._tail = (self._tail + chunk)[-TAIL_BYTES:]

    def tail(self, lines: int = 15) -> list[str]:
        """The last lines of what this child said, without empty ones."""
        text = self._tail.decode("utf-8", "replace")
        return [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        for number in range(KEPT, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            newer = self.path.with_name(f"{self.path.name}.{number - 1}") if number > 1 else self.path
            if newer.exists():
                newer.replace(older)
        self._file = self.path.open("ab", buffering=0)
