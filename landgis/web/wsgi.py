"""What a WSGI server loads: one application a process."""

from flask import Flask

from landgis import bootstrap
from landgis.config import Settings
from landgis.web.app import create_app


def application() -> Flask:
    """Answer the application for the environment's settings."""
    settings = Settings.from_env()
    return create_app(bootstrap.build(settings, for_web=True))
