"""Give the neighbours of a cut its nodes, so that they share them; take no land in doing so."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.edits.balance import OVERLAP_M2
from landgis.cadastre.edits.nodes import Points, insert_nodes

HARMLESS_M2 = OVERLAP_M2 / 10
"""Ground that a node may take unasked: ten of them are still no overlap that counts."""


def share_nodes(outline: Any, neighbours: Sequence[Any], nodes: Points) -> tuple[Any, ...]:
    """Answer the neighbours with those ``nodes`` as vertices that lie on their boundaries.

    Like ``insert_nodes``, but a node stays out of a neighbour where it would take ground that the
    outline or another neighbour has. That happens at sharp corners, where a node on one boundary is
    less than NODE_TOLERANCE_M from the next one, and where boundaries cross each other by less than
    that. A node on a boundary that runs exactly along the outline always goes in.

    Parameters
    ----------
    outline
        The parcel that was cut, as it was.
    neighbours
        Parcels near it in the same plane; those without a node are answered themselves.
    nodes
        ``(m, 2)``, as ``Cut.nodes``.
    """
    near = np.array([outline, *neighbours], dtype=object)
    return tuple(
        _noded(neighbour, nodes, np.delete(near, i + 1)) for i, neighbour in enumerate(neighbours)
    )


def _noded(neighbour: Any, nodes: Points, others: NDArray[Any]) -> Any:
    noded = insert_nodes(neighbour, nodes)
    if _taken_m2(neighbour, noded, others) <= HARMLESS_M2:
        return noded
    alone = [insert_nodes(neighbour, node) for node in nodes]
    harmless = [_taken_m2(neighbour, one, others) <= HARMLESS_M2 for one in alone]
    return insert_nodes(neighbour, nodes[harmless])


def _taken_m2(neighbour: Any, noded: Any, others: NDArray[Any]) -> float:
    """Answer the area that a neighbour gets by its new nodes though others have it."""
    if noded is neighbour:
        return 0.0
    gained = shapely.difference(noded, neighbour)
    if gained.area <= HARMLESS_M2:
        return 0.0
    return float(shapely.area(shapely.intersection(gained, others)).sum())
