"""Is the process alive, can it serve."""

from flask import Blueprint

from landgis.bootstrap import Services
from landgis.web.access import require


def blueprint(services: Services) -> Blueprint:
    """Answer the two health routes."""
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    @require("public")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @pages.get("/readyz")
    @require("public")
    def readyz() -> dict[str, str]:
        services.ready()
        return {"status": "ready"}

    return pages
