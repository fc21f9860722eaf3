"""A file to the server in parts, each where the last one ended."""

import base64
import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from landgis.client.asking import Broken, Server
from landgis.errors import Conflict, LandgisError, NotFound, Unavailable

PART_BYTES = 2 * 1024**2
"""How much of a file goes in one request: what is lost at most when a connection breaks."""

PARTS_OF_SHAPEFILE = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg"})
UPLOADS = "/api/v1/uploads"

Tell = Callable[[str, int, int | None], None]
"""Told the stage, how much is done, and of how much."""


@dataclass(frozen=True)
class OneFile:
    """What is sent."""

    path: Path
    name: str


@contextmanager
def in_one_file(path: Path) -> Iterator[OneFile]:
    """Give a file as one: the parts of a loose shapefile are packed, always to the same bytes.

    Raises
    ------
    NotFound
        ``no_such_file``.
    """
    if not path.is_file():
        raise NotFound("no_such_file", f"{path}: there is no such file")
    if path.suffix.lower() != ".shp":
        yield OneFile(path, path.name)
        return
    with tempfile.TemporaryDirectory(prefix="landgis-send-") as folder:
        packed = Path(folder) / "packed.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(path.parent.iterdir()):
                is_part = part.stem.casefold() == path.stem.casefold() and part.is_file()
                if is_part and part.suffix.lower() in PARTS_OF_SHAPEFILE:
                    archive.writestr(_member(part.name), part.read_bytes())
        yield OneFile(packed, f"{path.stem}.zip")


def _member(name: str) -> zipfile.ZipInfo:
    """Answer a member whose date is always the same, so that equal files are equal archives."""
    member = zipfile.ZipInfo(name)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def fingerprint(file: OneFile) -> str:
    """Answer the SHA-256 of a file."""
    with file.path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def send(server: Server, file: OneFile, sha256: str, key: str, tell: Tell) -> str | None:
    """Send a file, or the rest of it; answer the id of the upload.

    Parameters
    ----------
    key
        By it the server finds an upload that was begun before.

    Returns
    -------
    str or None
        None: the upload that the server knew by this key is gone.
    """
    size = file.path.stat().st_size
    headers = {
        "Idempotency-Key": f"upload {key}",
        "Upload-Length": str(size),
        "Upload-Metadata": f"filename {_base64(file.name)},sha256 {_base64(sha256)}",
    }
    begun = server.patiently("POST", UPLOADS, b"", headers)
    upload_id = urlsplit(begun.headers["Location"]).path.rsplit("/", 1)[1]
    try:
        _send_rest(server, file, f"{UPLOADS}/{upload_id}", tell)
    except NotFound:
        return None
    return upload_id


def _send_rest(server: Server, file: OneFile, path: str, tell: Tell) -> None:
    size = file.path.stat().st_size
    offset = _offset(server, path)
    waiting = server.waiting()
    with file.path.open("rb") as opened:
        while True:
            tell("sending", offset, size)
            if offset >= size:
                return
            opened.seek(offset)
            reached, why = _send_part(server, path, opened.read(PART_BYTES), offset)
            if reached > offset:
                waiting = server.waiting()  # it goes on, so patience begins anew
            elif why is not None:
                waiting.pause(why)
            offset = reached


def _send_part(
    server: Server, path: str, part: bytes, offset: int
) -> tuple[int, LandgisError | None]:
    """Send a part once; answer where the upload is then, and what stopped it."""
    headers = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
    try:
        return int(server.once("PATCH", path, part, headers).headers["Upload-Offset"]), None
    except Broken as broken:
        why: LandgisError = server.unreachable(broken)
    except (Conflict, Unavailable) as problem:
        why = problem
    return _offset(server, path), why


def _offset(server: Server, path: str) -> int:
    return int(server.patiently("HEAD", path, None, {}).headers["Upload-Offset"])


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
