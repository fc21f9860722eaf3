"""landgis over HTTP, for scripts: hand in files, wait, read what became of them.

>>> office = Client("https://land.example", key)  # doctest: +SKIP
>>> for batch in office.import_file(Path("commune.zip")).batches:  # doctest: +SKIP
...     print(office.wait(batch["id"])["counts"])
"""

from landgis.client.calls import Client, HandedIn

__all__ = ["Client", "HandedIn"]
