"""Where the records of a .shp lie: by its index, by walking it, or by picking up after damage."""

import mmap
import struct
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landgis.errors import Refused
from landgis.ingest.dbase import READ_AT_ONCE, DbfFacts, let_go

FILE_CODE = struct.pack(">I", 9994)
HEADER_BYTES = 100
RECORD_HEADER_BYTES = 8
TYPE_BYTES = 4
"""Content of a null shape, the shortest there is."""

PICK_UP_TRIES = 64
"""Records after a damaged one that are looked for before the rest counts as lost."""

NOWHERE = -1
"""Offset of a record that is lost."""

_NOTHING: Mapping[int, str] = MappingProxyType({})


class Stated(NamedTuple):
    """What the header of the .shp says of itself."""

    shape_type: int
    bytes: int


class Walk(NamedTuple):
    """Records of a .shp in file order, each found from the end of the one before."""

    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    end: int
    """First byte that is no part of a record."""

    wanted: int | None
    """Content bytes that the record at ``end`` would need; None when nothing follows."""

    is_headed: bool = True
    """False: read from a .shx whose header is wrong, so that GDAL would not take it."""


class Located(NamedTuple):
    """The records of a layer, those that are lost named with the reason."""

    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    shx_usable: bool
    lost: Mapping[int, str] = _NOTHING
    """Position of a record, from 0 -> ``shape_cut_off``, ``shape_damaged``,
    ``attributes_cut_off``."""


