"""Several parcels on one polygon: normal for condominiums and split rights, worth a look."""

from collections.abc import Iterator, Sequence

import shapely

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext, groups_of_equal
from landgis.cadastre.rules.placed import keys_of, on_group
from landgis.cadastre.rules.topology.between import Metres, is_hidden, named
from landgis.cadastre.topology.stacks import OnLive

RULE = Rule(
    code="topology.stack",
    severity="warning",
    title={"vi": "Nhiều thửa đất trên cùng một hình", "en": "Several parcels on one polygon"},
    remedy={
        "vi": "Nếu không phải nhà chung cư hay quyền chung, kiểm tra lại hình học.",
        "en": "Unless it is a condominium or a shared right, check the geometry.",
    },
)

RULES = (RULE,)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find groups of rows with equal geometry whose identities differ or are unknown."""
    identity = context.identity
    shape = parcels.geometry_key
    for group in groups_of_equal(shape):
        names = [identity[i] for i in group]
        if None not in names and len(set(names)) == 1:
            continue
        listed = ", ".join(map(str, parcels.row[group]))
        message = {
            "vi": f"Các dòng {listed} có cùng một hình học.",
            "en": f"Rows {listed} have the same geometry.",
        }
        keys = keys_of(parcels, group.tolist(), context)
        yield on_group(RULE, parcels, group, keys, message)


def check_live(stacks: Sequence[OnLive], metres: Metres, epsg: int) -> Iterator[Finding]:
    """Find rows on exactly the polygon of parcels of the register that they are not."""
    for stack in sorted(stacks, key=lambda stack: stack.rows[0].row):
        rows = ", ".join(str(who.row) for who in stack.rows)
        names = [named(who) for who in stack.parcels]
        vi, en = (", ".join(name[lang] for name in names) for lang in ("vi", "en"))
        there = shapely.transform(stack.shape, lambda xy: xy / metres)
        on = shapely.point_on_surface(there)
        yield Finding(
            rule=RULE,
            outcome="fail",
            message={
                "vi": f"Dòng {rows} có cùng một hình với {vi}.",
                "en": f"Row {rows} has the same geometry as {en}.",
            },
            rows=tuple(who.row for who in stack.rows),
            place_xy=(float(on.x), float(on.y)),
            place_epsg=epsg,
            measured=float(len(stack.rows) + len(stack.parcels)),
            limit=1.0,
            unit="rows",
            keys=tuple(sorted(who.key for who in (*stack.rows, *stack.parcels) if who.key)),
            parcels=tuple(who.parcel for who in stack.parcels if not is_hidden(who) and who.parcel),
        )
