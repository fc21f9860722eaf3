"""What was read from a vector tile, and the rules it breaks."""

from dataclasses import dataclass, field
from typing import NamedTuple

import shapely

from proofs import mvt_geometry as geometry
from proofs.mvt_geometry import LINESTRING, POINT, Part, Polygon

Value = str | float | int | bool | None
"""None: a value message that holds none, which is a fault."""

RECOVERABLE = frozenset(
    {
        "name_duplicate",
        "tags_odd",
        "type_missing",
        "type_out_of_range",
        "geometry_missing",
        "geometry_twice",
        "geometry_empty",
        "line_to_nowhere",
    }
)
"""Rules a reader can step over: the feature or the layer is dropped, the rest stays readable."""

ADVICE = frozenset(
    {
        "layer_without_features",
        "extent_missing",
        "id_duplicate",
        "id_too_large",
        "key_duplicate",
        "parameter_out_of_range",
        "value_duplicate",
        "type_unknown",
        "version_not_2",
    }
)
"""SHOULD in the specification, or a rule of ours; a tile stays valid, ours must have none."""


class Fault(NamedTuple):
    """One broken rule and the layer and feature where it is."""

    code: str
    layer: str = ""
    feature: int | None = None

    @property
    def level(self) -> str:
        """``fatal``, ``recoverable`` or ``advice``."""
        if self.code in ADVICE:
            return "advice"
        return "recoverable" if self.code in RECOVERABLE else "fatal"


@dataclass
class Feature:
    """A feature as it could be read."""

    id: int | None
    kind: int
    properties: dict[str, Value]
    parts: list[Part]
    polygons: list[Polygon] = field(default_factory=list)

    def shape(self) -> shapely.Geometry:
        """Answer the geometry in tile coordinates, y down."""
        if self.kind == POINT:
            return shapely.MultiPoint([part[0] for part in self.parts])
        if self.kind == LINESTRING:
            return shapely.MultiLineString(self.parts)
        shapes = geometry.as_shapes(self.polygons)
        return shapes[0] if len(shapes) == 1 else shapely.multipolygons(shapes)


@dataclass
class Layer:
    """A layer as it could be read."""

    name: str = ""
    version: int | None = None
    extent: int | None = None
    features: list[Feature] = field(default_factory=list)


@dataclass
class Tile:
    """What is in a tile, and what is wrong with it."""

    layers: list[Layer] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def layer(self, name: str) -> list[Feature]:
        """Answer the features of a layer, none when the tile has no such layer."""
        return [f for layer in self.layers if layer.name == name for f in layer.features]

    @property
    def is_valid(self) -> bool:
        """Whether no MUST of the specification is broken."""
        return all(fault.level == "advice" for fault in self.faults)
