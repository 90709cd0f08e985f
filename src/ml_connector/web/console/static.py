"""The console's sheet and script: read once, named by their content, so that browsers may keep them for good."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

_FOLDER = Path(__file__).parent / "static"
_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@cache
def _files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in _FOLDER.iterdir() if path.suffix[1:] in _KINDS}


@cache
def address(name: str, base: str = "") -> str:
    """Where *name* is served; another content has another address."""
    return f"{base}/static/{name}?v={hashlib.sha256(_files()[name]).hexdigest()[:12]}"


@get("/static/{name:str}", include_in_schema=False)
async def static_file(name: FromPath[str]) -> Response[bytes]:
    """One of our own files."""
    content = _files().get(name)
    if content is None:
        raise NotFoundException
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=_KINDS[name.rsplit(".", 1)[-1]], headers=headers)
