"""landgis over HTTP, for scripts: hand in files, wait, read what became of them; keep a copy.

>>> office = Client("https://land.example", key)  # doctest: +SKIP
>>> for batch in office.import_file(Path("commune.zip")).batches:  # doctest: +SKIP
...     print(office.wait(batch["id"])["counts"])
>>> print(Client("https://land.example").sync(Path("register.sqlite")))  # doctest: +SKIP
"""

from landgis.client.calls import Client, HandedIn
from landgis.client.copies import Synced

__all__ = ["Client", "HandedIn", "Synced"]
