"""The pages: demo, widget and console, as they lie in `web/`, and the headers that keep them safe.

A browser asks each time whether a file has changed. It need not ask for the console's many modules and styles: the
console's page names them below the edition that all files make together, `/~<edition>/…`, which never changes.
"""

import asyncio
import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from aiohttp import hdrs, web

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FOLDERS = ("demo", "desk", "status", "widget")
EDITION = re.compile(r"/~([0-9a-f]{16})(/.+)")
BESIDE = re.compile(rb'(?<=(?:href| src)=")(?=[\w/]+\.\w+")')
"""Where the console's page names a file beside it."""
ASKED = "no-cache"
FOR_GOOD = "public, max-age=31536000, immutable"
PRIVATE = re.compile(r"/status/[A-Za-z0-9_-]{32}")
"""The address of a customer's private page; the page itself asks for what it shows."""
MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HUSHED = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive"}
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True, kw_only=True)
class Page:
    """A file in memory: its bytes as they are and gzipped, and the tag that browsers ask with."""

    plain: bytes
    packed: bytes
    media_type: str
    tag: str
    stamp: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Edition:
    """All files as they are together: the name of it, their tags, and the console's page, which names them by it."""

    name: str
    tags: dict[Path, str]
    front: Page


class Pages:
    """The files of `web/`, by the path they are served at. A file that was edited is read again."""

    def __init__(self, folder: Path) -> None:
        self._front = folder / "desk" / "index.html"
        self._private = folder / "status" / "index.html"
        self._files = {"/": folder / "demo" / "index.html", "/widget.js": folder / "widget" / "widget.js"}
        for name in FOLDERS:
            for path in sorted((folder / name).rglob("*.*")):
                self._files[f"/{path.relative_to(folder).as_posix()}"] = path
        self._read: dict[Path, Page] = {}
        self._edition: Edition | None = None

    async def serve(self, request: web.Request) -> web.Response:
        """Answer with the page, or that the browser has it. Raises HTTPNotFound."""
        private = PRIVATE.fullmatch(request.path) is not None
        page, kept = await asyncio.to_thread(self._find, request.path)
        headers: dict[str, str] = {
            hdrs.ETAG: f'"{page.tag}"',
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
            hdrs.CACHE_CONTROL: kept,
        }
        if private:  # its address is a secret: nothing keeps it, lists it, or tells it to other sites
            headers = {hdrs.VARY: hdrs.ACCEPT_ENCODING, hdrs.CACHE_CONTROL: "no-store"} | HUSHED
        if request.path.startswith("/widget"):
            headers["Access-Control-Allow-Origin"] = "*"  # modules of other sites' pages
        if page.tag in {tag.value for tag in request.if_none_match or ()}:
            return web.Response(status=304, headers=headers)
        headers[hdrs.CONTENT_TYPE] = page.media_type
        if "gzip" not in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            return web.Response(body=page.plain, headers=headers)
        return web.Response(body=page.packed, headers=headers | {hdrs.CONTENT_ENCODING: "gzip"})

    def _find(self, path: str) -> tuple[Page, str]:
        """What is served at a path, and how long a browser may keep it. Raises HTTPNotFound."""
        if path == "/desk/":
            return self._present().front, ASKED
        if PRIVATE.fullmatch(path):
            return self._page(self._private), ASKED
        named = EDITION.fullmatch(path)
        file = self._files.get(named[2] if named else path)
        if file is None:
            raise web.HTTPNotFound
        page = self._page(file)
        if named is None:
            return page, ASKED
        edition = self._edition or self._present()
        return page, FOR_GOOD if (named[1], page.tag) == (edition.name, edition.tags[file]) else ASKED

    def _present(self) -> Edition:
        """All files as they are now."""
        tags = {path: self._page(path).tag for path in self._files.values()}
        name = hashlib.sha256("".join(tags.values()).encode()).hexdigest()[:16]
        if self._edition is None or self._edition.name != name:
            plain = BESIDE.sub(f"../~{name}/desk/".encode(), self._page(self._front).plain)
            self._edition = Edition(name=name, tags=tags, front=_page(plain, self._front))
        return self._edition

    def _page(self, path: Path) -> Page:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._read.get(path)
        if known is None or known.stamp != stamp:
            known = self._read[path] = _page(path.read_bytes(), path, stamp)
        return known


def _page(plain: bytes, path: Path, stamp: tuple[int, int] = (0, 0)) -> Page:
    return Page(
        plain=plain,
        packed=gzip.compress(plain, 9, mtime=0),
        media_type=MEDIA[path.suffix],
        tag=hashlib.sha256(plain).hexdigest()[:32],
        stamp=stamp,
    )


def add_pages(app: web.Application, folder: Path) -> None:
    """Serve the folder. Added last, so that nothing in it hides an endpoint."""
    pages = Pages(folder)

    async def slash(_: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently("/desk/")

    app.router.add_get("/", pages.serve)
    app.router.add_get("/widget.js", pages.serve)
    app.router.add_get("/desk", slash)
    app.router.add_get("/~{path:.*}", pages.serve)
    for name in FOLDERS:
        app.router.add_get(f"/{name}/{{path:.*}}", pages.serve)


async def secure(_: web.Request, response: web.StreamResponse) -> None:
    """Give every answer the headers; a handler's own win."""
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