def read_index(shx: Path, shp_bytes: int) -> Walk | None:
    """Answer the entries of a .shx; None unless they are disjoint pieces of the .shp."""
    content = shx.read_bytes()
    raw = content[HEADER_BYTES:]
    is_headed = content[:4] == FILE_CODE and content[24:28] == struct.pack(">I", len(content) // 2)
    entries = np.frombuffer(raw[: len(raw) // 8 * 8], dtype=">u4").reshape(-1, 2)
    offsets = entries[:, 0].astype(np.int64) * 2
    lengths = entries[:, 1].astype(np.int64) * 2
    order = np.argsort(offsets)
    ends = (offsets + RECORD_HEADER_BYTES + lengths)[order]
    starts = np.append(offsets[order], shp_bytes)
    if len(offsets) and (starts[0] < HEADER_BYTES or (lengths < TYPE_BYTES).any()):
        return None
    if (ends > starts[1:]).any():
        return None
    return Walk(offsets, lengths, shp_bytes, None, is_headed)


def locate(
    data: mmap.mmap, index: Walk | None, table: DbfFacts, stated: Stated, called: str
) -> Located:
    """Answer where each record lies; whole ones are saved from a file that is cut off or damaged.

    Raises
    ------
    Refused
        ``truncated_shp``, ``damaged_shp``, ``missing_shx`` when no record can be saved;
        ``record_counts_differ`` when nothing says which shape belongs to which attributes.
    """
    indexed = index is not None and len(index.offsets) == table.records
    if index is not None and indexed and _meets_headers(data, index):
        return Located(index.offsets, index.lengths, index.is_headed)
    walk = walked(data)
    count = len(walk.offsets)
    if count > table.records and _end_of(walk, table.records) == stated.bytes:
        # What follows the stated end is rubbish that happens to look like records.
        count = table.records
    if count == table.records and not _is_cut_short(table, count, walk, stated):
        return Located(walk.offsets[:count], walk.lengths[:count], shx_usable=False)
    if index is not None and indexed:
        # Broken record headers under a sound index: the rows concerned fail one by one.
        return Located(index.offsets, index.lengths, index.is_headed)
    saved = _saved(data, walk, table, stated)
    if saved is None:
        raise _refusal(walk, index, table, (stated.bytes, len(data)), called)
    return saved


def walked(data: mmap.mmap, at: int = HEADER_BYTES) -> Walk:
    """Answer the records from byte ``at`` on, as far as one follows the other."""
    offsets: list[int] = []
    lengths: list[int] = []
    size = len(data)
    wanted: int | None = None
    unpack = struct.Struct(">I").unpack_from
    while at + RECORD_HEADER_BYTES <= size:
        length = 2 * unpack(data, at + 4)[0]
        if length < TYPE_BYTES or at + RECORD_HEADER_BYTES + length > size:
            wanted = length
            break
        offsets.append(at)
        lengths.append(length)
        at += RECORD_HEADER_BYTES + length
        if len(offsets) % READ_AT_ONCE == 0:
            let_go(data)
    return Walk(np.array(offsets, dtype=np.int64), np.array(lengths, dtype=np.int64), at, wanted)


def gather(data: mmap.mmap, places: NDArray[np.int64], kind: str) -> NDArray[Any]:
    """Answer the four-byte numbers at ``places``."""
    file = np.frombuffer(data, dtype=np.uint8)
    numbers = np.empty(len(places), dtype=kind)
    for start in range(0, len(places), READ_AT_ONCE):
        part = slice(start, start + READ_AT_ONCE)
        numbers[part] = file[places[part, None] + np.arange(4)].view(kind)[:, 0]
        let_go(data)
    return numbers


def _meets_headers(data: mmap.mmap, index: Walk) -> bool:
    return bool(
        (gather(data, index.offsets + 4, ">u4").astype(np.int64) * 2 == index.lengths).all()
    )


def _end_of(walk: Walk, count: int) -> int:
    if count == 0:
        return HEADER_BYTES
    return int(walk.offsets[count - 1] + RECORD_HEADER_BYTES + walk.lengths[count - 1])


def _is_cut_short(table: DbfFacts, count: int, walk: Walk, stated: Stated) -> bool:
    """Both files end early at the same record: they agree, and yet rows are missing."""
    is_short = table.stored_records < table.stated_records
    return is_short and _end_of(walk, count) < stated.bytes


def _saved(data: mmap.mmap, walk: Walk, table: DbfFacts, stated: Stated) -> Located | None:
    """Answer the whole records of a file that is cut off or damaged; None where none is sure."""
    found = len(walk.offsets)
    is_cut = len(data) < stated.bytes
    rows = _rows_meant(table, found, stated, is_cut=is_cut)
    if not found or rows is None or found > rows:
        return None
    if found < rows and not is_cut and walk.wanted is None:
        return None
    offsets = np.full(rows, NOWHERE, dtype=np.int64)
    lengths = np.zeros(rows, dtype=np.int64)
    offsets[:found], lengths[:found] = walk.offsets, walk.lengths
    if found < rows and not is_cut:
        _pick_up(data, walk, stated.shape_type, offsets, lengths)
    why = "shape_cut_off" if is_cut else "shape_damaged"
    lost = dict.fromkeys(range(table.records, rows), "attributes_cut_off")
    lost |= {int(k): why for k in np.flatnonzero(offsets == NOWHERE)}
    return Located(offsets, lengths, shx_usable=False, lost=MappingProxyType(lost))


def _rows_meant(table: DbfFacts, found: int, stated: Stated, *, is_cut: bool) -> int | None:
    """Answer how many rows the layer had; None when a .dbf that is cut off does not tell."""
    meant = table.stated_records
    if table.stored_records >= meant:
        return table.records
    most = (stated.bytes - HEADER_BYTES) // (RECORD_HEADER_BYTES + TYPE_BYTES)
    return meant if meant == found or (is_cut and found < meant <= most) else None


def _pick_up(
    data: mmap.mmap,
    walk: Walk,
    shape_type: int,
    offsets: NDArray[np.int64],
    lengths: NDArray[np.int64],
) -> None:
    """Find records after damage by the number that each one's header carries."""
    numbers = gather(data, walk.offsets, ">u4")
    if (numbers != np.arange(1, len(numbers) + 1)).any():
        return
    done, at, rows = len(walk.offsets), walk.end, len(offsets)
    while done < rows:
        found = _next_record(data, at, range(done + 2, min(done + 2 + PICK_UP_TRIES, rows + 1)))
        if found is None:
            return
        number, place = found
        following = walked(data, place)
        count = min(len(following.offsets), rows - number + 1)
        kept = gather(data, following.offsets[:count] + RECORD_HEADER_BYTES, "<i4")
        sound = np.isin(kept, [0, shape_type])
        span = slice(number - 1, number - 1 + count)
        offsets[span] = np.where(sound, following.offsets[:count], NOWHERE)
        lengths[span] = np.where(sound, following.lengths[:count], 0)
        done, at = number - 1 + count, following.end


def _next_record(data: mmap.mmap, at: int, numbers: range) -> tuple[int, int] | None:
    """Answer the first record from ``at`` on whose header fits the file and the next header."""
    size = len(data)
    unpack = struct.Struct(">II").unpack_from
    for number in numbers:
        wanted = struct.pack(">I", number)
        place = data.find(wanted, at)
        while 0 <= place <= size - RECORD_HEADER_BYTES - TYPE_BYTES:
            length = 2 * unpack(data, place)[1]
            end = place + RECORD_HEADER_BYTES + length
            follows = end == size or (
                end + RECORD_HEADER_BYTES <= size and unpack(data, end)[0] == number + 1
            )
            if place % 2 == 0 and length >= TYPE_BYTES and end <= size and follows:
                return number, place
            place = data.find(wanted, place + 1)
    return None


def _refusal(
    walk: Walk, index: Walk | None, table: DbfFacts, sizes: tuple[int, int], called: str
) -> Refused:
    stated_bytes, size = sizes
    found = len(walk.offsets)
    facts = {"file": called, "shp_records": found, "dbf_records": table.records}
    if found < table.records and size < stated_bytes:
        return Refused(
            "truncated_shp",
            f"{called}: the file is cut off: it states {stated_bytes} bytes and has {size}; "
            f"{found} of {table.records} records are whole; copy or send it again",
            **facts,
        )
    if walk.wanted is not None and found < table.records:
        return Refused(
            "damaged_shp" if index is not None else "missing_shx",
            f"{called}: after {found} of {table.records} records, at byte {walk.end}, no record "
            f"follows (a length of {walk.wanted} bytes is stated) and "
            + ("the .shx does not help" if index is not None else "there is no .shx to go by")
            + "; export the layer again, or send its .shx",
            **facts,
        )
    in_index = "none" if index is None else str(len(index.offsets))
    return Refused(
        "record_counts_differ",
        f"{called}: the .shp has {found} records, the .shx {in_index}, the .dbf {table.records} "
        f"(it states {table.stated_records}, has {table.stored_records}); the files do not "
        "belong together or are cut off; export the layer again",
        **facts,
    )
