"""The report of the demonstration register, examined once."""

import pytest

from landgis.documents.shown import ImportReport
from tests.documents.reports import DEMO, report_of


@pytest.fixture(scope="session")
def demo_report() -> ImportReport:
    return report_of(DEMO)
