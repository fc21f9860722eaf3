"""Choose a proof, run it, say whether it held."""

import sys
from pathlib import Path

import click

from proofs import (
    by_qgis,
    corpus,
    detect,
    edit_kills,
    fresh,
    freshness,
    gap_race,
    generated,
    kills,
    planter,
    pyramids,
    real_rules,
    storm,
)

PROOFS = {
    "corpus": corpus.prove,
    "corpus-server": corpus.prove_server,
    "detect": detect.prove,
    "fresh": fresh.prove,
    "freshness": freshness.prove,
    "gap-race": gap_race.prove,
    "storm": storm.prove,
    "kills": kills.prove,
    "edit-kills": edit_kills.prove,
    "planter": planter.prove,
    "qgis": by_qgis.prove,
    "real-rules": real_rules.prove,
    "schema": generated.prove,
    "tiles": pyramids.prove,
}
ROUNDS = {
    "corpus": 3000,
    "corpus-server": 300,
    "detect": 560,
    "fresh": 10_000,
    "freshness": 100,
    "gap-race": 200,
    "storm": 300,
    "kills": 50,
    "edit-kills": 20,
    "planter": 1200,
    "qgis": 2,
    "real-rules": 16,
    "schema": 1000,
    "tiles": 5,
}


@click.command()
@click.argument("name", type=click.Choice(sorted(PROOFS)))
@click.option("--rounds", type=click.IntRange(1), help="How long; the full proof by default.")
@click.option("--seed", default=2026, show_default=True)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where the proof qgis keeps its picture.",
)
def main(name: str, rounds: int | None, seed: int, out: Path | None) -> None:
    """Run the proof NAME."""
    rounds = rounds or ROUNDS[name]
    if out is None:
        faults = PROOFS[name](rounds, seed, click.echo)
    elif name == "qgis":
        faults = by_qgis.prove(rounds, seed, click.echo, out)
    else:
        raise click.UsageError(f"--out is for qgis; {name} draws nothing")
    for fault in faults:
        click.echo(f"FAULT {fault}")
    verdict = "holds" if not faults else f"does NOT hold: {len(faults)} faults"
    click.echo(f"{name}: {rounds} rounds, seed {seed}: {verdict}")
    sys.exit(1 if faults else 0)
