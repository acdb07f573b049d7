"""Links and images of documents as a chat shows them: whole addresses stay, others are resolved or become words."""

import re
from urllib.parse import urljoin, urlsplit

ADDRESS_CHARACTERS = 1_000
_SCHEMES = ("http", "https", "mailto", "tel")
_UNSAFE = re.compile(r"[\s<>\"`\\^{|}]")


class Links:
    """Knows where a document was published, if that is known."""

    def __init__(self, base: str = "") -> None:
        self._base = base if urlsplit(base).scheme in {"http", "https"} else ""

    def link(self, words: str, target: str) -> str:
        """A link as Markdown; only its words when its target is inside the document or unknown."""
        words = " ".join(words.split())
        address = self.address(target)
        if not address:
            return words
        bare = address.partition(":")[2] if address.startswith(("mailto:", "tel:")) else address
        if not words or words in {bare, address} or words.rstrip("/") == bare.rstrip("/"):
            return bare
        return f"[{words.replace('[', '(').replace(']', ')')}]({address})"

    def image(self, words: str, source: str) -> str:
        """An image as a link to it; its description when it can't be reached from a chat."""
        words = " ".join(words.split())
        address = self.address(source)
        if address.startswith("http"):
            return f"[{(words or address.rsplit('/', 1)[-1]).replace('[', '(').replace(']', ')')}]({address})"
        return f"({words})" if words else ""

    def address(self, target: str) -> str:
        """The whole address, or empty: nothing but the web, mail and telephones is linked."""
        target = target.strip()
        if not target or target.startswith("#") or len(target) > ADDRESS_CHARACTERS:
            return ""
        try:
            whole = urljoin(self._base, target) if self._base else target
            parts = urlsplit(whole)
        except ValueError:
            return ""
        if parts.scheme.lower() not in _SCHEMES or (parts.scheme.startswith("http") and not parts.netloc):
            return ""
        whole = _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), whole)
        return whole.replace("(", "%28").replace(")", "%29")
