"""What a request to ``/ogc`` says: its parameters, the format and the language of the answer."""

from collections.abc import Collection as Names
from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from landgis.cadastre.served import GEOMETRY, Collection
from landgis.errors import UsageError
from landgis.services.ogc.asked import Asked
from landgis.services.ogc.crs import CRS84_URI
from landgis.web.tile_wire import MVT

JSON, HTML, JSONFG = "json", "html", "jsonfg"
DOCUMENT = {JSON: "application/json", HTML: "text/html"}
SCHEMA = {JSON: "application/schema+json", HTML: "text/html"}
OPENAPI = {JSON: "application/vnd.oai.openapi+json;version=3.0", HTML: "text/html"}
MEMBERS = {JSON: "application/geo+json", HTML: "text/html", JSONFG: "application/vnd.ogc.fg+json"}
TILES = {"mvt": MVT}
"""Name of a format in ``f=`` -> media type, for each kind of resource."""

LANGUAGES = ("vi", "en")
EVERYWHERE = ("f", "lang")
"""Parameters of every operation."""

ITEMS = (
    *("limit", "bbox", "bbox-crs", "crs", "datetime"),
    *("filter", "filter-lang", "filter-crs", "sortby", "after"),
)
ITEM = ("crs",)


@dataclass(frozen=True)
class Reading:
    """How an answer is to be written."""

    format: str
    media_type: str
    lang: str
    offered: Mapping[str, str]
    values: Mapping[str, str]
    """Every parameter of the request, each once."""


def read(offered: Mapping[str, str], default_lang: str, allowed: Names[str] = ()) -> Reading:
    """Answer how to answer.

    Raises
    ------
    UsageError
        ``bad_parameter``: one that is not known here, is there twice, or names no format.
    """
    values = _values({*EVERYWHERE, *allowed})
    chosen = values.get("f") or _accepted(offered)
    if chosen not in offered:
        raise bad("f", f"{chosen[:32]!r} is none of {', '.join(offered)}")
    lang = values.get("lang") or request.accept_languages.best_match(LANGUAGES, default_lang)
    if lang not in LANGUAGES:
        raise bad("lang", f"{lang[:32]!r} is none of {', '.join(LANGUAGES)}")
    return Reading(chosen, offered[chosen], lang, offered, values)


def bad(parameter: str, message: str) -> UsageError:
    """Answer the error of a parameter."""
    return UsageError("bad_parameter", f"{parameter}: {message}", parameter=parameter)


def _values(allowed: set[str]) -> dict[str, str]:
    for name, texts in request.args.lists():
        if name not in allowed:
            raise bad(name[:64], f"unknown parameter; there are: {', '.join(sorted(allowed))}")
        if len(texts) > 1:
            raise bad(name, "it is there more than once")
        if "\x00" in texts[0]:
            raise bad(name, "no text of the register holds a NUL")
    return request.args.to_dict()


def _accepted(offered: Mapping[str, str]) -> str:
    by_type = {media_type.split(";")[0]: name for name, media_type in offered.items()}
    first = next(iter(offered))
    by_type.setdefault("application/json", first)
    best = request.accept_mimetypes.best_match(by_type)
    return by_type[best] if best else first


def asked_of(reading: Reading, collection: Collection) -> Asked:
    """Answer what a request for items asks."""
    v = reading.values
    own = {name: text for name, text in v.items() if name in property_parameters(collection)}
    return Asked(
        **{name: v[name] for name in ("limit", "crs") if name in v},
        bbox=v.get("bbox"),
        bbox_crs=v.get("bbox-crs", CRS84_URI),
        datetime=v.get("datetime"),
        filter=v.get("filter"),
        filter_lang=v.get("filter-lang"),
        filter_crs=v.get("filter-crs", CRS84_URI),
        sortby=v.get("sortby"),
        after=v.get("after"),
        properties=own,
    )


def property_parameters(collection: Collection) -> tuple[str, ...]:
    """Answer the queryables that are parameters by their own names."""
    return tuple(name for name in collection.queryables if name != GEOMETRY)
