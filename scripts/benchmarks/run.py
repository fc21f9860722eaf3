"""Choose a benchmark, run it, print a table or JSON."""

import json
import os
import platform
import sys
from pathlib import Path

import click

from benchmarks import editing, importing, querying, tiling, validating
from benchmarks.rows import Row, table

BENCHMARKS = {
    "edit": editing.measure,
    "import": importing.measure,
    "query": querying.measure,
    "tiles": tiling.measure,
    "validate": validating.measure,
}


def machine() -> dict[str, object]:
    """Answer what the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


@click.command()
@click.argument("name", type=click.Choice(sorted(BENCHMARKS)))
@click.option("--quick", is_flag=True, help="Smaller data; within 5 minutes.")
@click.option("--runs", default=3, show_default=True, type=click.IntRange(3))
@click.option("--json", "as_json", is_flag=True)
def main(name: str, quick: bool, runs: int, as_json: bool) -> None:  # noqa: FBT001
    """Measure NAME; missed bars are printed, not failures."""
    here = machine()
    rows: list[Row] = BENCHMARKS[name](test_data(), quick=quick, runs=runs)
    if as_json:
        document = {"name": name, "machine": here, "rows": [row.document() for row in rows]}
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    click.echo(f"{name}: {here['cores']} cores, {here['memory_gib']} GiB, {runs} interleaved runs")
    click.echo(table(rows))


def test_data() -> Path | None:
    """Answer the folder of the large real data, if it is at hand."""
    given = os.environ.get("LANDGIS_TEST_DATA")
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    if given:
        return Path(given)
    if beside.is_dir():
        return beside
    sys.stderr.write("LANDGIS_TEST_DATA is not set: only the samples are measured\n")
    return None
