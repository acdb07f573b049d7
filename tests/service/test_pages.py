"""What the service serves besides conversations: pages, headers, and the description of its interface."""

import re
from pathlib import Path

import aiohttp
import pytest
import yaml
from yarl import URL

from frontdoor.pages import CONTENT_POLICY, FOR_GOOD
from tests.fakes.installation import CODE, Installation

INTERNAL = {
    "/internal/v1/conversations/{id}/tickets",
    "/api/v1/openapi.json",
    "/metrics",
}


@pytest.mark.parametrize("path", ["/", "/widget.js", "/widget/panel.js", "/desk/", "/demo/demo.css"])
async def test_pages_are_small_safe_and_revalidated(installation: Installation, path: str) -> None:
    async with (
        aiohttp.ClientSession(installation.url, auto_decompress=False) as http,
        http.get(path, headers={"Accept-Encoding": "gzip"}) as response,
    ):
        assert response.status == 200
        assert response.headers["Content-Encoding"] == "gzip"
        assert response.headers["Content-Security-Policy"] == CONTENT_POLICY
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        etag = response.headers["ETag"]
        async with http.get(path, headers={"If-None-Match": etag}) as again:
            assert again.status == 304


async def test_the_console_is_asked_for_once_in_each_version(installation: Installation) -> None:
    """given the console's page, then what it names is kept for good, but not what another version would name."""
    async with aiohttp.ClientSession(installation.url) as http:
        async with http.get("/desk/") as response:
            named = re.findall(r'(?:href|src)="([^"]+)"', await response.text())
        assert len(named) > 20
        for path in named:
            async with http.get(f"/desk/{path}") as response:
                assert (response.status, response.headers["Cache-Control"]) == (200, FOR_GOOD), path
        for path in ("/desk/main.js", f"/~{'0' * 16}/desk/main.js"):
            async with http.get(path) as response:
                assert (response.status, response.headers["Cache-Control"]) == (200, "no-cache"), path


async def test_the_widget_may_be_loaded_from_anywhere_and_is_small_on_the_wire(installation: Installation) -> None:
    names = [path.name for path in (CODE / "web" / "widget").glob("*.js") if path.name not in {"widget.js", "zh.js"}]
    size = 0
    async with aiohttp.ClientSession(installation.url, auto_decompress=False) as http:
        for path in ("/widget.js", *(f"/widget/{name}" for name in names)):
            async with http.get(path, headers={"Accept-Encoding": "gzip", "Origin": "https://a.example"}) as response:
                assert response.headers["Access-Control-Allow-Origin"] == "*"
                size += len(await response.read())
    assert size <= 25 * 1024


@pytest.mark.parametrize(
    "path",
    ["/widget/../../frontdoor.yml", "/desk/%2e%2e/%2e%2e/README.md", "/demo//etc/passwd", "/desk/api/nothing", "/x"],
)
async def test_nothing_else_is_served(installation: Installation, path: str) -> None:
    url = URL(f"{installation.url}{path}", encoded=True)
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        assert response.status in {400, 401, 403, 404}
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_description_names_every_endpoint(installation: Installation) -> None:
    """given the routes in the code, then the OpenAPI document has each of them and no other."""
    async with aiohttp.ClientSession(installation.url) as http, http.get("/api/v1/openapi.json") as response:
        described = set((await response.json())["paths"])
    sources = [*(CODE / "connectors" / "channels").glob("*.py"), *(CODE / "frontdoor").glob("*.py")]
    served: set[str] = set()
    for source in sources:
        text = source.read_text()
        prefix = (re.search(r'^PATH = "(.*)"', text, re.MULTILINE) or [None, ""])[1]
        for path in re.findall(r'(?:web|add)[._](?:get|post|route)\((?:"\*", )?(f?"[^"]+"|PATH)', text):
            named = f"{{{path}}}" if path == "PATH" else path.removeprefix("f").strip('"')
            served.add(named.replace("{PATH}", prefix or "").replace("{{", "{").replace("}}", "}"))
    ours = {path for path in served if path.startswith(("/api/", "/webhooks/rest", "/healthz", "/readyz"))}
    assert described == ours - INTERNAL


def test_the_description_is_read_by_people_too() -> None:
    document = yaml.safe_load(Path(CODE / "web" / "api" / "openapi.yml").read_text())
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], f"{method} {path}"
