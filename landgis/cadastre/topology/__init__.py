"""Parcels beside each other, set-wise: overlaps, gaps, nodes that do not meet.

Nothing here judges: what is measured becomes findings in ``rules/topology``.
"""

from landgis.cadastre.topology.cells import Cells, Piece, Shelf
from landgis.cadastre.topology.compare import Compared, Reach, compare
from landgis.cadastre.topology.ground import Ground, Who

__all__ = ["Cells", "Compared", "Ground", "Piece", "Reach", "Shelf", "Who", "compare"]
