"""The rows of a file beside the live parcels near them, when it comes in and when it is published.

Live parcels are read where rows lie, and nowhere else; those whose identity the file carries are
older versions of its rows and no neighbours of theirs.
"""

from itertools import islice

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.findings import Finding, with_severity
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.landuse import farmland
from landgis.cadastre.live import LiveBlock, RetiredName
from landgis.cadastre.parcels import Column
from landgis.cadastre.rules import Inspection, identity_keys
from landgis.cadastre.rules.at_register import WITHHELD, AtRegister
from landgis.cadastre.rules.identity import number_reused
from landgis.cadastre.rules.topology import overlap
from landgis.cadastre.topology import Ground
from landgis.services.covered import Covered
from landgis.services.ports import LiveGround

NAMES_AT_ONCE = 16_384
"""Names of parcels that are gone, compared with the file's at once."""


class RegisterGround:
    """Remembers where the rows of a file lie, and then asks the register about them."""

    def __init__(self, identity_fields: tuple[str, ...], jurisdiction: Jurisdiction) -> None:
        self._fields = identity_fields
        self._jurisdiction = jurisdiction
        self._covered = Covered()
        self._units: set[str] = set()

    def add(self, geoms: Column, unit_codes: Column) -> None:
        """Take note of some rows that are not held back by themselves."""
        self._covered.add(geoms)
        self._units.update(unit or "" for unit in set(unit_codes.tolist()))

    @property
    def extent(self) -> tuple[float, float, float, float] | None:
        """Answer west, south, east, north of the rows in their survey plane; None for none."""
        return self._covered.extent

    def ask(self, register: LiveGround, inspection: Inspection, epsg: int) -> AtRegister:
        """Give the inspection what lies near the rows; answer what else the register says.

        Parameters
        ----------
        epsg
            Survey plane of the rows.
        """
        for block in register.near(self._covered.boxes_3857(epsg)):
            keys = identity_keys(block.parcels, self._fields)
            is_other = inspection.named(keys) == 0
            inspection.add_live(ground_of(block, keys, epsg, self._jurisdiction).take(is_other))
        retired: dict[str, str] = {}
        names = register.retired_names() if self._fields else iter(())
        while block_of_names := list(islice(names, NAMES_AT_ONCE)):
            keys = np.array([self._key(name) for name in block_of_names], dtype=object)
            for i in np.flatnonzero(inspection.named(keys)).tolist():
                retired[keys[i]] = block_of_names[i].parcel
        return AtRegister(register.filled(self._units), retired)

    def _key(self, name: RetiredName) -> str | None:
        """Answer what names a parcel, as the rows of the file are named."""
        parts = [getattr(name, field) for field in self._fields]
        return None if None in parts else "/".join(parts)


def not_at_hand(jurisdiction: Jurisdiction) -> list[Finding]:
    """Answer which rules could not be asked because there is no register."""
    findings = (overlap.untested(), number_reused.untested())
    return [with_severity(finding, jurisdiction.severities) for finding in findings]


def ground_of(block: LiveBlock, keys: Column, epsg: int, jurisdiction: Jurisdiction) -> Ground:
    """Answer live parcels as they are compared with rows of the survey plane ``epsg``.

    What may not be known to everybody has no name: findings are kept with their batch.
    """
    parcels, hidden = block.parcels, block.is_withheld
    names = np.where(keys == None, block.ids, keys)  # noqa: E711 - element-wise
    return Ground(
        geom=_sound(geodesy.transform(parcels.geom, parcels.survey_epsg, epsg)),
        row=parcels.row,
        key=_but(names, hidden, WITHHELD),
        unit=_but(parcels.unit_code, hidden, None),
        sheet=_but(parcels.sheet, hidden, None),
        accuracy_m=_accuracy(block, jurisdiction),
        parcel=block.ids,
    )


def _but(values: Column, where: NDArray[np.bool_], value: str | None) -> Column:
    changed = values.copy()
    changed[where] = value
    return changed


def _sound(geoms: Column) -> Column:
    """Mend what rounding in another plane broke; only the comparison sees it."""
    broken = ~shapely.is_valid(geoms)
    if broken.any():
        geoms = geoms.copy()
        geoms[broken] = shapely.make_valid(geoms[broken], method="structure", keep_collapsed=False)
    return geoms


def _accuracy(block: LiveBlock, jurisdiction: Jurisdiction) -> NDArray[np.float64]:
    accuracy = np.full(len(block.parcels), np.nan)
    farmed = farmland(block.parcels, jurisdiction.land_uses)
    for denominator in np.unique(block.map_scale).tolist():
        scale = jurisdiction.limits.scales.get(denominator)
        if scale is not None:
            own = np.where(farmed, scale.farmland_m, scale.point_m)
            accuracy = np.where(block.map_scale == denominator, own, accuracy)
    return accuracy
