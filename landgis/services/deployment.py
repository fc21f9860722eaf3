"""What this database is for: fixed at first use, checked at every start."""

from typing import Any

import numpy as np
import shapely

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.register import Deployment, UnitRow
from landgis.cadastre.units import Unit
from landgis.errors import Conflict
from landgis.services.ports import Parcels, Setup
from landgis.services.storage_plane import storage_for

LOW_ZOOM_TOLERANCE_M = 150.0
"""Simplification of outlines below z10, in Web Mercator metres: one pixel of a 512 px z9 tile."""


NO_SHAPE = (None, None, None)
LABEL_TOLERANCE_M = 50.0


class DeploymentService:
    """Chooses and guards the deployment row, and loads the jurisdiction's units."""

    def __init__(self, setup: Setup, parcels: Parcels, jurisdiction: Jurisdiction) -> None:
        self._setup = setup
        self._parcels = parcels
        self._jurisdiction = jurisdiction

    def current(self) -> Deployment | None:
        """Answer the deployment, None before first use.

        Raises
        ------
        Conflict
            ``other_jurisdiction``: the database belongs to another jurisdiction than the settings.
        """
        found = self._setup.deployment()
        if found is not None and found.jurisdiction != self._jurisdiction.code:
            raise Conflict(
                "other_jurisdiction",
                f"This database is a {found.jurisdiction!r} register; it cannot be opened as "
                f"{self._jurisdiction.code!r}. Set LANDGIS_JURISDICTION={found.jurisdiction}",
            )
        return found

    def require(self) -> Deployment:
        """Answer the deployment; ``Conflict`` ``no_deployment`` before first use."""
        found = self.current()
        if found is None:
            raise Conflict(
                "no_deployment", "Nothing has been imported yet: run landgis import FILE"
            )
        return found

    def prepare(self) -> None:
        """Bring a started database in line with its jurisdiction: deployment row, units."""
        found = self.current()
        if found is None and self._jurisdiction.storage_epsg is not None:
            self._fix(self._jurisdiction.storage_epsg)
        if self._setup.unit_codes() != _codes_in_force(self._jurisdiction):
            self._setup.replace_units(unit_rows(self._jurisdiction))

    def fix_by(self, parcels: ParcelSet) -> None:
        """Fix the deployment by the first file where the jurisdiction leaves its plane open."""
        if self.current() is None:
            self._fix(storage_for(parcels, self._jurisdiction))

    def mark_demo(self) -> None:
        """Make this register a demonstration for good.

        Raises
        ------
        Conflict
            ``real_data``: parcels are in it that are not the demonstration's.
        """
        found = self.require()
        if found.is_demo:
            return
        if self._parcels.count():
            raise Conflict(
                "real_data",
                "This register holds real parcels; a demonstration needs one of its own: "
                "set LANDGIS_HOME or LANDGIS_DATABASE_URL, or start without --demo",
            )
        self._setup.mark_demo()

    def _fix(self, storage_epsg: int) -> None:
        self._setup.fix_deployment(Deployment(self._jurisdiction.code, storage_epsg, is_demo=False))


def unit_rows(jurisdiction: Jurisdiction) -> list[UnitRow]:
    """Answer the units with their outlines in Web Mercator, once in full and once simplified."""
    codes = [code for code in _codes_in_force(jurisdiction) if code in jurisdiction.outlines]
    outlines = np.array([jurisdiction.outlines[code] for code in codes], dtype=object)
    full = geodesy.transform(outlines, geodesy.LONLAT, geodesy.WEB_MERCATOR)
    low = shapely.coverage_simplify(full, LOW_ZOOM_TOLERANCE_M) if len(full) else full
    labels = (
        shapely.maximum_inscribed_circle(full, tolerance=LABEL_TOLERANCE_M) if len(full) else full
    )
    shapes = {
        code: (full[i], low[i], shapely.get_point(labels[i], 0)) for i, code in enumerate(codes)
    }
    return [_unit_row(unit, shapes) for unit in jurisdiction.units]


def _unit_row(unit: Unit, shapes: dict[str, tuple[Any, Any, Any]]) -> UnitRow:
    in_force = unit.valid_to is None
    full, low, label = shapes.get(unit.code, NO_SHAPE) if in_force else NO_SHAPE
    return UnitRow(
        code=unit.code,
        name=unit.name,
        name_en=unit.name_en,
        kind=unit.kind,
        parent_code=unit.parent_code,
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
        geom_3857=full,
        geom_3857_low=low,
        label_3857=label,
    )


def _codes_in_force(jurisdiction: Jurisdiction) -> set[str]:
    return {unit.code for unit in jurisdiction.units if unit.valid_to is None}
