"""Built front end: hashed names are immutable, the rest is asked for again."""

import json
import re
from functools import cached_property
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory
from werkzeug.security import safe_join

from landgis.config import Settings
from landgis.errors import Unavailable
from landgis.web.access import require

HASHED = re.compile(r"^app/assets/.+-[A-Za-z0-9_-]{8,}\.\w+$")


class Assets:
    """The manifest that Vite wrote: source name -> built file and its styles."""

    def __init__(self, static_dir: Path) -> None:
        self._path = static_dir / "app" / "manifest.json"

    @cached_property
    def _manifest(self) -> dict[str, dict[str, object]]:
        try:
            found: dict[str, dict[str, object]] = json.loads(self._path.read_text("utf-8"))
        except OSError as problem:
            raise Unavailable(
                "front_end_missing", "The front end is not built; run: python scripts/build_hook.py"
            ) from problem
        return found

    def url(self, source: str) -> str:
        """Answer the URL of a built entry."""
        return f"/static/app/{self._manifest[source]['file']}"

    def styles(self, source: str) -> list[str]:
        """Answer the URLs of an entry's style sheets, those of its imports included."""
        found: list[str] = []
        waiting = [source]
        while waiting:
            entry = self._manifest[waiting.pop()]
            waiting += [str(i) for i in _names(entry.get("imports"))]
            found += [f"/static/app/{css}" for css in _names(entry.get("css"))]
            if str(entry["file"]).endswith(".css"):
                found.append(f"/static/app/{entry['file']}")
        return list(dict.fromkeys(found))


def _names(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def blueprint(settings: Settings) -> Blueprint:
    """Answer the route of static files."""
    pages = Blueprint("static_files", __name__)

    @pages.get("/static/<path:name>")
    @require("public")
    def static_file(name: str) -> Response:
        response = _packed(settings.static_dir, name) or send_from_directory(
            settings.static_dir, name
        )
        if HASHED.match(name):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers["Cache-Control"] = "no-cache"
        return response

    return pages


def _packed(folder: Path, name: str) -> Response | None:
    """Answer the ``.gz`` that the build laid beside a file, to a client that takes it."""
    path = safe_join(str(folder), f"{name}.gz")
    if path is None or not Path(path).is_file() or not request.accept_encodings["gzip"]:
        return None
    response = send_from_directory(folder, f"{name}.gz", mimetype=guess_type(name)[0])
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response
