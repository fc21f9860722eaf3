"""What an asker may find, and by which fields: the audience table obeyed."""

from dataclasses import dataclass

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import Principal


@dataclass(frozen=True)
class Asker:
    """Rights of who searches."""

    withheld: bool
    fields: frozenset[str]
    """Fields of a parcel that may be searched and shown."""

    @classmethod
    def of(cls, by: Principal, jurisdiction: Jurisdiction) -> "Asker":
        """Answer the rights of a principal; an official's hold only where they hold everywhere."""
        audience = "officer" if by.everywhere("register") else "public"
        table = jurisdiction.audience
        seen = frozenset(name for name in table.fields if table.may_see(audience, name))
        return cls(by.everywhere("withheld"), seen)

    def sees(self, *fields: str) -> bool:
        """Answer whether all these fields may be seen."""
        return self.fields.issuperset(fields)
