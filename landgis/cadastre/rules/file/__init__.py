"""What keeps a record of a file from being read; the file itself is refused by ``ingest``."""

from landgis.cadastre.rules.file import unread

RULES = (*unread.RULES,)
