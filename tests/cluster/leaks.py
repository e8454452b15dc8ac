"""Search everything that PostgreSQL keeps for secrets, in all forms in which they may have come there."""

import re
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha1, sha256
from json import dumps
from pathlib import Path
from urllib.parse import quote

PAGE = 8192
SHORTEST = 5
"""Bytes of a part that is looked for: a shorter one stands anywhere by chance."""

_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_MOST_UNPACKED = 1 << 20
_GZIP_TOO = 32 + zlib.MAX_WBITS


class Kept:
    """What PostgreSQL keeps, but for the pages that it had before anything was stored."""

    def __init__(self, folder: Path) -> None:
        """Look at the files of a server on which nothing has happened yet."""
        self._folder = folder
        self._before = {page for path in _files(folder) for page in _pages(path.read_bytes())}

    def now(self) -> bytes:
        """Return what was added or changed since, also where it was packed."""
        files = []
        for path in _files(self._folder):
            pages = _pages(path.read_bytes())
            files.append(b"".join(b"" if page in self._before else page for page in pages))
        kept = b"\n".join(files)
        return b"\n".join((kept, *_unpacked(kept)))


def found(kept: bytes, secrets: Mapping[str, bytes]) -> set[str]:
    """Return the names of the secrets of which something stands in these bytes."""
    by_prefix: dict[bytes, list[tuple[bytes, str]]] = {}
    for name, secret in secrets.items():
        for form in forms(secret):
            if len(form) >= SHORTEST:
                by_prefix.setdefault(form[:SHORTEST], []).append((form, name))
    return {
        name
        for prefix, needles in by_prefix.items()
        if prefix in kept
        for form, name in needles
        if form in kept
    }


def forms(secret: bytes) -> Iterator[bytes]:
    """Yield the forms of a secret: as it is, encoded, hashed, and parts of it if it is long."""
    yield from _encoded(secret)
    for algorithm in (sha256, sha1):
        digest = algorithm(secret).digest()
        yield from (digest[:16], digest.hex()[:32].encode())
    if len(secret) > 2 * 16:
        for part in (secret[:16], secret[-16:], secret[len(secret) // 2 :][:16]):
            yield from _encoded(part)


def _encoded(secret: bytes) -> Iterator[bytes]:
    yield from (secret, secret[::-1], secret.hex().encode(), secret.hex().upper().encode())
    for before in range(3):  # it may stand at any place in what was encoded
        for encode in (b64encode, urlsafe_b64encode):
            encoded = encode(b"\0" * before + secret)
            yield encoded[(0, 2, 3)[before] : len(encoded) - (4 if encoded.endswith(b"=") else 0)]
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        return
    if text.isprintable():
        yield from (text.encode("utf-16-le"), text.encode("utf-16-be"), quote(text).encode())
        yield from (dumps(text).strip('"').encode(), text.encode("latin-1", "replace"))


def _unpacked(kept: bytes) -> Iterator[bytes]:
    """Yield what zlib unpacks, wherever something packed may begin."""
    for match in _ZLIB.finditer(kept):
        unpacker = zlib.decompressobj(_GZIP_TOO)
        try:
            yield unpacker.decompress(kept[match.start() : match.start() + _MOST_UNPACKED], _MOST_UNPACKED)
        except zlib.error:
            continue


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _pages(content: bytes) -> list[bytes]:
    return [content[at : at + PAGE] for at in range(0, len(content), PAGE)]
