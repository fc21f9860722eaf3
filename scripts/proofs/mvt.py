"""Vector tiles read to the letter of MVT 2.1: what is in them, and every rule they break.

Written from the specification's text, not from any reader, so that a fault that readers forgive
is still seen. Section numbers are those of the specification.
"""

from collections import Counter

from proofs import mvt_geometry as geometry
from proofs import protobuf_wire as wire
from proofs.mvt_geometry import LINESTRING, POINT, POLYGON
from proofs.mvt_tile import Fault, Feature, Layer, Tile, Value
from proofs.protobuf_wire import Broken, Field

MANY = 200
LEAST_PARAMETER = 0xFFFFFFFF
"""How -2^31 is written, which 4.3.2 excludes."""

SAFE_ID = 2**53
"""Ids from here on are not exact in JavaScript."""


def read(content: bytes, shapes_of: frozenset[int] | None = None) -> Tile:
    """Answer an uncompressed tile with all its faults.

    ``shapes_of``: only these polygons of layers with many are read and judged, for who is in haste.
    """
    tile = Tile()
    try:
        for entry in wire.fields(content):
            if entry.number == 3:
                _Reader(tile, shapes_of).read(entry)
            elif entry.number < 16:
                tile.faults.append(Fault("unknown_field"))
    except Broken as broken:
        tile.faults.append(Fault(broken.code))
    names = Counter(layer.name for layer in tile.layers)
    tile.faults += [Fault("name_duplicate", name) for name, n in names.items() if n > 1]
    return tile


class _Reader:
    """Reads one layer into a tile."""

    def __init__(self, tile: Tile, shapes_of: frozenset[int] | None) -> None:
        self._tile = tile
        self._shapes_of = shapes_of
        self._layer = Layer()
        self._keys: list[str] = []
        self._values: list[Value] = []
        self._kinds: list[int] = []
        self._messages: list[bytes] = []
        self._is_named = False

    def read(self, entry: Field) -> None:
        """Read a layer to its last feature, or to where it breaks."""
        self._tile.layers.append(self._layer)
        try:
            for part in wire.fields(entry.bytes()):
                self._field(part)
        except Broken as broken:
            self._say(broken.code)
        self._judge_head()
        for i, message in enumerate(self._messages):
            self._feature(i, message)
        self._judge_features()

    def _field(self, part: Field) -> None:
        match part.number:
            case 1:
                self._layer.name, self._is_named = part.text(), True
            case 2:
                self._messages.append(part.bytes())
            case 3:
                self._keys.append(part.text())
            case 4:
                self._value(part.bytes())
            case 5:
                self._layer.extent = part.integer()
            case 15:
                self._layer.version = part.integer()
            case number if number < 16:
                self._say("unknown_field")

    def _say(self, code: str, feature: int | None = None) -> None:
        self._tile.faults.append(Fault(code, self._layer.name, feature))

    def _judge_head(self) -> None:
        if not self._is_named:
            self._say("name_missing")
        if self._layer.version is None:
            self._say("version_missing")
        elif self._layer.version not in (1, 2):
            self._say("version_unknown")
        elif self._layer.version != 2:
            self._say("version_not_2")
        if self._layer.extent is None:
            self._say("extent_missing")
        elif self._layer.extent == 0:
            self._say("extent_zero")
        if not self._messages:
            self._say("layer_without_features")
        if len(set(self._keys)) < len(self._keys):
            self._say("key_duplicate")
        typed = list(zip(self._kinds, map(repr, self._values), strict=True))
        if len(set(typed)) < len(typed):
            self._say("value_duplicate")

    def _value(self, message: bytes) -> None:
        """Read a value (4.1): exactly one of its fields must be there."""
        found: list[tuple[int, Value]] = []
        for part in wire.fields(message):
            match part.number:
                case 1:
                    found.append((1, part.text()))
                case 2 | 3:
                    found.append((part.number, _floating(part)))
                case 4:
                    number = part.integer()
                    found.append((4, number - 2**64 if number >> 63 else number))
                case 5:
                    found.append((5, part.integer()))
                case 6:
                    found.append((6, (part.integer() >> 1) ^ -(part.integer() & 1)))
                case 7:
                    found.append((7, bool(part.integer())))
                case _:
                    self._say("value_unknown_field")
        if len(found) != 1:
            self._say("value_not_exactly_one")
        self._kinds.append(found[0][0] if found else 0)
        self._values.append(found[0][1] if found else None)

    def _feature(self, i: int, message: bytes) -> None:
        made = Feature(None, 0, {}, [])
        kind: int | None = None
        chunks: list[bytes] = []
        try:
            for part in wire.fields(message):
                match part.number:
                    case 1:
                        made.id = part.integer()
                    case 2:
                        made.properties = self._properties(i, wire.packed(part.bytes()))
                    case 3:
                        kind = part.integer()
                    case 4:
                        chunks.append(part.bytes())
                    case _:
                        self._say("unknown_field", i)
            if kind is None:
                self._say("type_missing", i)
            made.kind = kind or 0
            if self._is_wanted(made):
                self._geometry(i, made, chunks)
        except Broken as broken:
            self._say(broken.code, i)
        self._layer.features.append(made)

    def _is_wanted(self, made: Feature) -> bool:
        if self._shapes_of is None or len(self._messages) < MANY:
            return True
        return made.kind != POLYGON or made.id in self._shapes_of

    def _properties(self, i: int, tags: list[int]) -> dict[str, Value]:
        """Answer the attributes (4.4)."""
        if len(tags) % 2:
            self._say("tags_odd", i)
        found: dict[str, Value] = {}
        for key, value in zip(tags[::2], tags[1::2], strict=False):
            if key >= len(self._keys):
                self._say("key_out_of_range", i)
            elif value >= len(self._values):
                self._say("value_out_of_range", i)
            elif self._keys[key] in found:
                self._say("key_twice", i)
            else:
                found[self._keys[key]] = self._values[value]
        return found

    def _geometry(self, i: int, made: Feature, chunks: list[bytes]) -> None:
        if not chunks:
            raise Broken("geometry_missing")
        if len(chunks) > 1:
            self._say("geometry_twice", i)
        if made.kind not in (POINT, LINESTRING, POLYGON):
            if made.kind:
                raise Broken("type_out_of_range")
            self._say("type_unknown", i)
            return
        numbers = wire.packed(chunks[0])
        if LEAST_PARAMETER in numbers:
            self._say("parameter_out_of_range", i)
        made.parts = geometry.parts(made.kind, numbers)
        if made.kind == POLYGON:
            made.polygons = geometry.polygons(made.parts)

    def _judge_features(self) -> None:
        features = self._layer.features
        pairs = [(i, polygon) for i, f in enumerate(features) for polygon in f.polygons]
        wrong = geometry.anomalies([polygon for _, polygon in pairs])
        for at, code in wrong.items():
            self._say(code, pairs[at][0])
        seen: set[int] = set()
        for i, f in enumerate(features):
            if f.id is None:
                continue
            if f.id in seen:
                self._say("id_duplicate", i)
            if f.id >= SAFE_ID:
                self._say("id_too_large", i)
            seen.add(f.id)


def _floating(part: Field) -> float:
    expected = wire.FIXED32 if part.number == 2 else wire.FIXED64
    if part.wire != expected or not isinstance(part.value, float):
        raise Broken("wrong_wire_type")
    return part.value
