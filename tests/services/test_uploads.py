"""Uploads in parts: what is on disk counts, whatever happens to the sender or the server."""

import hashlib
import os
import tracemalloc
from pathlib import Path
from uuid import uuid4

import pytest

from landgis.cadastre.register import Principal
from landgis.errors import Conflict, LandgisError, NotFound, Refused, TooLarge, Unavailable
from landgis.services import uploads as uploads_module
from landgis.services.upload_folder import KEPT_S
from landgis.services.uploads import UploadService

OFFICE = Principal.holding("office", {"import"})
OTHER = Principal.holding("other", {"import"})
DATA = bytes(range(256)) * 1000


class Bytes:
    """A sender of bytes who may do something, or be cut off, on the way."""

    def __init__(self, data: bytes, *, cut_at: int | None = None) -> None:
        self.data, self.cut_at, self.at = data, cut_at, 0

    def read(self, size: int, /) -> bytes:
        if self.cut_at is not None and self.at >= self.cut_at:
            raise ConnectionResetError
        end = min(self.at + size, self.cut_at if self.cut_at is not None else len(self.data))
        part, self.at = self.data[self.at : end], end
        return part


@pytest.fixture
def uploads(tmp_path: Path) -> UploadService:
    return UploadService(tmp_path / "arriving", 10**9)


def code(error: pytest.ExceptionInfo[LandgisError]) -> str:
    return error.value.code


def test_parts_make_the_file_and_a_wrong_offset_says_the_right_one(uploads: UploadService) -> None:
    upload_id = uploads.begin("a.zip", len(DATA), None, OFFICE).upload_id
    with pytest.raises(Conflict) as early:
        uploads.whole(upload_id, OFFICE)
    assert code(early) == "upload_incomplete"
    for start in range(0, len(DATA), 100_000):
        part = DATA[start : start + 100_000]
        uploads.append(upload_id, OFFICE, start, Bytes(part), announced=len(part))
        for wrong in (start, start + 1):
            with pytest.raises(Conflict) as off:
                uploads.append(upload_id, OFFICE, wrong, Bytes(b"x"), announced=1)
            assert (code(off), off.value.data["offset"]) == ("wrong_offset", start + len(part))
    upload, path = uploads.whole(upload_id, OFFICE)
    assert (upload.is_complete, path.read_bytes()) == (True, DATA)


def test_bytes_before_a_broken_connection_stay(uploads: UploadService) -> None:
    upload_id = uploads.begin("a.zip", len(DATA), None, OFFICE).upload_id
    with pytest.raises(ConnectionResetError):
        uploads.append(upload_id, OFFICE, 0, Bytes(DATA, cut_at=150_000), announced=len(DATA))
    assert uploads.get(upload_id, OFFICE).offset == 150_000
    uploads.append(upload_id, OFFICE, 150_000, Bytes(DATA[150_000:]), announced=None)
    assert uploads.whole(upload_id, OFFICE)[1].read_bytes() == DATA


def test_second_part_at_the_same_time_is_refused(uploads: UploadService) -> None:
    upload_id = uploads.begin("a.zip", len(DATA), None, OFFICE).upload_id
    seen = []

    class Meanwhile(Bytes):
        def read(self, size: int, /) -> bytes:
            for act in (
                lambda: uploads.append(upload_id, OFFICE, 0, Bytes(b"x"), announced=1),
                lambda: uploads.remove(upload_id, OFFICE),
            ):
                with pytest.raises(Conflict) as busy:
                    act()
                seen.append(code(busy))
            return super().read(size)

    uploads.append(upload_id, OFFICE, 0, Meanwhile(DATA), announced=None)
    assert set(seen) == {"upload_busy"}
    assert uploads.whole(upload_id, OFFICE)[1].read_bytes() == DATA


def test_nobody_else_finds_an_upload(uploads: UploadService) -> None:
    upload_id = uploads.begin("a.zip", 10, None, OFFICE).upload_id
    for ask in (uploads.get, uploads.remove, uploads.whole):
        with pytest.raises(NotFound):
            ask(upload_id, OTHER)
    uploads.remove(upload_id, OFFICE)
    with pytest.raises(NotFound):
        uploads.get(upload_id, OFFICE)


@pytest.mark.parametrize("announced", [11, None])
def test_more_than_was_said_is_refused_and_not_kept(
    uploads: UploadService, announced: int | None
) -> None:
    upload_id = uploads.begin("a.zip", 10, None, OFFICE).upload_id
    with pytest.raises(TooLarge):
        uploads.append(upload_id, OFFICE, 0, Bytes(bytes(11)), announced=announced)
    assert uploads.get(upload_id, OFFICE).offset == 0


def test_limits_are_known_before_a_byte_is_sent(
    uploads: UploadService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TooLarge):
        uploads.begin("a.zip", 10**9 + 1, None, OFFICE)
    monkeypatch.setattr(uploads_module, "MOST_OPEN", 2)
    for _ in range(2):
        uploads.begin("a.zip", 10, None, OFFICE)
    with pytest.raises(Conflict) as many:
        uploads.begin("a.zip", 10, None, OFFICE)
    assert code(many) == "too_many_uploads"
    uploads.begin("a.zip", 10, None, OTHER)
    with pytest.raises(Unavailable) as full:
        UploadService(tmp_path / "arriving", 2**62).begin("a.zip", 2**60, None, OTHER)
    assert code(full) == "disk_full"


def test_other_bytes_than_the_sum_are_refused_and_gone(uploads: UploadService) -> None:
    said = hashlib.sha256(DATA).hexdigest()
    upload = uploads.begin("a.zip", 4, said, OFFICE)
    uploads.append(upload.upload_id, OFFICE, 0, Bytes(b"abcd"), announced=4)
    with pytest.raises(Refused) as wrong:
        uploads.whole(upload.upload_id, OFFICE)
    assert code(wrong) == "checksum_differs"
    with pytest.raises(NotFound):
        uploads.get(upload.upload_id, OFFICE)


def test_what_nobody_continues_is_swept_what_arrives_is_not(
    uploads: UploadService, tmp_path: Path
) -> None:
    old, young, arriving = (uploads.begin("a.zip", 10, None, OFFICE) for _ in range(3))
    half_made = tmp_path / "arriving" / str(uuid4())
    half_made.mkdir()
    long_ago = tmp_path.stat().st_mtime - KEPT_S - 60
    folders = [tmp_path / "arriving" / str(one.upload_id) for one in (old, arriving)]
    for folder in (*folders, half_made):
        for path in (*folder.iterdir(), folder):
            os.utime(path, (long_ago, long_ago))

    class Sweeping(Bytes):
        def read(self, size: int, /) -> bytes:
            uploads.sweep()
            return super().read(size)

    uploads.append(arriving.upload_id, OFFICE, 0, Sweeping(b"ab"), announced=2)
    left = {path.name for path in (tmp_path / "arriving").iterdir()}
    assert left == {str(young.upload_id), str(arriving.upload_id)}


def test_large_parts_are_never_in_memory(uploads: UploadService) -> None:
    size = 64 * 1024**2
    upload_id = uploads.begin("a.zip", size, None, OFFICE).upload_id

    class Endless:
        left = size

        def read(self, asked: int, /) -> bytes:
            part = bytes(min(asked, self.left))
            self.left -= len(part)
            return part

    tracemalloc.start()
    try:
        uploads.append(upload_id, OFFICE, 0, Endless(), announced=size)
        assert tracemalloc.get_traced_memory()[1] < 2 * 1024**2
    finally:
        tracemalloc.stop()
    assert uploads.get(upload_id, OFFICE).is_complete
