"""The application: every blueprint, the problems, the guard, the headers."""

from flask import Flask, Response, request
from flask.json.provider import DefaultJSONProvider
from flask_openapi3 import Info, OpenAPI
from werkzeug.middleware.proxy_fix import ProxyFix

from landgis import __version__
from landgis.bootstrap import Services
from landgis.web import (
    access,
    accounts,
    attributes,
    certificates,
    changes,
    drafts,
    errors,
    findings,
    fixes,
    health,
    history,
    idempotency,
    import_pages,
    import_rows,
    imports,
    map_look,
    officer,
    pages,
    parcel_ids,
    parcel_queries,
    parcels,
    raster_tiles,
    rasters,
    resend,
    search,
    sign_in,
    static,
    tiles,
    uploads,
)
from landgis.web.headers import SECURITY_HEADERS
from landgis.web.ogc import routes as ogc
from landgis.web.openapi import document
from landgis.web.parcel_forms import ParcelForms
from landgis.web.render import ParcelRenderer
from landgis.web.tile_front import TileFront

TELLS_OF_CHANGES = ("/api/v1/revision", "/api/v1/changes", "/api/v1/imports")
"""What these answer may send somebody to look at the map."""

BODY_LIMIT_BYTES = 1024**2
"""Of everything but uploads: the longest cut of the largest parcel has a tenth of it."""


def create_app(services: Services) -> Flask:
    """Answer the WSGI application over built services."""
    app = OpenAPI(
        __name__,
        info=Info(title="landgis", version=__version__, description="Parcel register API"),
        responses={"default": errors.Problem},
        validation_error_status=400,
        validation_error_model=errors.Problem,
        validation_error_callback=errors.validation_problem,
        doc_ui=False,
        static_folder=None,
    )
    if isinstance(app.json, DefaultJSONProvider):
        app.json.sort_keys = False
    app.config["MAX_CONTENT_LENGTH"] = services.settings.upload_limit_bytes
    if proxies := services.settings.proxies:
        # Behind TLS only the proxy knows that the browser's connection is secure.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    errors.register(app)

    @app.before_request
    def bound() -> None:
        if request.mimetype not in {"multipart/form-data", uploads.PART}:  # only files are large
            request.max_content_length = BODY_LIMIT_BYTES

    access.register(app, services.access, services.sign_in)
    idempotency.register(app, services.answers)
    _register(app, services)
    document.register(app)

    @app.after_request
    def follow(response: Response) -> Response:
        """Have the tiles of this server show what a request wrote, or tells of, before it ends."""
        if request.method not in access.SAFE or request.path.startswith(TELLS_OF_CHANGES):
            services.fresh.follow_now()
        return response

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    app.wsgi_app = TileFront(app.wsgi_app, services.fresh)  # type: ignore[method-assign]
    return app


def _register(app: OpenAPI, services: Services) -> None:
    """Give the application every route."""
    renderer = ParcelRenderer(services.jurisdiction)
    forms = ParcelForms(renderer, services.jurisdiction, services.query.storage_epsg)
    app.register_api(parcels.blueprint(services.query, renderer))
    of_parcels = (services.query, services.history, services.parcel_lists, renderer, forms)
    app.register_api(parcel_queries.blueprint(*of_parcels))
    app.register_api(search.blueprint(services.search, services.jurisdiction))
    app.register_api(history.blueprint(services.history, renderer))
    app.register_api(parcel_ids.blueprint(services))
    app.register_api(certificates.blueprint(services.certificates, renderer))
    app.register_api(changes.blueprint(services.feed))
    app.register_api(imports.blueprint(services))
    app.register_api(uploads.blueprint(services.uploads))
    app.register_api(import_rows.blueprint(services))
    app.register_api(findings.blueprint(services))
    app.register_api(fixes.blueprint(services))
    app.register_api(resend.blueprint(services))
    app.register_api(attributes.blueprint(services))
    app.register_api(drafts.blueprint(services.editing, services.jurisdiction))
    app.register_api(sign_in.api_blueprint())
    app.register_api(accounts.api_blueprint(services.accounts))
    app.register_blueprint(sign_in.blueprint(services))
    app.register_blueprint(accounts.blueprint(services))
    app.register_blueprint(officer.blueprint(services))
    app.register_blueprint(import_pages.blueprint(services))
    app.register_api(rasters.blueprint(services))
    app.register_blueprint(raster_tiles.blueprint(services.images))
    app.register_api(map_look.blueprint(services.map_look))
    app.register_blueprint(tiles.blueprint(services.tiles, services.officers_tiles))
    app.register_blueprint(static.blueprint(services.settings))
    app.register_blueprint(pages.blueprint(services, renderer))
    app.register_blueprint(ogc.blueprint(services, renderer))
    app.register_blueprint(health.blueprint(services))
