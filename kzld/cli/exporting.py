"""Commands that hand on the data set: export, catalog."""

from __future__ import annotations

from pathlib import Path

import click

from kzld.cli.base import SETTINGS, data_option, load_dataset, put, say
from kzld.dataset import GRAPHS


@click.command("export", context_settings=SETTINGS)
@click.option(
    "-f", "--format", "form", required=True, metavar="FORMAT",
    help="turtle, trig, ntriples, nquads, jsonld, rdfxml, or csv (a table of the facts).",
)  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Write there; `.gz` compresses.")
@click.option(
    "--graph", "graphs", multiple=True, metavar="NAME",
    help=f"Only this graph (may be repeated): {', '.join(GRAPHS)}.",
)  # fmt: skip
@data_option
def export_command(
    form: str, output: str | None, graphs: tuple[str, ...], data: tuple[str, ...]
) -> None:
    """Write the data set. The same facts give the same bytes, on any machine.

    Formats without named graphs merge them.

    \b
    kzld export -f trig -o kzld.trig.gz
    kzld export -f nquads --graph data | sha256sum
    """
    from kzld.export import export, save

    made = export(load_dataset(data), form, graphs or GRAPHS)
    if output is None or output == "-":
        put(made)
    else:
        save(made, Path(output))
        say(f"{output}: {len(made)} bytes of {form}")


@click.command(
    context_settings=SETTINGS, short_help="Compute the figures of the data set's description."
)
@click.option("-o", "--output", metavar="FILE", help="Write there.")
def catalog(output: str | None) -> None:
    """Compute the figures of the data set's description: fingerprint, period, VoID statistics.

    What people wrote of the data set is in `data/catalog.ttl`; `export --graph catalog`
    gives both.

    \b
    kzld catalog
    kzld catalog -o data/statistics.ttl
    """
    from kzld.catalog import statistics
    from kzld.rdf import write_atomically

    text = statistics(load_dataset())
    if output is None or output == "-":
        put(text)
    else:
        write_atomically(Path(output), text.encode())
        say(f"{output}: written")


COMMANDS = (export_command, catalog)
