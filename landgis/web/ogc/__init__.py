"""OGC API at ``/ogc``: Features parts 1 to 3 and Tiles part 1 over the published register."""
