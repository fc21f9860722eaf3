"""The questions that ``bench query`` asks: of parcels that are there, in an order without order."""

import json
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import text

from benchmarks.tile_register import Register

SAMPLED = 4_000
PAGE = 100
BESIDE_DEG = 0.00075
"""Half the side of a box: some 80 m, what a screen shows at zoom 18."""

SAMPLE = text("""
    SELECT fid, parcel_id, unit_code, sheet, number, address, area_m2, ST_X(place) AS lon,
           ST_Y(place) AS lat
    FROM parcels CROSS JOIN LATERAL ST_Transform(label_3857, 4326) AS place
    WHERE NOT withheld AND unit_code IS NOT NULL AND sheet IS NOT NULL AND number IS NOT NULL
      AND address IS NOT NULL
    ORDER BY hashint8(fid) LIMIT :most
""")


@dataclass(frozen=True)
class Question:
    """One kind of question: how it is asked of us and, below its table, of tipg."""

    what: str
    ours: Callable[[Any], str]
    theirs: Callable[[Any], str] | None = None
    bar_ms: float | None = None
    most: int = 10_000
    """How often it is asked in a run at most; what takes long is asked less often."""


def sample(made: Register) -> list[Any]:
    """Answer public parcels that have every name, spread over the whole register."""
    with made.services.database.begin() as connection:
        return list(connection.execute(SAMPLE, {"most": SAMPLED}).mappings())


def questions() -> list[Question]:
    """Answer what is asked beside tipg, where it can be asked."""
    return [
        Question("parcel by id", _path("/api/v1/parcels/{parcel_id}"), None, 2.0),
        Question("point: parcels/at", _path("/api/v1/parcels/at?lon={lon}&lat={lat}"), None, 2.0),
        Question("OGC item, beside tipg", _path(f"{_ITEMS}/{{fid}}"), _path("/items/{fid}")),
        Question(
            "point, beside tipg's box of no size",
            _path("/api/v1/parcels/at?lon={lon}&lat={lat}"),
            _path("/items?limit=50&bbox={lon},{lat},{lon},{lat}"),
        ),
        Question(
            "box of 160 m, 100 at most",
            lambda p: f"/api/v1/parcels?limit={PAGE}&bbox={_box(p)}",
            lambda p: f"/items?limit={PAGE}&bbox={_box(p)}",
        ),
        Question(
            "OGC box of 160 m, 100 at most",
            lambda p: f"{_ITEMS}?limit={PAGE}&bbox={_box(p)}",
            lambda p: f"/items?limit={PAGE}&bbox={_box(p)}",
        ),
        Question(
            "map sheet by name",
            lambda p: _asked("/api/v1/parcels", unit=p["unit_code"], sheet=p["sheet"]),
            lambda p: _asked("/items", limit=PAGE, unit_code=p["unit_code"], sheet=p["sheet"]),
        ),
        Question("CQL2: unit, sheet, area", _filtered(_ITEMS), _filtered("/items")),
        Question(
            "CQL2: sheet, area, first of a page", _anywhere(_ITEMS), _anywhere("/items"), most=20
        ),
        Question("OGC: 100 map sheets", _path("/ogc/collections/sheets/items?limit=100"), most=5),
        Question("OGC: map sheets of a box", _sheets_beside, most=5),
        Question("OGC: map sheets of a unit", _sheets_of_unit, most=5),
    ]


def searches(names: dict[str, str]) -> list[Question]:
    """Answer what is typed into the search box; ``names``: of units by code."""

    def said(write: Callable[[Any, str], str]) -> Callable[[Any], str]:
        return lambda p: f"/api/v1/search?q={quote(write(p, names[p['unit_code']]))}"

    asked: list[tuple[str, Callable[[Any, str], str]]] = [
        ("sheet, parcel, unit", lambda p, unit: f"tờ {p['sheet']} thửa {p['number']} {unit}"),
        (
            "without accents",
            lambda p, unit: bare(f"to {p['sheet']} thua {p['number']} {unit}"),
        ),
        ("unit mistyped", lambda p, unit: f"{p['sheet']}/{p['number']} {mistyped(bare(unit))}"),
        ("in every unit", lambda p, _: f"{p['sheet']}/{p['number']}"),
        ("address", lambda p, _: str(p["address"])),
        ("part of an address", lambda p, unit: f"{str(p['address']).split(',')[0]} {unit}"),
        ("degrees", lambda p, _: f"{p['lat']:.5f}, {p['lon']:.5f}"),
        ("name of a place", lambda _, unit: unit),
    ]
    return [Question(what, said(write)) for what, write in asked]


def pages(first: bytes, count: int, ask: Callable[[str], bytes], root: str) -> list[str]:
    """Answer the addresses of the pages behind the first one, as its links lead on."""
    found: list[str] = []
    body = first
    for _ in range(count):
        links = json.loads(body)["links"]
        after = next((link["href"] for link in links if link["rel"] == "next"), None)
        if after is None:
            break
        found.append(after.removeprefix(root))
        body = ask(found[-1])
    return found


def bare(words: str) -> str:
    """Answer words as somebody types them who has no Vietnamese keyboard."""
    marked = unicodedata.normalize("NFD", words.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in marked if not unicodedata.combining(c)).lower()


def mistyped(words: str) -> str:
    """Answer words with two letters of the last one exchanged."""
    return f"{words[:-3]}{words[-2]}{words[-3]}{words[-1]}"


_ITEMS = "/ogc/collections/parcels/items"


def _path(form: str) -> Callable[[Any], str]:
    return lambda parcel: form.format(**parcel)


def _asked(path: str, **parameters: Any) -> str:
    return f"{path}?{urlencode(parameters)}"


def _box(p: Any) -> str:
    sides: Sequence[float] = (
        p["lon"] - BESIDE_DEG,
        p["lat"] - BESIDE_DEG,
        p["lon"] + BESIDE_DEG,
        p["lat"] + BESIDE_DEG,
    )
    return ",".join(f"{side:.7f}" for side in sides)


def _filter(path: str, words: str) -> str:
    return _asked(path, limit=PAGE, filter=words, **{"filter-lang": "cql2-text"})


def _filtered(path: str) -> Callable[[Any], str]:
    return lambda p: _filter(
        path, f"unit_code='{p['unit_code']}' AND sheet='{p['sheet']}' AND area_m2>200"
    )


def _anywhere(path: str) -> Callable[[Any], str]:
    return lambda p: _filter(path, f"sheet='{p['sheet']}' AND area_m2>{p['area_m2']:.0f}")


def _sheets_beside(p: Any) -> str:
    return f"/ogc/collections/sheets/items?limit={PAGE}&bbox={_box(p)}"


def _sheets_of_unit(p: Any) -> str:
    return f"/ogc/collections/sheets/items?limit={PAGE}&unit_code={p['unit_code']}"
