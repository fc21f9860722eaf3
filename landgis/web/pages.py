"""The pages people look at."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, render_template

from landgis import geodesy
from landgis.bootstrap import Services
from landgis.errors import NotFound
from landgis.services.history import RETIRED
from landgis.tiling.themes import hex_colour
from landgis.web.access import principal, require
from landgis.web.history import fate, sentences
from landgis.web.render import ParcelRenderer, outline_svg
from landgis.web.static import Assets

LANGUAGES = ("vi", "en")
I18N_DIR = Path(__file__).parent / "i18n"


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Answer every text of a language."""
    texts: dict[str, str] = json.loads((I18N_DIR / f"{lang}.json").read_text("utf-8"))
    return texts


def translator(lang: str) -> Callable[..., str]:
    """Answer a function from key and placeholders to text; an unknown key raises KeyError."""

    def t(key: str, **values: object) -> str:
        text = catalogue(lang)[key]
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    return t


def blueprint(services: Services, renderer: ParcelRenderer) -> Blueprint:
    """Answer the routes of pages."""
    pages = Blueprint("pages", __name__)
    assets = Assets(services.settings.static_dir)

    def show(template: str, lang: str, **values: Any) -> str:
        return render_template(
            template,
            lang=lang,
            t=translator(lang),
            asset=assets.url,
            asset_css=assets.styles,
            config=page_config(services, lang),
            **values,
        )

    @pages.get("/")
    @require("public")
    def home() -> str:
        return show("map.html", services.jurisdiction.languages[0])

    @pages.get("/vi/")
    @require("public")
    def home_vi() -> str:
        return show("map.html", "vi")

    @pages.get("/en/")
    @require("public")
    def home_en() -> str:
        return show("map.html", "en")

    @pages.get("/thua/<name>")
    @require("public")
    def parcel_vi(name: str) -> tuple[str, int]:
        return parcel_page(name, "vi")

    @pages.get("/parcel/<name>")
    @require("public")
    def parcel_en(name: str) -> tuple[str, int]:
        return parcel_page(name, "en")

    def parcel_page(name: str, lang: str) -> tuple[str, int]:
        try:
            record = services.history.shown(name, principal())
            told = services.history.of(str(record.parcel_id), principal())
        except NotFound as absent:
            problem = {"status": 404, "code": absent.code, "detail": absent.message}
            return show("problem.html", lang, problem=problem, about_parcel=True), 404
        drawing = outline_svg(record, translator(lang)("parcel.outline"))
        is_retired = record.status == RETIRED
        page = show(
            "retired.html" if is_retired else "parcel.html",
            lang,
            parcel=renderer.properties(record),
            outline_svg=drawing,
            events=sentences(told, renderer),
            fate=fate(told, renderer) if is_retired else None,
        )
        return page, 200

    return pages


def page_config(services: Services, lang: str) -> dict[str, Any]:
    """Answer what the page's script must know; nothing in it is secret."""
    jurisdiction, state = services.jurisdiction, services.query.state()
    deployment = services.deployments.current()
    west, south, east, north = services.tiles.bounds()
    centre, zoom = services.tiles.start()
    published = jurisdiction.local_time(state.published_at)
    zone = None
    if deployment is not None:
        label = jurisdiction.survey_plane_labels.get(deployment.storage_epsg)
        name = label[lang] if label else geodesy.plane(deployment.storage_epsg).name
        zone = {"epsg": deployment.storage_epsg, "label": name}
    return {
        "lang": lang,
        "languages": list(LANGUAGES),
        "styleUrl": "/tiles/style.json",
        "themes": [
            {"name": one.name, "title": dict(one.title)} for one in services.map_look.themes()
        ],
        "center": list(centre),
        "zoom": zoom,
        "bounds": [west, south, east, north],
        "revision": {
            "revision": state.revision,
            "sequence": state.sequence,
            "published_at": published,
        },
        "jurisdiction": {"code": jurisdiction.code, "name": jurisdiction.name[lang]},
        "surveyZone": zone,
        "certificate": jurisdiction.vocabulary.certificate,
        "units": [
            {"code": u.code, "name": {"vi": u.name, "en": u.name_en}}
            for u in jurisdiction.units
            if u.valid_to is None
        ],
        "landUses": {
            use.code: {"name": dict(use.name), "colour": hex_colour(use.colour)}
            for use in jurisdiction.land_uses.latest()
        },
        "demo": deployment.is_demo if deployment else False,
        "testHooks": services.settings.test_hooks,
    }
