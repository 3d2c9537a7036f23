"""Commands that hand on the data set: export, catalog."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from kzld.cli.base import SETTINGS, data_option, load_dataset, put, say
from kzld.errors import KzldError
from kzld.rdf.namespaces import GRAPHS


@click.command(
    "export",
    context_settings=SETTINGS,
    short_help="Write the data set, in any format of RDF or CSV.",
)
@click.option(
    "-f", "--format", "form", metavar="FORMAT",
    help="turtle, trig, ntriples, nquads, jsonld, rdfxml or csv; else told by the name of FILE.",
)  # fmt: skip
@click.option(
    "-o", "--output", metavar="FILE",
    help="Write there; `.gz` compresses. With csv, a FOLDER/ takes a table for each kind.",
)  # fmt: skip
@click.option(
    "--graph", "graphs", multiple=True, metavar="NAME",
    help=f"Only this graph (may be repeated): {', '.join(GRAPHS)}.",
)  # fmt: skip
@click.option("--kind", metavar="KIND", help="The table of one kind, such as membership (csv).")
@click.option("--nested", is_flag=True, help="Facts with what they name inside them (jsonld).")
@click.option(
    "--rdf12", is_flag=True,
    help="Add, in RDF 1.2, the plain triple that a fact is about (not in jsonld, rdfxml, csv).",
)  # fmt: skip
@click.option(
    "--release", metavar="FOLDER", help="Write a new folder with all formats, checksums, catalogue."
)
@click.option(
    "--previous", metavar="OLD",
    help="With --release: a folder or file of the last release, to say what changed.",
)  # fmt: skip
@data_option
def export_command(
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

    Formats without named graphs merge them. csv is one table of all facts; --kind gives
    the full table of one kind, a folder those of all, with a CSVW description.

    \b
    kzld export -o kzld.trig.gz
    kzld export -f nquads --graph data | sha256sum
    kzld export -f csv -o tables/
    kzld export --kind membership > memberships.csv
    kzld export --nested -o kzld.jsonld
    kzld export --release kzld-2026.12.0 --previous kzld-2026.11.1
    """
    from kzld.progress import bar
    from kzld.publish.export import write_tables

    # Ended from outside, too, it takes its temporary files away, as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if previous and not release:
        raise click.UsageError("--previous is for --release.")
    if release:
        if form or output or graphs or kind or nested or rdf12:
            raise click.UsageError("A release has its own formats; give --release alone.")
        _release(Path(release), previous, data)
        return
    form = form or _format_meant(output, kind, nested)
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
    from kzld.progress import bar
    from kzld.publish.release import CHECKSUMS, write_release

    dataset = load_dataset(data)
    with bar("Writing") as progress:
        names = write_release(dataset, folder, previous=previous, progress=progress)
    put("".join(f"{folder / name}\n" for name in names))
    say(f"{len(names)} files; to check them: cd {folder} && sha256sum -c {CHECKSUMS}")


def _write(form: str, output: str | None, data: Sequence[str], **options: Any) -> None:
    from kzld.progress import bar
    from kzld.publish.export import check, write
    from kzld.rdf.files import opened

    check(form, **options)
    dataset = load_dataset(data)
    with bar("Writing") as progress:
        if output is None or output == "-":
            sys.stdout.flush()
            write(dataset, form, sys.stdout.buffer, **options, progress=progress)
            return
        with opened(Path(output)) as file:
            write(dataset, form, file, **options, progress=progress)
    if (written := Path(output)).is_file():
        say(f"{output}: {written.stat().st_size} bytes of {form}")


def _format_meant(output: str | None, kind: str | None, nested: bool) -> str:
    """The format that the other options tell."""
    from kzld.publish.export import SUFFIXES

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
    from kzld.publish.statistics import statistics
    from kzld.rdf.files import write_atomically

    text = statistics(load_dataset())
    if output is None or output == "-":
        put(text)
    else:
        write_atomically(Path(output), text.encode())
        say(f"{output}: written")


@click.command(
    context_settings=SETTINGS, short_help="Say what changed between two states of the data."
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False, default="packaged")
@click.option(
    "-f", "--format", "form", type=click.Choice(("text", "markdown", "json")), default="text",
    help="Output format.",
)  # fmt: skip
@click.option("--exit-code", is_flag=True, help="Exit with 1 if anything changed.")
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", help="Language of labels.")
def diff(old: str, new: str, form: str, exit_code: bool, lang: str) -> None:
    """Say what changed from OLD to NEW, fact by fact and in words.

    Facts are added, removed, ended, corrected, re-ranked, re-sourced or reworded; things
    renamed or replaced; sources added. OLD and NEW are files of RDF (also .gz), folders of
    such files, a release, or a checkout of the project; without NEW, OLD is compared with
    the packaged data, whose name is “packaged”. What is derived is not compared, nor are
    ontology, shapes and catalogue.

    \b
    kzld diff kzld-2026.11.1
    kzld diff kzld-2026.11.1 .
    kzld diff old.nq.gz new.ttl -f markdown > CHANGES.md
    """
    from kzld.publish import diff_text
    from kzld.publish.diff import compare, read

    written = {
        "text": diff_text.as_text,
        "markdown": diff_text.as_markdown,
        "json": diff_text.as_json,
    }
    found = compare(read(old), read(new), language=lang)
    put(written[form](found))
    if exit_code and found:
        raise click.exceptions.Exit(1)


COMMANDS = (export_command, diff, catalog)
