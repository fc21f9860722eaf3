"""How far a boundary may be moved to mend it, before it is a matter for those it belongs to."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from landgis.cadastre.limits import Limits

AT_A_NODE = ("geometry.duplicate_vertex", "topology.missing_node")
"""Rules whose fixes put points together that are one point already."""

GAP = "topology.gap"


class Tolerance(NamedTuple):
    """A distance, and where it comes from."""

    metres: float
    why: str
    """Half a sentence for the message of a refusal."""


def tolerance(rule: str, limits: Limits, errors_m: Sequence[float]) -> Tolerance:
    """Answer how far fixes of a rule's findings may move a boundary.

    A boundary may be as far off as its map promises; between two parcels the errors of both add
    up: √(m1² + m2²). What is farther apart may not be mended but must be reported. Source: Circular
    25/2014/TT-BTNMT on matching the edges of sheets (domain B3): class A for the errors, B for
    their combination. It only ever keeps us from doing something.

    Parameters
    ----------
    errors_m
        Largest error of a boundary point of each parcel of the finding by its map scale, NaN
        where that is not known.
    """
    if rule in AT_A_NODE:
        return Tolerance(limits["node_m"].value, "points no farther apart are one point")
    together = math.hypot(*errors_m) if errors_m else math.nan
    widest = limits["gap_m" if rule == GAP else "overlap_m"].value
    if math.isnan(together):
        return Tolerance(widest, "the map scale is not known")
    if rule == GAP:  # a wider strip may be land of its own, however coarse the map
        together = min(together, widest)
    return Tolerance(together, "the error of a boundary at the map scale")
