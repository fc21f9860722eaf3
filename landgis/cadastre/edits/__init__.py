"""Edits of parcels as pure functions: split, merge, allocate, number, and what they add up to.

All geometry of one call lies in one survey plane; nothing here transforms, stores or asks.
"""

from landgis.cadastre.edits.allocation import Allotment, combine, propose, settle
from landgis.cadastre.edits.balance import Balance, Trespass, balance, lost_m2, trespasses
from landgis.cadastre.edits.merge import merge
from landgis.cadastre.edits.net import EMPTY, NetChange, Step, change_set, compose
from landgis.cadastre.edits.net_json import digest, from_json, to_json
from landgis.cadastre.edits.nodes import NODE_TOLERANCE_M, insert_nodes, vertices
from landgis.cadastre.edits.numbering import is_created, number, numbered_here, wanted
from landgis.cadastre.edits.sharing import share_nodes
from landgis.cadastre.edits.split import Cut, split
from landgis.cadastre.edits.undo import inverse

__all__ = [
    "EMPTY",
    "NODE_TOLERANCE_M",
    "Allotment",
    "Balance",
    "Cut",
    "NetChange",
    "Step",
    "Trespass",
    "balance",
    "change_set",
    "combine",
    "compose",
    "digest",
    "from_json",
    "insert_nodes",
    "inverse",
    "is_created",
    "lost_m2",
    "merge",
    "number",
    "numbered_here",
    "propose",
    "settle",
    "share_nodes",
    "split",
    "to_json",
    "trespasses",
    "vertices",
    "wanted",
]
