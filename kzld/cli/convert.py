"""The command `kzld convert`."""

from __future__ import annotations

from pathlib import Path

import click

from kzld.cli.base import SETTINGS, data_option, put, say
from kzld.cli.loading import load_dataset
from kzld.errors import KzldError
from kzld.rdf.files import name_of, write_atomically
from kzld.rdf.turtle import write
from kzld.spreadsheets.rows import read_sheet
from kzld.text import counted


@click.command("convert", context_settings=SETTINGS, short_help="Turn a spreadsheet into Turtle.")
@click.argument("path", metavar="FILE")
@click.option(
    "-o", "--output", metavar="FILE", help="Write to this file instead of standard output."
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.option("--kind", help="Kind of the rows, if neither a column nor the headings tell it.")
@data_option
def command(
    path: str, output: str | None, force: bool, kind: str | None, data: tuple[str, ...]
) -> None:
    """Turn a spreadsheet, a CSV file in UTF-8 (- is standard input), into canonical Turtle.

    Each row is a fact or thing. Cells take codes (KAZ), labels in any language, prefixed
    names or IRIs; sources also their web address; dates the form 2015, 2015-05 or
    2015-05-29. Semicolons separate several values. An empty column “id” gets a new name.

    If cells are unknown or ambiguous, all of them are listed, by row and column, with the
    candidates; nothing is written and the exit status is 1.

    \b
    kzld convert my-facts.csv -o facts.ttl
    kzld new membership --csv | kzld convert -
    """
    if output and Path(output).suffix != ".ttl":
        raise KzldError(f"{output}: Turtle goes into a file with the suffix .ttl")
    if output and Path(output).exists() and not force:
        raise KzldError(f"{output} exists already; --force overwrites it")
    name = name_of(path)
    sheet = read_sheet(path, load_dataset(data), kind=kind)
    for fault in sheet.faults:
        say(f"{name}:{fault}")
    if sheet.faults:
        count = counted(len(sheet.faults), "cell")
        say(f"{count} cannot be read; nothing was written")
        raise click.exceptions.Exit(1)
    text = write(sheet.quads)
    if output is None or output == "-":
        put(text)
    else:
        write_atomically(Path(output), text.encode())
        say(f"{output}: {counted(len(sheet.rows), 'row')}; check it: kzld validate {output}")
