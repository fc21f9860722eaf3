"""The story of search: one question, ranked answers."""

from collections.abc import Sequence
from datetime import date, datetime

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import Principal
from landgis.cadastre.search import wording
from landgis.cadastre.search.coordinates import pairs
from landgis.cadastre.search.folding import clean
from landgis.cadastre.search.found import Answer, Result, ranked
from landgis.cadastre.search.names import UnitNames
from landgis.cadastre.search.question import LONGEST, Question
from landgis.cadastre.search.reader import Reader
from landgis.errors import UsageError
from landgis.services.query import QueryService
from landgis.services.searching.addresses import AddressSearch
from landgis.services.searching.asker import Asker
from landgis.services.searching.ids import IdentifierSearch
from landgis.services.searching.parcels import ParcelSearch
from landgis.services.searching.points import PointSearch
from landgis.services.searching.ports import Searched
from landgis.services.searching.units import UnitSearch

MOST_RESULTS = 20
"""Results of one answer, at most."""


class SearchService:
    """Answers what one search field is asked."""

    def __init__(self, store: Searched, query: QueryService, jurisdiction: Jurisdiction) -> None:
        self._jurisdiction = jurisdiction
        today = datetime.now(jurisdiction.time_zone).date()
        self._known = _Known(store, query, jurisdiction, today)

    def search(self, text: str, limit: int, by: Principal) -> Answer:
        """Answer at most ``limit`` results, ranked, and what was assumed to find them.

        Raises
        ------
        UsageError
            ``query_empty``, ``query_too_long``.
        """
        if len(text) > LONGEST:
            raise UsageError(
                "query_too_long", f"A question has {LONGEST} characters at most, not {len(text)}"
            )
        if not text.strip():
            raise UsageError("query_empty", "Give a question: ?q=tờ 12 thửa 125")
        answer = Answer(clean(text))
        results = self._known.results(answer, Asker.of(by, self._jurisdiction))
        answer.results, answer.ambiguous, answer.more = ranked(results, min(limit, MOST_RESULTS))
        if answer.ambiguous and not answer.next:
            answer.next.append(wording.CHOOSE)
        return answer


class _Known:
    """The ways of reading a question, surest first, as of one day."""

    def __init__(
        self, store: Searched, query: QueryService, jurisdiction: Jurisdiction, on: date
    ) -> None:
        names = UnitNames(jurisdiction.units, jurisdiction.successions, jurisdiction.vocabulary, on)
        self._notation = jurisdiction.vocabulary.notation
        self._reader = Reader(jurisdiction.vocabulary, names)
        self._parcels = ParcelSearch(store, jurisdiction, names)
        self._points = PointSearch(store, query, jurisdiction, names, self._parcels)
        self._ids = IdentifierSearch(store, jurisdiction, self._parcels, self._points)
        self._units = UnitSearch(jurisdiction, names)
        self._addresses = AddressSearch(store, jurisdiction, names)

    def results(self, answer: Answer, asker: Asker) -> Sequence[Result]:
        """Answer what a cleaned question finds; say in ``answer`` what was assumed."""
        found = self._ids.results(answer, asker)
        if found:
            return found
        asked = pairs(answer.query, self._notation)
        if asked:
            return self._points.results(asked, answer, asker)
        question = self._reader.read(answer.query)
        if question.parcels or question.pair:
            return self._parcels.results(question, answer, asker)
        return self._by_words(question, answer, asker)

    def _by_words(self, question: Question, answer: Answer, asker: Asker) -> Sequence[Result]:
        results = self._addresses.results(question, asker)
        if question.units and not question.rest_matters:
            results += self._units.results(question, answer)
        if not results:
            asked = bool(question.units or question.spoken)
            answer.next.append(wording.CHECK_NUMBERS if asked else wording.NOTHING_ASKED)
        return results
