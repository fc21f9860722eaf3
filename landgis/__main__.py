"""``python -m landgis`` is ``landgis``."""

from landgis.cli import main

main(prog_name="landgis")
