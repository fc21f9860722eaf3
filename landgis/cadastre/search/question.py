"""What a question names, as far as it is understood without the register."""

from dataclasses import dataclass, field

from landgis.cadastre.search.folding import Token
from landgis.cadastre.search.names import SLIP, Called

LONGEST = 200
"""Characters of a question."""


@dataclass
class Question:
    """A question as far as it was understood without the register."""

    text: str
    parcels: list[tuple[str | None, str | None]] = field(default_factory=list)
    """Sheet and number as said; None: not said."""

    pair: tuple[str, str] | None = None
    """Two numbers of which nobody says which is which, in the order they were written."""

    old: bool = False
    """True: the names are said to be those of before."""

    units: list[Called] = field(default_factory=list)
    kind: str | None = None
    """Of the unit, as said."""

    unit_text: str = ""
    rest: list[Token] = field(default_factory=list)
    spoken: list[Token] = field(default_factory=list)
    """The same with the words of the unit, where they may as well be those of a place."""

    @property
    def rest_matters(self) -> bool:
        """Answer whether words stand beside the unit's name that nothing explains."""
        return bool(self.rest) and any(called.fit >= SLIP for called in self.units)
