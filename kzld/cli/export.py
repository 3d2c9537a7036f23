"""The command `kzld export`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from kzld.cli.base import SETTINGS, data_option, put, say
from kzld.cli.loading import load_dataset
from kzld.errors import KzldError
from kzld.progress import bar
from kzld.publish.export import SUFFIXES, check, write, write_tables
from kzld.publish.release import CHECKSUMS, write_release
from kzld.rdf.files import open_for_export
from kzld.rdf.namespaces import GRAPHS


@click.command(
    "export",
    context_settings=SETTINGS,
    short_help="Write the data set, in any format of RDF or CSV.",
)
@click.option(
    "-f", "--format", "form", metavar="FORMAT",
    help="turtle, trig, ntriples, nquads, jsonld, rdfxml or csv; by default that of FILE’s suffix.",
)  # fmt: skip
@click.option(
    "-o", "--output", metavar="FILE",
    help="Write to FILE; `.gz` compresses. For csv, a FOLDER/ gets a table for each kind.",
)  # fmt: skip
@click.option(
    "--graph", "graphs", multiple=True, metavar="NAME",
    help=f"Only this graph (may be repeated): {', '.join(GRAPHS)}.",
)  # fmt: skip
@click.option("--kind", metavar="KIND", help="The table of one kind, such as membership (csv).")
@click.option("--nested", is_flag=True, help="Put the things that a fact names inside it (jsonld).")
@click.option(
    "--rdf12", is_flag=True,
    help="Add, in RDF 1.2, the plain triple that a fact is about (not in jsonld, rdfxml, csv).",
)  # fmt: skip
@click.option(
    "--release", metavar="FOLDER", help="Write a new folder with all formats, checksums, catalogue."
)
@click.option(
    "--previous", metavar="OLD",
    help="With --release: a folder or file of the previous release, to list the changes.",
)  # fmt: skip
@data_option
def command(
    form: str | None,
    output: str | None,
    graphs: tuple[str, ...],
    kind: str | None,
    nested: bool,
    rdf12: bool,
    release: str | None,
    previous: str | None,
    data: tuple[str, ...],
) -> None:
    """Write the data set. The same facts give the same bytes, on any machine.

    Formats without named graphs merge the graphs. csv is one table of all facts; --kind gives
    the full table of one kind, a folder those of all kinds, with a CSVW description.

    \b
    kzld export -o kzld.trig.gz
    kzld export -f nquads --graph data | sha256sum
    kzld export -f csv -o tables/
    kzld export --kind membership > memberships.csv
    kzld export --nested -o kzld.jsonld
    kzld export --release kzld-2026.12.0 --previous kzld-2026.11.1
    """
    # SIGTERM also removes the temporary files, like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if previous and not release:
        raise click.UsageError("--previous is for --release.")
    if release:
        if form or output or graphs or kind or nested or rdf12:
            raise click.UsageError("A release has its own formats; give --release alone.")
        _release(Path(release), previous, data)
        return
    form = form or _format_of_options(output, kind, nested)
    if output and _is_folder(output):
        if form != "csv" or kind:
            raise KzldError(f"{output}: is a folder; only csv without --kind writes several files")
        dataset = load_dataset(data)
        with bar("Writing") as progress:
            count = len(write_tables(dataset, Path(output), progress))
        say(f"{output}: {count} files")
        return
    _write(form, output, data, graphs=graphs or GRAPHS, kind=kind, nested=nested, rdf12=rdf12)


def _release(folder: Path, previous: str | None, data: Sequence[str]) -> None:
    dataset = load_dataset(data)
    with bar("Writing") as progress:
        names = write_release(dataset, folder, previous=previous, progress=progress)
    put("".join(f"{folder / name}\n" for name in names))
    say(f"{len(names)} files; to check them: cd {folder} && sha256sum -c {CHECKSUMS}")


def _write(form: str, output: str | None, data: Sequence[str], **options: Any) -> None:
    check(form, **options)
    dataset = load_dataset(data)
    with bar("Writing") as progress:
        if output is None or output == "-":
            sys.stdout.flush()
            write(dataset, form, sys.stdout.buffer, **options, progress=progress)
            return
        with open_for_export(Path(output)) as file:
            write(dataset, form, file, **options, progress=progress)
    if (written := Path(output)).is_file():
        say(f"{output}: {written.stat().st_size} bytes of {form}")


def _format_of_options(output: str | None, kind: str | None, nested: bool) -> str:
    """The format that follows from the other options."""
    if kind:
        return "csv"
    if output and output != "-" and not _is_folder(output):
        name = Path(output.removesuffix(".gz"))
        if found := SUFFIXES.get(name.suffix.lower()):
            return found
        known = ", ".join(SUFFIXES)
        raise KzldError(f"{output}: the format is not told by the name; use {known}, or -f FORMAT")
    if nested:
        return "jsonld"
    raise click.UsageError("Say the format, with -f or by the name of the file (-o kzld.ttl).")


def _is_folder(output: str) -> bool:
    return output.endswith(("/", os.sep)) or Path(output).is_dir()
