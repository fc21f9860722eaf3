"""Exports, which one command needs: their libraries take a while to load."""

from landgis.bootstrap import Services
from landgis.services.exporting import ExportService
from landgis.store.exports import ExportStore
from landgis.store.staging import StagingStore


def exports(services: Services) -> ExportService:
    """Answer the story of exports on the database of other stories."""
    store = ExportStore(services.database, services.jurisdiction.withheld_uses)
    return ExportService(store, StagingStore(services.database), services.jurisdiction)
