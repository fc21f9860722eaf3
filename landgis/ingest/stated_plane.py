"""Which survey plane somebody states: the user, the file, the sender's profile, or nobody."""

from typing import Literal, NamedTuple

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.errors import Refused
from landgis.ingest.evidence import Choices, both
from landgis.ingest.profile import FieldMapping
from landgis.ingest.raw import RawLayer

Text = dict[str, str]


class Stated(NamedTuple):
    """Which coordinate system somebody says it is."""

    epsg: int | None
    by: Literal["user", "file", "profile", "nobody"]
    reason: Text


def stated_by(raw: RawLayer, mapping: FieldMapping, choices: Choices) -> Stated:
    """Answer the statement that counts: the user's, else the file's, else the profile's."""
    if choices.crs is not None:
        return Stated(choices.crs, "user", choices.why("crs"))
    if raw.crs_wkt is not None:
        reason = both("Theo khai báo của tệp.", "As the file declares.")
        return Stated(geodesy.identify(raw.crs_wkt), "file", reason)
    if mapping.profile.crs is not None:
        code = int(mapping.profile.crs.removeprefix("EPSG:"))
        reason = both("Theo mẫu của bên gửi.", "As the sender's profile says.")
        return Stated(code, "profile", reason)
    return Stated(None, "nobody", {})


def unknown(raw: RawLayer, stated: Stated, hint: str) -> Refused:
    """Answer the refusal of a file whose plane nobody states so that it is understood."""
    if stated.by == "file":
        text = (raw.crs_wkt or "")[:60]
        return Refused(
            "crs_not_understood",
            f"{raw.name}: the declared coordinate system is not understood ({text}…); say it with "
            f"--crs EPSG:n{hint}",
        )
    return Refused(
        "crs_missing",
        f"{raw.name}: the file declares no coordinate system (no .prj); say it with --crs EPSG:n"
        f"{hint}",
    )


def require_accepted(raw: RawLayer, epsg: int, jurisdiction: Jurisdiction) -> None:
    """Refuse a plane that no survey of the jurisdiction is made in: ``crs_not_accepted``."""
    accepted = jurisdiction.survey_epsgs
    if accepted and epsg not in accepted:
        listed = ", ".join(f"EPSG:{code}" for code in accepted)
        raise Refused(
            "crs_not_accepted",
            f"{raw.name}: EPSG:{epsg} is not a survey system of {jurisdiction.code}; accepted are "
            f"{listed}. If the file declares it wrongly, say the right one with --crs",
            epsg=epsg,
        )
