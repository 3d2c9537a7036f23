"""The command `kzld catalog`."""

from __future__ import annotations

from pathlib import Path

import click

from kzld.cli.base import SETTINGS, put, say
from kzld.cli.loading import load_dataset
from kzld.dataset.statistics import statistics
from kzld.rdf.files import write_atomically
from kzld.rdf.turtle import write


@click.command(
    "catalog",
    context_settings=SETTINGS,
    short_help="Compute the figures of the data set's description.",
)
@click.option("-o", "--output", metavar="FILE", help="Write to this file.")
def command(output: str | None) -> None:
    """Compute the figures of the data set's description: fingerprint, period, VoID statistics.

    The written part of the description is in `data/catalog.ttl`; `export --graph catalog`
    gives both. The project stores no file of figures: they follow from the facts.

    \b
    kzld catalog
    kzld catalog -o statistics.ttl
    """
    text = write(statistics(load_dataset()))
    if output is None or output == "-":
        put(text)
    else:
        write_atomically(Path(output), text.encode())
        say(f"{output}: written")
