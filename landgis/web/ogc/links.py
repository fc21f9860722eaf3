"""Links of the answers: absolute, each with what it is to the document and its media type."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from flask import request

from landgis.web.ogc.params import DOCUMENT, JSON, MEMBERS, OPENAPI, SCHEMA, Reading
from landgis.web.pages import translator

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
TILING_SCHEME = f"{REL}tiling-scheme"
Link = dict[str, Any]


def root() -> str:
    """Answer the address of the landing page."""
    return f"{request.root_url}ogc"


def to(path: str, **parameters: str) -> str:
    """Answer the address of a resource below the landing page."""
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"{root()}{quote(path, safe='/:')}{query}"


def link(href: str, rel: str, media_type: str, title: str = "") -> Link:
    """Answer one link."""
    found = {"href": href, "rel": rel, "type": media_type}
    return found | {"title": title} if title else found


def same_in_every_format(path: str, reading: Reading) -> list[Link]:
    """Answer the links to this document, and to itself in its other formats."""
    t = translator(reading.lang)
    given = dict(reading.values)
    links = []
    for name, media_type in reading.offered.items():
        rel = "self" if name == reading.format else "alternate"
        address = to(path, **(given | {"f": name}))
        links.append(link(address, rel, media_type, t(f"ogc.{rel}", format=t(f"ogc.as_{name}"))))
    return sorted(links, key=lambda one: one["rel"] != "self")


def of_tilesets(path: str, lang: str) -> Link:
    """Answer the link from what is drawn to its tile sets."""
    address = to(f"{path}/tiles", f=JSON)
    return link(address, f"{REL}tilesets-vector", DOCUMENT[JSON], translator(lang)("ogc.tilesets"))


def of_landing(reading: Reading) -> list[Link]:
    """Answer the links of the landing page."""
    t = translator(reading.lang)
    return [
        *same_in_every_format("", reading),
        link(to("/api", f="json"), "service-desc", OPENAPI[JSON], t("ogc.api")),
        link(to("/api", f="html"), "service-doc", "text/html", t("ogc.api")),
        link(to("/conformance"), "conformance", DOCUMENT[JSON], t("ogc.conformance")),
        link(to("/conformance"), f"{REL}conformance", DOCUMENT[JSON], t("ogc.conformance")),
        link(to("/collections"), "data", DOCUMENT[JSON], t("ogc.collections")),
        link(to("/collections"), f"{REL}data", DOCUMENT[JSON], t("ogc.collections")),
        of_tilesets("", reading.lang),
        link(to("/tileMatrixSets"), f"{REL}tiling-schemes", DOCUMENT[JSON], t("ogc.matrix_sets")),
    ]


def of_collection(name: str, storage_uri: str, lang: str) -> list[Link]:
    """Answer the links from a collection to its members and to what describes them."""
    t, path = translator(lang), f"/collections/{name}"

    def said(form: str) -> str:
        return t("ogc.members_as", format=t(f"ogc.as_{form}"))

    members = [
        link(to(f"{path}/items", f=form), "items", media_type, said(form))
        for form, media_type in MEMBERS.items()
        if form != "jsonfg"
    ]
    native = to(f"{path}/items", f="jsonfg", crs=storage_uri)
    described = [("queryables", f"{REL}queryables"), ("sortables", f"{REL}sortables")]
    described += [("schema", f"{REL}schema"), ("schema", "describedby")]
    return [
        *members,
        link(native, "items", MEMBERS["jsonfg"], said("jsonfg")),
        *(
            link(to(f"{path}/{what}"), rel, SCHEMA[JSON], t(f"ogc.{what}"))
            for what, rel in described
        ),
    ]


def next_page(path: str, reading: Reading, after: str) -> Link:
    """Answer the link to the page behind the last member of this one."""
    t = translator(reading.lang)
    parameters: Mapping[str, Any] = {**reading.values, "f": reading.format, "after": after}
    return link(to(path, **parameters), "next", reading.media_type, t("ogc.next"))
