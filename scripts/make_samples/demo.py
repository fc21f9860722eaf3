"""The demonstration register: real open polygons of France as a ViLIS file of Tây Ninh."""

import json
from pathlib import Path
from typing import Any

import shapely

from make_samples.chance import share
from make_samples.defects import plant
from make_samples.parcel import Parcel
from make_samples.people import holder
from make_samples.place import UNIT_CODE, place_parcels
from make_samples.shapefile import Field, write_shapefile_zip
from make_samples.sheets import lay_out, lay_out_before_merger
from make_samples.uses import land_uses

STEM = "demo_hoa_thanh_vilis"
OLD_UNITS = ("25645", "25651")
"""Phường Long Thành Trung and xã Long Thành Nam, merged into phường Hoà Thành on 1 July 2025."""

NOTE = "Minh hoạ - DEMO"

FIELDS = (
    *(Field("THUAID", 9, 0), Field("XAID", 5), Field("SHBANDO", 5, 0), Field("SHTHUA", 5, 0)),
    *(Field("DIENTICH", 12, 1), Field("KHLOAIDAT", 12), Field("DIADANH", 24)),
    *(Field("TENCHU", 48), Field("DIACHI", 60), Field("XAIDCU", 5), Field("SOTOCU", 5, 0)),
    *(Field("SOTHUACU", 5, 0), Field("GHICHU", 20)),
)


def make_demo(source: Path, folder: Path) -> str:
    """Write the zip and ``planted.json`` into ``folder``; answer one line about them."""
    folder.mkdir(parents=True, exist_ok=True)
    parcels = plant(_parcels(source))
    rows = [_row(parcel) for parcel in parcels]
    geoms = [parcel.geom for parcel in parcels]
    write_shapefile_zip(folder / f"{STEM}.zip", STEM, geoms, FIELDS, rows)
    planted = [
        {"row": row, **vars(parcel.plant)}
        for row, parcel in enumerate(parcels, start=1)
        if parcel.plant is not None
    ]
    lines = ",\n".join(json.dumps(entry) for entry in planted)
    (folder / "planted.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    return f"{STEM}.zip: {len(rows)} rows, {len(planted)} with planted defects"


def _parcels(source: Path) -> list[Parcel]:
    geoms = place_parcels(source)
    now = lay_out(geoms)
    north, old = lay_out_before_merger(geoms)
    return [
        Parcel(
            key=i,
            geom=geoms[i],
            sheet=int(now.sheet[i]),
            number=int(now.number[i]),
            old_unit_code=OLD_UNITS[0] if north[i] else OLD_UNITS[1],
            old_sheet=int(old.sheet[i]),
            old_number=int(old.number[i]),
            use=use,
            register_area_m2=_register_area(i, float(shapely.area(geoms[i]))),
        )
        for i, use in enumerate(land_uses(geoms))
    ]


def _register_area(key: int, area_m2: float) -> float:
    """Answer the area on paper: mostly the drawn one to 0.1 m², for one in twelve a little off."""
    off = 0.0
    if share("area off", key) < 1 / 12:
        off = (share("area by", key) - 0.5) * 0.06
    return max(round(area_m2 * (1.0 + off), 1), 0.1)


def _row(parcel: Parcel) -> dict[str, Any]:
    who = holder(parcel.key, parcel.use, parcel.sheet)
    return {
        "THUAID": parcel.key + 1,
        "XAID": UNIT_CODE,
        "SHBANDO": parcel.sheet,
        "SHTHUA": parcel.number,
        "DIENTICH": parcel.register_area_m2,
        "KHLOAIDAT": parcel.use,
        "DIADANH": who.place,
        "TENCHU": who.owner,
        "DIACHI": who.address,
        "XAIDCU": parcel.old_unit_code,
        "SOTOCU": parcel.old_sheet,
        "SOTHUACU": parcel.old_number,
        "GHICHU": NOTE,
    }
