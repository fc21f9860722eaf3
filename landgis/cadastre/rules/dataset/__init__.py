"""What is true of a file as a whole."""

from landgis.cadastre.rules.dataset import shift

RULES = (*shift.RULES,)
