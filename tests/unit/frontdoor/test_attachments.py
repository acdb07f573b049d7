"""Attachments: small pictures of images, and a scanner in front of everything."""

import asyncio
import io
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from PIL import Image

from connectors.errors import Forged, Malformed
from connectors.message import Profile
from connectors.vendor import chunks
from frontdoor import thumbnails
from frontdoor.files import FileStore
from frontdoor.thumbnails import SIDE, Thumbnails
from frontdoor.virus_scan import ScannerAway, VirusScan
from storage import conversations
from storage.clock import now_ms
from storage.database import Database
from tests.conftest import absent, free_port

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The string that every scanner takes for a virus: https://www.eicar.org/download-anti-malware-testfile/"""


def picture(width: int, height: int, *, kind: str = "JPEG", turned: bool = False) -> bytes:
    """A picture with metadata."""
    image, target = Image.new("RGB", (width, height), "red"), io.BytesIO()
    exif = Image.Exif()
    exif[0x0110] = "a camera"
    if turned:
        exif[0x0112] = 6  # rotate by 90°
    image.save(target, kind, exif=exif)
    return target.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
async def test_an_image_has_a_small_picture_without_metadata(tmp_path: Path, kind: str) -> None:
    original = tmp_path / "f"
    original.write_bytes(picture(3000, 1500, kind=kind if kind != "GIF" else "PNG"))
    if kind == "GIF":
        Image.new("P", (3000, 1500)).save(original, "GIF")
    small = await Thumbnails().of(original)
    assert small is not None
    with Image.open(small) as image:
        assert (image.format, image.size) == ("WEBP", (SIDE, SIDE // 2))
        assert not dict(image.getexif())
    assert small.stat().st_size < 20_000


async def test_a_picture_is_turned_as_its_camera_was(tmp_path: Path) -> None:
    original = tmp_path / "f"
    original.write_bytes(picture(1000, 500, turned=True))
    small = await Thumbnails().of(original)
    assert small is not None
    with Image.open(small) as image:
        assert image.height > image.width


async def test_a_bomb_and_a_broken_picture_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, bomb = tmp_path / "broken", tmp_path / "bomb"
    broken.write_bytes(picture(300, 300)[:200])
    bomb.write_bytes(picture(300, 300))
    monkeypatch.setattr(thumbnails, "PIXELS", 80_000)
    assert await Thumbnails().of(broken) is None
    assert await Thumbnails().of(bomb) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bomb", "broken"]  # noqa: ASYNC240 - a test's folder


# clamd, a real one with a signature of our own


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A clamd that knows one virus: its port and its socket."""
    program = shutil.which("clamd") or shutil.which("/usr/sbin/clamd")
    if not program:
        absent("clamd (clamav-daemon)")
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "test.ndb").write_text(f"Test.Eicar:0:*:{EICAR[:40].hex()}\n")
    port, socket = free_port(), folder / "clamd.ctl"
    (folder / "clamd.conf").write_text(
        f"DatabaseDirectory {folder}\nTCPSocket {port}\nTCPAddr 127.0.0.1\nLocalSocket {socket}\nForeground yes\n"
        f"User root\nLogFile {folder}/clamd.log\nStreamMaxLength 1M\n"
    )
    process = subprocess.Popen([str(program), "-c", str(folder / "clamd.conf")], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not socket.exists():
        assert process.poll() is None, (folder / "clamd.log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield port, socket
    process.terminate()
    process.wait()


@pytest.fixture
async def conversation_id(database: Database) -> str:
    return (await database.write(conversations.begin, "web", "ann", Profile())).id


def store_with(database: Database, folder: Path, url: str) -> FileStore:
    return FileStore(
        database, folder, key="k" * 32, max_bytes=2 << 20, types=frozenset({"text/plain"}), scan=VirusScan(url)
    )


@pytest.fixture(params=["tcp", "socket"])
def scanned(request: pytest.FixtureRequest, clamd: tuple[int, Path], database: Database, tmp_path: Path) -> FileStore:
    port, socket = clamd
    url = f"clamd://127.0.0.1:{port}" if request.param == "tcp" else f"clamd+unix://{socket}"
    return store_with(database, tmp_path / "files", url)


async def test_a_virus_is_refused_and_leaves_nothing(scanned: FileStore, conversation_id: str, tmp_path: Path) -> None:
    assert (await scanned.save(conversation_id, "a.txt", chunks(b"hello"))).media_type == "text/plain"
    with pytest.raises(Malformed) as refused:
        await scanned.save(conversation_id, "b.txt", chunks(EICAR))
    assert refused.value.code == "infected"
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 1


async def test_what_the_scanner_cannot_look_at_is_not_taken(scanned: FileStore, conversation_id: str) -> None:
    with pytest.raises(ScannerAway):
        await scanned.save(conversation_id, "large.txt", chunks(b"x" * (1 << 20) + b"y" * 100_000))


async def test_while_the_scanner_is_away_nothing_is_taken_unseen(
    database: Database, conversation_id: str, tmp_path: Path
) -> None:
    store = store_with(database, tmp_path / "files", f"clamd://127.0.0.1:{free_port()}")
    with pytest.raises(ScannerAway) as away:
        await store.save(conversation_id, "a.txt", chunks(b"hello"))
    assert (away.value.code, away.value.retry_after) == ("unavailable", 30)


async def test_a_scanner_that_hangs_is_given_up(
    database: Database, conversation_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ended.wait()
        writer.close()
        await writer.wait_closed()

    monkeypatch.setattr("frontdoor.virus_scan.SCAN_S", 0.2)
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(ScannerAway):
        await store_with(database, tmp_path / "f", f"clamd://127.0.0.1:{port}").save(
            conversation_id, "a.txt", chunks(b"hello")
        )
    ended.set()
    server.close()
    await asyncio.sleep(0.05)


DAY_MS = 24 * 3_600_000


@pytest.mark.parametrize(("kept", "works_ms"), [(False, 3_600_000), (True, 7 * DAY_MS)])
async def test_a_link_works_for_an_hour_and_one_that_is_kept_in_a_chat_for_a_week(
    database: Database, conversation_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool, works_ms: int
) -> None:
    store = FileStore(database, tmp_path / "files", key="k" * 32, max_bytes=100, types=frozenset({"text/plain"}))
    saved = await store.save(conversation_id, "bill.txt", chunks(b"42"))
    now = now_ms()
    query = dict(parse_qsl(urlsplit(store.link(saved, kept=kept)).query))
    monkeypatch.setattr("frontdoor.files.now_ms", lambda: now + works_ms)
    row, _ = await store.open(saved.id, query["expires"], query["signature"])
    assert row.name == "bill.txt"
    monkeypatch.setattr("frontdoor.files.now_ms", lambda: now + works_ms + 601_000)
    with pytest.raises(Forged):
        await store.open(saved.id, query["expires"], query["signature"])
