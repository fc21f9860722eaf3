"""A ring that does not come back to where it begins: nobody can say which side is missing."""

from landgis.cadastre.findings import Rule

RULE = Rule(
    code="geometry.unclosed",
    severity="error",
    title={"vi": "Ranh giới không khép kín", "en": "Boundary that is not closed"},
    remedy={
        "vi": "Bổ sung đỉnh còn thiếu trong tệp gốc rồi nhập lại, hoặc vẽ lại ranh giới của dòng "
        "này tại đây.",
        "en": "Add the missing vertices in the source file and import it again, or give the "
        "boundary of this row here.",
    },
    place="none",
    fixes=("close_ring",),
)
"""Asked by the readers, which make no polygon of such a ring: see ``file.unread``."""

RULES = (RULE,)
