"""What the worker does; each task may be interrupted anywhere and begun again."""

from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from uuid import UUID

from landgis.cadastre.batches import Batch
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, LandgisError, Refused, Unavailable
from landgis.ingest.evidence import Choices
from landgis.jobs.endings import discard, internal, is_lost
from landgis.services.identifying.giving import GivingService
from landgis.services.load import WAITING, LoadService
from landgis.services.publish import PublishService
from landgis.services.pyramid import PyramidService

NOTHING_TO_PUBLISH = ("refused", "failed", "cancelled")

SLICE_S = 20.0
"""How long an import waits for the drawing of tiles at most."""

MOST_ATTEMPTS = 8
"""A job that ended its worker, or lost the database, this often is not begun again."""


def run_load(
    service: LoadService,
    batch_id: UUID,
    path: Path,
    options: dict[str, object],
    author: str,
    attempt: int = 1,
) -> None:
    """Examine and stage a stored upload; what is refused is said on the batch, the file goes.

    Safe to repeat: staging is one transaction, and the file is kept until it has happened.

    Raises
    ------
    Unavailable
        ``database_unavailable``: nothing is settled; the job is to be begun again.
    """
    by = Principal.holding(author, {"import"})
    batch = service.get(batch_id, by)
    if batch.status in WAITING:
        try:
            _give_up(batch, attempt)
            _load(service, batch, path, options, by)
        except LandgisError as error:
            if is_lost(error):
                raise
            service.fail(batch_id, error, refused=isinstance(error, Refused))
        except Exception:
            service.fail(batch_id, internal(batch.file_name), refused=False)
            discard(path)
            raise
    discard(path)


def _load(
    service: LoadService, batch: Batch, path: Path, options: dict[str, object], by: Principal
) -> None:
    def tell(stage: str, done: int, total: int | None) -> None:
        service.tell(batch.batch_id, stage, done, total)

    choices = Choices.from_options(options)
    loaded = service.load(path, choices, by, name=batch.file_name, batch=batch, progress=tell)
    if loaded.already:  # handed in twice at once: the other one was first
        service.fail(batch.batch_id, _already(loaded.batch), refused=True)


def run_publish(
    loads: LoadService,
    service: PublishService,
    batch_id: UUID,
    author: str,
    units: Sequence[str] | None,
    attempt: int = 1,
) -> None:
    """Publish a staged batch; why that is not possible is said on the batch.

    Safe to repeat: a publication is one transaction, which marks its batch.

    Raises
    ------
    Unavailable
        ``database_unavailable``: as for ``run_load``.
    """
    by = Principal.holding(author, {"import"}, None if units is None else frozenset(units))
    batch = loads.get(batch_id, by)
    if batch.status in NOTHING_TO_PUBLISH:  # asked for with the file, which came to nothing
        return
    try:
        _give_up(batch, attempt)
        service.publish(batch_id, by)
    except LandgisError as error:
        if is_lost(error):
            raise
        service.release(batch_id)  # an attempt whose worker died has left it in publication
        loads.note_error(batch_id, error)
    except Exception:
        loads.note_error(batch_id, internal(batch.file_name))
        raise


def run_pyramid(service: PyramidService) -> bool:
    """Draw tiles for a while; answer whether all are drawn.

    Work that came in meanwhile is done before it goes on.
    """
    if not service.is_behind():
        return True
    over = monotonic() + SLICE_S
    _, is_whole = service.build(is_over=lambda: monotonic() > over)
    return is_whole


def run_identify(service: GivingService) -> bool:
    """Give identifiers for a while; answer whether every parcel has been looked at."""
    over = monotonic() + SLICE_S
    _, is_whole = service.give_missing(is_over=lambda: monotonic() > over)
    return is_whole


def _give_up(batch: Batch, attempt: int) -> None:
    if attempt > MOST_ATTEMPTS:
        raise Unavailable(
            "given_up",
            f"{batch.file_name} was begun {MOST_ATTEMPTS} times, and each time its worker or the "
            "database ended; see their logs, then try again",
            attempts=MOST_ATTEMPTS,
        )


def _already(first: Batch) -> Conflict:
    return Conflict(
        "already_imported",
        f"The same file is batch {first.batch_id} already",
        batch_id=str(first.batch_id),
    )
