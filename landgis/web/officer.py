"""The page where officers change parcels and reviewers decide on what they did."""

from flask import Blueprint, Response

from landgis.bootstrap import Services
from landgis.web.access import require
from landgis.web.form_pages import FormPages
from landgis.web.pages import page_config
from landgis.web.static import Assets


def blueprint(services: Services) -> Blueprint:
    """Answer the route of the officers' page; who may do what on it, its script asks the API."""
    pages, forms = Blueprint("officer", __name__), FormPages(services)
    assets = Assets(services.settings.static_dir)

    @pages.get("/officer")
    @require("drafts")
    def officer() -> Response:
        config = page_config(services, forms.lang())
        return forms.show("officer.html", asset=assets.url, config=config)

    return pages
