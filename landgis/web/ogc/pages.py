"""The documents of OGC API as pages for people: facts, a table, links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import render_template

from landgis.bootstrap import Services
from landgis.web.ogc import links
from landgis.web.ogc.links import Link
from landgis.web.ogc.params import Reading
from landgis.web.pages import translator
from landgis.web.static import Assets

Body = Mapping[str, Any]
STYLES = "src/public/parcel.ts"
COLUMNS = 8
"""Of a table of members; the rest stands on each one's own page."""


@dataclass(frozen=True)
class Table:
    """Rows of cells; a cell may lead somewhere."""

    head: Sequence[str]
    rows: Sequence[Sequence["Cell"]]


@dataclass(frozen=True)
class Cell:
    """A text, and where it leads."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Sheet:
    """What a page shows."""

    title: str
    lead: str = ""
    facts: Sequence[tuple[str, str]] = ()
    table: Table | None = None
    links: Sequence[Link] = ()
    trail: Sequence[Cell] = field(default_factory=tuple)


class Pages:
    """Shows documents in the look of the house."""

    def __init__(self, services: Services) -> None:
        self._assets = Assets(services.settings.static_dir)
        self._deployments = services.deployments
        self._features = services.features

    def landing(self, body: Body, reading: Reading) -> str:
        """Show the landing page."""
        sheet = Sheet(body["title"], body["description"], links=_once(body["links"]))
        return self._show(sheet, reading)

    def definition(self, body: Body, reading: Reading) -> str:
        """Show every operation."""
        t = translator(reading.lang)
        rows = [
            [Cell(path), Cell(operation["get"]["summary"])]
            for path, operation in body["paths"].items()
        ]
        table = Table([t("ogc.path"), t("ogc.what")], rows)
        own = [links.link(links.to("/api", f="json"), "alternate", "json", t("ogc.as_json"))]
        sheet = Sheet(t("ogc.api"), body["info"]["description"], table=table, links=own)
        return self._show(sheet, reading)

    def conformance(self, body: Body, reading: Reading) -> str:
        """Show the classes that are held to."""
        t = translator(reading.lang)
        table = Table([t("ogc.conformance")], [[Cell(uri, uri)] for uri in body["conformsTo"]])
        sheet = Sheet(t("ogc.conformance"), table=table, links=body["links"])
        return self._show(sheet, reading)

    def collections(self, body: Body, reading: Reading) -> str:
        """Show every collection."""
        t = translator(reading.lang)
        rows = [
            [
                Cell(one["title"], links.to(f"/collections/{one['id']}")),
                Cell(one["description"]),
            ]
            for one in body["collections"]
        ]
        table = Table([t("ogc.collections"), t("ogc.what")], rows)
        return self._show(Sheet(t("ogc.collections"), table=table, links=body["links"]), reading)

    def collection(self, body: Body, reading: Reading) -> str:
        """Show one collection."""
        t = translator(reading.lang)
        facts = [(t("ogc.crs"), crs) for crs in body["crs"]]
        box = body.get("extent", {}).get("spatial", {}).get("bbox", [[]])[0]
        if box:
            facts.insert(0, (t("ogc.extent"), ", ".join(f"{side:.5f}" for side in box)))
        sheet = Sheet(body["title"], body["description"], facts, links=_once(body["links"]))
        return self._show(sheet, reading)

    def matrix_sets(self, body: Body, reading: Reading) -> str:
        """Show every set of tile matrices."""
        t = translator(reading.lang)
        rows = [
            [Cell(one["id"], links.to(f"/tileMatrixSets/{one['id']}")), Cell(one["title"])]
            for one in body["tileMatrixSets"]
        ]
        table = Table([t("ogc.matrix_sets"), t("ogc.what")], rows)
        return self._show(Sheet(t("ogc.matrix_sets"), table=table, links=body["links"]), reading)

    def matrix_set(self, body: Body, reading: Reading) -> str:
        """Show the matrices of a set with their scales."""
        t = translator(reading.lang)
        rows = [
            [Cell(one["id"]), Cell(f"1:{_grouped(one['scaleDenominator'], reading.lang)}")]
            for one in body["tileMatrices"]
        ]
        table = Table([t("ogc.matrix"), t("ogc.scale")], rows)
        facts = [(t("ogc.crs"), body["crs"])]
        sheet = Sheet(body["id"], body["title"], facts, table, body["links"])
        return self._show(sheet, reading)

    def tilesets(self, body: Body, reading: Reading) -> str:
        """Show every tile set of something."""
        t = translator(reading.lang)
        rows = [
            [Cell(one["title"], one["links"][0]["href"]), Cell(one["tileMatrixSetId"])]
            for one in body["tilesets"]
        ]
        table = Table([t("ogc.tilesets"), t("ogc.matrix_set")], rows)
        return self._show(Sheet(t("ogc.tilesets"), table=table, links=body["links"]), reading)

    def tileset(self, body: Body, reading: Reading) -> str:
        """Show what a tile set has in it and where its tiles are."""
        t, box = translator(reading.lang), body["boundingBox"]
        sides = ", ".join(f"{side:.5f}" for side in (*box["lowerLeft"], *box["upperRight"]))
        item = next(one for one in body["links"] if one.get("templated"))
        facts = [
            (t("ogc.extent"), sides),
            (t("ogc.crs"), body["crs"]),
            (item["title"], item["href"]),
        ]
        rows = [
            [Cell(one["title"]), Cell(f"{one['minTileMatrix']}–{one['maxTileMatrix']}")]
            for one in body["layers"]
        ]
        table = Table([t("ogc.layer"), t("ogc.matrices")], rows)
        rest = [one for one in body["links"] if one is not item]
        return self._show(Sheet(body["title"], "", facts, table, rest), reading)

    def schema(self, body: Body, reading: Reading) -> str:
        """Show fields with their types."""
        t = translator(reading.lang)
        rows = [
            [Cell(name), Cell(one["title"]), Cell(one.get("format") or one["type"])]
            for name, one in body["properties"].items()
        ]
        table = Table([t("ogc.field"), t("ogc.what"), t("ogc.type")], rows)
        return self._show(Sheet(body["title"], body["description"], table=table), reading)

    def items(self, body: Body, reading: Reading) -> str:
        """Show a page of members."""
        t, collection = translator(reading.lang), self._named(body)
        shy = {"geometry", "uuid"}
        fields = (f for f in collection.fields if f.is_returned and f.role != "id")
        names = [field.name for field in fields if field.kind not in shy]
        shown = [n for n in names if any(_said(f, n, reading) for f in body["features"])][:COLUMNS]
        rows = [
            [
                Cell(str(one["id"]), links.to(f"/collections/{collection.name}/items/{one['id']}")),
                *(Cell(_said(one, name, reading)) for name in shown),
            ]
            for one in body["features"]
        ]
        titles = [collection.field(name) for name in shown]
        head = ["#", *(field.title[reading.lang] for field in titles if field)]
        matched, returned = body.get("numberMatched"), body["numberReturned"]
        count = t("ogc.count", shown=returned, all=t("ogc.many") if matched is None else matched)
        following = [one for one in body["links"] if one["rel"] == "next"]
        rest = [one for one in body["links"] if one["rel"] != "next"]
        sheet = Sheet(
            collection.title[reading.lang], count, (), Table(head, rows), [*following, *rest]
        )
        return self._show(sheet, reading)

    def item(self, body: Body, reading: Reading) -> str:
        """Show one member."""
        address = body["links"][0]["href"].partition("/items/")[0]
        collection = self._features.collection(address.rpartition("/")[2])
        facts = [
            (field.title[reading.lang], _said(body, field.name, reading))
            for field in collection.fields
            if _said(body, field.name, reading)
        ]
        title = f"{collection.title[reading.lang]} {body['id']}"
        return self._show(Sheet(title, facts=facts, links=_once(body["links"])), reading)

    def _named(self, body: Body) -> Any:
        address = body["links"][0]["href"].partition("/items")[0]
        return self._features.collection(address.rpartition("/")[2])

    def _show(self, sheet: Sheet, reading: Reading) -> str:
        t, deployment = translator(reading.lang), self._deployments.current()
        return render_template(
            "ogc.html",
            lang=reading.lang,
            t=t,
            sheet=sheet,
            root=links.root(),
            is_demo=deployment is not None and deployment.is_demo,
            styles=[*self._assets.styles(STYLES), "/static/ogc.css"],
        )


def _once(found: Sequence[Link]) -> list[Link]:
    """Leave out links that lead where one before them does."""
    return list({one["href"]: one for one in reversed(found)}.values())[::-1]


def _grouped(number: float, lang: str) -> str:
    """Answer a whole number as people write it."""
    text = f"{number:,.0f}"
    return text.replace(",", ".") if lang == "vi" else text


def _said(feature: Mapping[str, Any], name: str, reading: Reading) -> str:
    value = feature["properties"].get(name)
    if value is None or value == []:
        return ""
    if isinstance(value, list):
        return ", ".join(str(one.get("code", one)) for one in value)
    if isinstance(value, float) and reading.lang == "vi":
        return f"{value:g}".replace(".", ",") if abs(value) < 1e-4 else str(value).replace(".", ",")  # noqa: PLR2004
    return str(value)
