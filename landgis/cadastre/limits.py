"""How far is too far: limits of the rules and accuracies of map scales, as a jurisdiction says."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from landgis.cadastre.folder import Fields, read_rows
from landgis.errors import UsageError

OWN_CHOICE: Mapping[str, float] = MappingProxyType(
    {
        # Points no farther apart are one point: the millimetre in which survey files are written.
        "node_m": 0.001,
        # Width of an overlap that only warns where no map scale is known: parcels drawn apart by
        # rounding to the centimetre are, parcels that claim the same strip are not.
        "overlap_m": 0.05,
        # Widest strip between two boundaries that cannot be land of its own.
        "gap_m": 0.2,
        # Mean width below which a parcel is no usable ground.
        "sliver_m": 0.2,
        # A vertex at a sharper angle is a needle when its sides are longer than ``spike_m``.
        "spike_deg": 1.0,
        "spike_m": 0.5,
        "area_small_m2": 1.0,
        # 100 km²: more than a commune of a plain.
        "area_large_m2": 1e8,
        # Standard errors that a stated area may lie off the drawn one.
        "area_sigmas": 3.0,
        # Half of the last digit of areas told in tenths.
        "area_rounding_m2": 0.05,
        # Free numbers of a sheet that a new number may skip.
        "number_gap": 100.0,
        # Share by which the parcels of a unit may exceed its area by the statistics: these are
        # rounded and of another year.
        "unit_area_share": 0.01,
        # Share of measurements that may lie in the last tenth of their limit.
        "near_limit_share": 0.1,
        # Distances of a stated national identifier from its parcel: the same, other software.
        "identifier_same_m": 0.05,
        "identifier_near_m": 1.0,
        # How far a parcel may reach beyond the frame of its sheet, on the map: half of that is
        # usual, and a parcel on a border lies on the sheet of its larger part.
        "frame_extension_map_m": 0.2,
    }
)
"""Name -> value where the jurisdiction sets none; metres, square metres, degrees, shares."""


@dataclass(frozen=True)
class Limit:
    """A number that a measured value is compared with."""

    value: float
    basis: Mapping[str, str] | None = None
    """Document, article, date and class; None: own choice, no law says it."""


@dataclass(frozen=True)
class MapScale:
    """What a map scale promises about the boundaries drawn at it."""

    denominator: int
    point_m: float
    """Largest error of a boundary point against the nearest control point, metres."""

    farmland_m: float
    """The same on farmland."""

    frame_m: float
    """Side of a sheet of the normal frame, metres."""


@dataclass(frozen=True)
class Limits:
    """All limits of one jurisdiction."""

    set: Mapping[str, Limit]
    scales: Mapping[int, MapScale]
    """By denominator; empty: nothing is known of map scales."""

    scales_basis: Mapping[str, str] | None

    def __getitem__(self, name: str) -> Limit:
        """Answer a limit by its name, one of ``OWN_CHOICE``."""
        return self.set.get(name) or Limit(OWN_CHOICE[name])

    def scale(self, denominator: int | None) -> MapScale | None:
        """Answer what a map scale promises; None for None.

        Raises
        ------
        UsageError
            ``unknown_map_scale``, with the list of what there is.
        """
        if denominator is None:
            return None
        if denominator in self.scales:
            return self.scales[denominator]
        known = ", ".join(f"1:{scale}" for scale in sorted(self.scales))
        raise UsageError(
            "unknown_map_scale",
            f"Nothing is known of maps at 1:{denominator} here; "
            + (f"choose one of {known}" if known else "this jurisdiction knows no map scales"),
            scales=sorted(self.scales),
        )


def read_limits(fields: Fields, scales: Path) -> Limits:
    """Read the table ``limits`` of a jurisdiction and its ``scales.csv``.

    Raises
    ------
    UsageError
        ``bad_jurisdiction`` naming file and field.
    """
    basis = fields.basis("scales_basis") if "scales_basis" in fields.table else None
    found = {}
    for name, entry in fields.children():
        if name == "scales_basis":
            continue
        if name not in OWN_CHOICE:
            fields.bad(name, f"is no limit; there are {', '.join(sorted(OWN_CHOICE))}")
        has_basis = "basis" in entry.table
        found[name] = Limit(entry.number("value"), entry.basis("basis") if has_basis else None)
    known = {scale.denominator: scale for scale in _scales(scales)}
    if known and basis is None:
        fields.bad("scales_basis", "must say where scales.csv comes from")
    return Limits(MappingProxyType(found), MappingProxyType(known), basis)


def _scales(path: Path) -> list[MapScale]:
    columns = ("denominator", "point_m", "farmland_m", "frame_m")
    return [
        MapScale(
            row.integer("denominator", most=1_000_000),
            *(row.number(name) for name in columns[1:]),
        )
        for row in read_rows(path, columns)
    ]
