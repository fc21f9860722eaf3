"""Pages of plain forms: one frame, the reader's language, what went wrong in words."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request

from landgis.bootstrap import Services
from landgis.errors import LandgisError
from landgis.web.access import principal, session
from landgis.web.errors import status_of
from landgis.web.pages import LANGUAGES, catalogue, translator
from landgis.web.static import Assets


class FormPages:
    """Renders templates for people who sign in or have done so."""

    def __init__(self, services: Services) -> None:
        self._assets = Assets(services.settings.static_dir)
        self._default = services.jurisdiction.languages[0]
        self._units = {
            u.code: {"vi": u.name, "en": u.name_en}
            for u in services.jurisdiction.units
            if u.valid_to is None
        }

    def lang(self) -> str:
        """Answer the language asked for by ``?lang=``, else the jurisdiction's first."""
        asked = request.args.get("lang", "")
        return asked if asked in LANGUAGES else self._default

    def url(self, path: str, **query: str | None) -> str:
        """Answer a link that keeps the language somebody has chosen."""
        chosen = {"lang": self.lang() if self.lang() != self._default else None, **query}
        words = urlencode({name: value for name, value in chosen.items() if value is not None})
        return f"{path}?{words}" if words else path

    def see(self, location: str, code: int = 303) -> Response:
        """Send the reader to another page."""
        return Response(status=code, headers={"Location": location, "Cache-Control": "no-store"})

    def show(
        self,
        template: str,
        *,
        status: int = 200,
        wrong: LandgisError | None = None,
        **values: Any,
    ) -> Response:
        """Answer a page, with the sentence on what went wrong where something did."""
        lang = self.lang()
        found = session()
        page = render_template(
            template,
            lang=lang,
            t=translator(lang),
            asset_css=self._assets.styles,
            account=None if found is None or found.awaits_totp else found.account,
            csrf="" if found is None else found.csrf,
            may=principal().grants,
            url=self.url,
            in_language=_in_language,
            units=self._units,
            wrong=None if wrong is None else said(wrong, lang),
            **values,
        )
        response = make_response(page, status if wrong is None else status_of(wrong))
        response.headers["Cache-Control"] = "no-store"
        if wrong is not None and "retry_after_s" in wrong.data:
            response.headers["Retry-After"] = str(wrong.data["retry_after_s"])
        return response


def _in_language(lang: str) -> str:
    """Answer the present page in another language."""
    return f"{request.path}?{urlencode({**request.args, 'lang': lang})}"


def said(error: LandgisError, lang: str) -> dict[str, str]:
    """Answer an error as a sentence in a language with its code; English where we have no other."""
    text = catalogue(lang).get(f"account.error.{error.code}", error.message)
    minutes = -(-int(error.data.get("retry_after_s", 0)) // 60)
    return {"text": text.replace("{minutes}", str(minutes)), "code": error.code}
