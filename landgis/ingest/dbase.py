"""The attribute table of a shapefile (.dbf), as far as counting and checking go."""

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from landgis.errors import Refused

HEADER_BYTES = 32
FIELD_BYTES = 32
FIELDS_END = 0x0D
DELETED_FLAG = ord("*")

READ_AT_ONCE = 65_536
"""Records after which the pages of a mapped file are given back."""

VERSIONS = frozenset({0x02, 0x03, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0xCB, 0xF5, 0xFB})
"""First bytes that dBASE and FoxPro write."""


@dataclass(frozen=True)
class DbfField:
    """One column as its descriptor states it."""

    name: str
    """Latin-1 of the bytes, still to be decoded."""

    type: str
    """One letter: C text, N and F numbers, D date, L yes/no, M memo."""

    width: int
    decimals: int
    offset: int
    """First byte inside a record; byte 0 is the deletion flag."""


@dataclass(frozen=True)
class DbfFacts:
    """What the header of a .dbf states, checked against the size of the file."""

    path: Path
    records: int
    """Records that are stated, by this header or by others, and really there."""

    stated_records: int
    stored_records: int
    header_bytes: int
    record_bytes: int
    language_byte: int
    fields: tuple[DbfField, ...]
    deleted: NDArray[np.bool_]
    """``(records,)`` rows that the sender's program marked as deleted."""


def inspect_dbf(dbf: Path, name: str, *, records: int | None = None) -> DbfFacts:
    """Answer what the header of ``dbf`` states and how many records are really there.

    Parameters
    ----------
    dbf
        The file.
    name
        How messages call it.
    records
        How many are there, where others know better than its header.

    Raises
    ------
    Refused
        ``bad_dbf`` when header, field descriptors and record length do not fit each other.
    """
    size = dbf.stat().st_size
    with dbf.open("rb") as file:
        head = file.read(HEADER_BYTES)
        if len(head) < HEADER_BYTES or head[0] not in VERSIONS:
            raise _bad(name, f"it does not begin like a dBASE table (first bytes {head[:4]!r})")
        stated, header_bytes, record_bytes = struct.unpack_from("<IHH", head, 4)
        if not HEADER_BYTES < header_bytes <= size or record_bytes == 0:
            raise _bad(
                name,
                f"its header states {header_bytes} bytes of header and {record_bytes} bytes "
                f"a record, the file has {size} bytes",
            )
        descriptors = file.read(header_bytes - HEADER_BYTES)
    fields = _fields(descriptors, name)
    width = 1 + sum(field.width for field in fields)
    if width > record_bytes:
        raise _bad(name, f"its fields need {width} bytes a record, it states {record_bytes}")
    stored = (size - header_bytes) // record_bytes
    records = min(stated if records is None else records, stored)
    table = _records(dbf, header_bytes, record_bytes, records)
    flags = table.view(np.uint8).reshape(records, record_bytes)[:, 0]
    deleted = np.empty(records, dtype=bool)
    for start in range(0, records, READ_AT_ONCE):
        part = slice(start, start + READ_AT_ONCE)
        deleted[part] = flags[part] == DELETED_FLAG
        let_go(table.base)
    return DbfFacts(
        path=dbf,
        records=records,
        stated_records=stated,
        stored_records=stored,
        header_bytes=header_bytes,
        record_bytes=record_bytes,
        language_byte=head[29],
        fields=fields,
        deleted=deleted,
    )


def dbf_table(dbf: Path, facts: DbfFacts) -> NDArray[np.void]:
    """Answer the raw records, deletion byte first, as ``(records,)`` opaque values of the file."""
    return _records(dbf, facts.header_bytes, facts.record_bytes, facts.records)


def _fields(descriptors: bytes, name: str) -> tuple[DbfField, ...]:
    fields: list[DbfField] = []
    offset = 1
    for at in range(0, len(descriptors) - FIELD_BYTES + 1, FIELD_BYTES):
        entry = descriptors[at : at + FIELD_BYTES]
        if entry[0] == FIELDS_END:
            break
        label = entry[:11].split(b"\0")[0].decode("latin-1").strip()
        kind = chr(entry[11]).upper()
        width, decimals = entry[16], entry[17]
        if not ("A" <= kind <= "Z" or kind in "@+0"):
            raise _bad(name, f"field {len(fields) + 1} ({label!r}) has the unknown type {kind!r}")
        if kind == "C":
            width, decimals = width + 256 * decimals, 0
        fields.append(DbfField(label, kind, width, decimals, offset))
        offset += width
    if not fields:
        raise _bad(name, "it has no fields")
    return tuple(fields)


def _records(dbf: Path, header: int, width: int, count: int) -> NDArray[np.void]:
    kind = np.dtype((np.void, width))
    if count == 0:
        return np.empty(0, dtype=kind)
    return np.memmap(dbf, dtype=kind, mode="r", offset=header, shape=(count,))


def let_go(mapped: object) -> None:
    """Give the pages of a mapped file back: what was read of it counts as our memory else."""
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def _bad(name: str, why: str) -> Refused:
    return Refused(
        "bad_dbf",
        f"{name}: the attribute table is damaged: {why}; export the layer again",
        file=name,
    )
