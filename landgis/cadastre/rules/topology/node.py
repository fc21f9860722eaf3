"""A vertex that a neighbour's boundary passes without a vertex of its own."""

from collections.abc import Iterator, Sequence

import shapely

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.limits import Limits
from landgis.cadastre.rules.topology.between import Metres, finding, named, tolerance
from landgis.cadastre.topology.nodes import Miss

MISSING = Rule(
    code="topology.missing_node",
    severity="info",
    title={"vi": "Thiếu đỉnh trên ranh giới chung", "en": "Node missing on a common boundary"},
    remedy={
        "vi": "Thêm đỉnh của thửa liền kề vào cạnh này; hình dạng không đổi.",
        "en": "Put the neighbour's vertex into this edge; its shape stays.",
    },
    fixes=("insert_node",),
)

NEAR = Rule(
    code="topology.near_miss",
    severity="warning",
    title={"vi": "Đỉnh lệch ranh giới liền kề", "en": "Vertex beside a neighbour's boundary"},
    remedy={
        "vi": "Cho đỉnh trùng với đỉnh hoặc cạnh của thửa liền kề.",
        "en": "Let the vertex meet the vertex or edge of the neighbour.",
    },
    fixes=("snap_vertex",),
)

RULES = (MISSING, NEAR)


def check(misses: Sequence[Miss], limits: Limits, metres: Metres, epsg: int) -> Iterator[Finding]:
    """Find vertices on a neighbour's edge (missing node) or a little beside it (near miss).

    Several parcels may have the vertex that one lacks: it is told once.
    """
    node_m = limits["node_m"].value
    told = set()
    for miss in sorted(misses, key=lambda m: (m.lacking.row, m.place, m.having.row)):
        if (spot := (miss.lacking.itself, miss.place)) in told:
            continue
        told.add(spot)
        parcels, point = (miss.lacking, miss.having), shapely.Point(miss.place)
        if miss.distance_m <= node_m:
            measure = (miss.distance_m, node_m, limits["node_m"].basis)
            yield finding(MISSING, parcels, _missing(miss), point, metres, epsg, measure)
        else:
            measure = (miss.distance_m, *tolerance(*parcels, limits))
            yield finding(NEAR, parcels, _near(miss), point, metres, epsg, measure)


def _missing(miss: Miss) -> dict[str, str]:
    lacking, having = named(miss.lacking), named(miss.having)
    return {
        "vi": f"{lacking['vi'].capitalize()} thiếu một đỉnh mà {having['vi']} có trên ranh giới "
        "chung.",
        "en": f"{lacking['en'].capitalize()} lacks a node that {having['en']} has on their common "
        "boundary.",
    }


def _near(miss: Miss) -> dict[str, str]:
    lacking, having = named(miss.lacking), named(miss.having)
    away = f"{miss.distance_m:.3f}"
    return {
        "vi": f"Một đỉnh của {having['vi']} cách ranh giới của {lacking['vi']} {away} m.",
        "en": f"A vertex of {having['en']} lies {away} m beside the boundary of {lacking['en']}.",
    }
