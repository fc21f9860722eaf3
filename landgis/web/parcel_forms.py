"""The forms in which parcels are answered: GeoJSON, JSON-FG, CSV, FlatGeobuf."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
import orjson
import shapely
from flask import Response, request

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import ParcelRecord
from landgis.cadastre.served import GEOMETRY, PARCELS
from landgis.documents.parcel_files import as_csv, write_flatgeobuf
from landgis.errors import UsageError
from landgis.services.ogc.crs import CRS
from landgis.web.ogc.members import JSONFG_CORE, geojson
from landgis.web.ogc.params import MEMBERS
from landgis.web.parcels import tagged
from landgis.web.render import ParcelRenderer

Form = Literal["geojson", "jsonfg", "csv", "fgb"]
MEDIA_TYPES: Mapping[Form, str] = {
    "geojson": "application/geo+json",
    "jsonfg": MEMBERS["jsonfg"],
    "csv": "text/csv",
    "fgb": "application/flatgeobuf",
}
CHUNK_BYTES = 64 * 1024
POINT = ("lon", "lat")
"""Columns of CSV for a point inside the parcel."""

Facts = Mapping[str, Any]


def asked_form(form: Form | None) -> Form:
    """Answer the form that ``f`` names, else the one that the asker accepts best."""
    if form is not None:
        return form
    offered: dict[str, Form] = {media_type: name for name, media_type in MEDIA_TYPES.items()}
    best = request.accept_mimetypes.best_match(offered)
    return offered[best] if best else "geojson"


class ParcelForms:
    """Writes parcels in any form, with the fields that anyone may see."""

    def __init__(
        self,
        renderer: ParcelRenderer,
        jurisdiction: Jurisdiction,
        storage_epsg: Callable[[], int],
    ) -> None:
        self._renderer = renderer
        self._storage_epsg = storage_epsg
        fields = PARCELS.seen_by_public(jurisdiction.audience).fields
        self._columns = tuple(f.name for f in fields if f.is_returned and f.name != GEOMETRY)
        self._tells_days = any(f.role == "primary-interval-start" for f in fields)

    def one(self, record: ParcelRecord, form: Form, heading: Facts) -> Response:
        """Answer a Feature, or a file with one parcel."""
        if form in {"csv", "fgb"}:
            return self.many([record], form, heading)
        body = {**self._head(form), **self._features([record], form)[0], **heading}
        return _negotiated(tagged(orjson.dumps(body), _type(form)))

    def many(
        self,
        records: Sequence[ParcelRecord],
        form: Form,
        heading: Facts,
        more: Sequence[Facts] | None = None,
    ) -> Response:
        """Answer a FeatureCollection, or a file.

        Parameters
        ----------
        heading
            Members of the collection beside its features.
        more
            Of each parcel, what is said of it beside its own properties.
        """
        extra = more if more is not None else [{}] * len(records)
        if form == "csv":
            return _attached(tagged(self._csv(records, extra), _type(form)), form)
        if form == "fgb":
            return _attached(self._flatgeobuf(records, extra), form)
        features = self._features(records, form)
        for feature, said in zip(features, extra, strict=True):
            feature["properties"] |= said
        body = {
            "type": "FeatureCollection",
            **self._head(form, is_empty=not records),
            **heading,
            "numberReturned": len(features),
            "features": features,
        }
        return _negotiated(tagged(orjson.dumps(body), _type(form)))

    def _head(self, form: Form, *, is_empty: bool = False) -> dict[str, Any]:
        if form != "jsonfg":
            return {}
        # Before its first parcel a register may have no plane of its own.
        crs = {} if is_empty else {"coordRefSys": self._crs().uri}
        return {"conformsTo": [JSONFG_CORE], "featureType": PARCELS.name, **crs}

    def _crs(self) -> CRS:
        return CRS.of_epsg(self._storage_epsg())

    def _features(self, records: Sequence[ParcelRecord], form: Form) -> list[dict[str, Any]]:
        if not records:
            return []
        features = self._renderer.features(records, self._storage_epsg())
        if form == "jsonfg":
            for feature, record in zip(features, records, strict=True):
                feature |= {"time": self._time(record), "place": self._place(record)}
        return features

    def _place(self, record: ParcelRecord) -> Any:
        if not self._renderer.shows_geometry:
            return None
        return geojson(shapely.orient_polygons(record.geom), self._crs())

    def _time(self, record: ParcelRecord) -> dict[str, Any] | None:
        if record.effective_from is None or not self._tells_days:
            return None
        return {"interval": [record.effective_from.isoformat(), ".."]}

    def _rows(
        self, records: Sequence[ParcelRecord], extra: Sequence[Facts]
    ) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
        rows = [
            {**self._renderer.properties(record), **said}
            for record, said in zip(records, extra, strict=True)
        ]
        for row in rows:
            if "land_uses" in row:
                row["land_uses"] = _uses(row["land_uses"])
        said = tuple(extra[0]) if extra else ()
        return (*self._columns, *said), rows

    def _csv(self, records: Sequence[ParcelRecord], extra: Sequence[Facts]) -> bytes:
        columns, rows = self._rows(records, extra)
        if self._renderer.shows_geometry:
            columns = (*columns, *POINT)
            for row, (lon, lat) in zip(rows, self._points(records), strict=True):
                row |= {"lon": lon, "lat": lat}
        return as_csv(columns, rows).encode("utf-8", "replace")

    def _points(self, records: Sequence[ParcelRecord]) -> Any:
        if not records:
            return []
        lonlat = self._renderer.lonlat(records, self._storage_epsg())
        return np.round(shapely.get_coordinates(shapely.point_on_surface(lonlat)), 9).tolist()

    def _flatgeobuf(self, records: Sequence[ParcelRecord], extra: Sequence[Facts]) -> Response:
        if not self._renderer.shows_geometry:
            raise UsageError("no_such_field", "f: FlatGeobuf is boundaries, which are not public")
        columns, rows = self._rows(records, extra)
        lonlat = (
            self._renderer.lonlat(records, self._storage_epsg())
            if records
            else np.empty(0, dtype=object)
        )
        # The file has no name any more once it is open: whatever happens, it is gone in the end.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "parcels.fgb"
            write_flatgeobuf(path, columns, rows, lonlat)
            handle = path.open("rb")
        return _streamed(handle, _type("fgb"))


def _streamed(handle: IO[bytes], mimetype: str) -> Response:
    digest = hashlib.file_digest(handle, "sha256").hexdigest()  # type: ignore[arg-type]
    handle.seek(0)

    def chunks() -> Iterator[bytes]:
        with handle:
            yield from iter(lambda: handle.read(CHUNK_BYTES), b"")

    response = Response(chunks(), mimetype=mimetype)
    response.call_on_close(handle.close)  # nobody asks for the chunks of a 304
    response.set_etag(digest[:32])
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _type(form: Form) -> str:
    return MEDIA_TYPES[form]


def _negotiated(response: Response) -> Response:
    response.vary.add("Accept")
    return response


def _attached(response: Response, form: Form) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=f"parcels.{form}")
    return _negotiated(response)


def _uses(uses: Sequence[Facts]) -> str:
    """Answer land uses in one cell: ``ODT 60 + CLN``, areas in square metres."""
    said = (
        use["code"] if use["area_m2"] is None else f"{use['code']} {use['area_m2']:g}"
        for use in uses
    )
    return " + ".join(said)
