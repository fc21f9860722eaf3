"""What other programs read of the register: collections, their fields, what can be asked of them.

One registry: conformance, OpenAPI, schemas, queryables and the allowlist of filters follow from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from landgis.cadastre.audience import Audience

Kind = Literal["text", "uuid", "integer", "number", "date", "moment", "list", "geometry", "boolean"]
"""What a value is; ``moment``: a point in time, ``list``: it is shown, nothing is asked of it."""

GEOMETRY = "geometry"


@dataclass(frozen=True)
class Field:
    """One property of what is served."""

    name: str
    kind: Kind
    title: Mapping[str, str]
    is_returned: bool = True
    """False: it can be asked for and is part of another property."""

    is_queryable: bool = True
    is_sortable: bool = False
    role: str = ""
    """``x-ogc-role`` of the schema."""

    follows: str = ""
    """Field of the audience table that it is part of; ``""``: it stands there itself."""


@dataclass(frozen=True)
class Collection:
    """Things of one kind."""

    name: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    fields: tuple[Field, ...]
    is_surveyed: bool = False
    """True: kept in a survey plane, and given in the jurisdiction's planes as well."""

    is_dated: bool = False
    """True: every member holds from some day, maybe to another."""

    key_kinds: tuple[Kind, ...] = ("text",)
    """Of what orders members where nothing else is asked for, and makes every order total."""

    obeys_audience: bool = True
    """False: what the government publishes of itself; the audience table is of parcels."""

    def field(self, name: str) -> Field | None:
        """Answer a field by name."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def queryables(self) -> Mapping[str, Field]:
        """Answer the fields that filters may name."""
        return MappingProxyType({f.name: f for f in self.fields if f.is_queryable})

    @property
    def sortables(self) -> Mapping[str, Field]:
        """Answer the fields that an order may name."""
        return MappingProxyType({f.name: f for f in self.fields if f.is_sortable})

    @property
    def shows_geometry(self) -> bool:
        """Answer whether the asker may see where things lie."""
        return self.field(GEOMETRY) is not None

    def seen_by_public(self, audience: Audience) -> "Collection":
        """Answer the collection with the fields that anyone may see and no others."""
        if not self.obeys_audience:
            return self
        public = audience.public_fields()
        seen = tuple(f for f in self.fields if (f.follows or f.name) in public)
        return replace(self, fields=seen)


def _words(vi: str, en: str) -> Mapping[str, str]:
    return MappingProxyType({"vi": vi, "en": en})


_PLACE = Field(GEOMETRY, "geometry", _words("Ranh giới", "Boundary"), role="primary-geometry")
_UNIT = Field("unit_code", "text", _words("Mã đơn vị", "Code of the unit"), is_sortable=True)
_SHEET = Field("sheet", "text", _words("Tờ bản đồ", "Map sheet"), is_sortable=True)

PARCELS = Collection(
    "parcels",
    _words("Thửa đất", "Parcels"),
    _words(
        "Thửa đất đang có hiệu lực trong bản công bố mới nhất; không có đất quốc phòng, an ninh.",
        "Live parcels of the newest published revision; defence and security land is left out.",
    ),
    (
        Field("fid", "integer", _words("Số hồ sơ", "Record number"), is_sortable=True, role="id"),
        Field("parcel_id", "uuid", _words("Mã nội bộ", "Canonical id")),
        Field("national_id", "text", _words("Mã định danh thửa đất", "National identifier")),
        Field("national_id_status", "text", _words("Tình trạng mã", "Standing of the identifier")),
        _UNIT,
        Field("unit_name", "text", _words("Tên đơn vị", "Name of the unit")),
        _SHEET,
        Field("number", "text", _words("Số thửa", "Parcel number"), is_sortable=True),
        Field("old_unit_code", "text", _words("Mã đơn vị cũ", "Code of the old unit")),
        Field("old_sheet", "text", _words("Tờ bản đồ cũ", "Old map sheet")),
        Field("old_number", "text", _words("Số thửa cũ", "Old parcel number")),
        Field(
            "area_m2", "number", _words("Diện tích đo (m²)", "Measured area (m²)"), True, True, True
        ),
        Field(
            "register_area_m2",
            "number",
            _words("Diện tích theo hồ sơ (m²)", "Register area (m²)"),
            is_sortable=True,
        ),
        Field("land_uses", "list", _words("Loại đất", "Land uses"), is_queryable=False),
        Field(
            "main_use",
            "text",
            _words("Mã loại đất chính", "Code of the main land use"),
            is_returned=False,
            follows="land_uses",
        ),
        Field("address", "text", _words("Địa chỉ thửa đất", "Address of the parcel")),
        Field("status", "text", _words("Tình trạng", "Status")),
        Field("revision", "integer", _words("Bản công bố", "Revision"), is_sortable=True),
        Field("published_at", "moment", _words("Công bố lúc", "Published at")),
        Field(
            "effective_from",
            "date",
            _words("Có hiệu lực từ", "In force since"),
            is_sortable=True,
            role="primary-interval-start",
        ),
        _PLACE,
    ),
    is_surveyed=True,
    is_dated=True,
    key_kinds=("integer",),
)

UNITS = Collection(
    "units",
    _words("Đơn vị hành chính", "Administrative units"),
    _words(
        "Xã, phường, tỉnh với thời gian tồn tại; ranh giới để tham khảo, không có giá trị pháp lý.",
        "Communes, wards and provinces with their periods; outlines are indicative, not legal.",
    ),
    (
        Field("unit_code", "text", _words("Mã đơn vị", "Code of the unit"), is_sortable=True),
        Field("name", "text", _words("Tên", "Name"), is_sortable=True),
        Field("name_en", "text", _words("Tên tiếng Anh", "Name in English"), is_sortable=True),
        Field("kind", "text", _words("Cấp", "Kind")),
        Field("parent_code", "text", _words("Mã đơn vị cấp trên", "Code of the parent unit")),
        Field(
            "valid_from",
            "date",
            _words("Tồn tại từ", "First day"),
            is_sortable=True,
            role="primary-interval-start",
        ),
        Field(
            "valid_to",
            "date",
            _words("Thôi tồn tại từ", "First day on which it no longer exists"),
            is_sortable=True,
            role="primary-interval-end",
        ),
        _PLACE,
    ),
    is_dated=True,
    obeys_audience=False,
)

SHEETS = Collection(
    "sheets",
    _words("Tờ bản đồ", "Map sheets"),
    _words(
        "Tờ bản đồ địa chính có thửa đất công khai: khung bao quanh các thửa và số thửa.",
        "Cadastral map sheets that hold public parcels: the frame around them and their number.",
    ),
    (
        _UNIT,
        _SHEET,
        Field(
            "parcels",
            "integer",
            _words("Số thửa đất", "Number of parcels"),
            is_sortable=True,
            follows="number",
        ),
        _PLACE,
    ),
    key_kinds=("text", "text"),
)

COLLECTIONS: Mapping[str, Collection] = MappingProxyType(
    {collection.name: collection for collection in (PARCELS, UNITS, SHEETS)}
)
"""By name, in the order in which they are listed."""
