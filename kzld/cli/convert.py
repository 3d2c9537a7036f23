"""The command `kzld convert`."""

from __future__ import annotations

from pathlib import Path

import click

from kzld.cli.base import SETTINGS, data_option, put, say
from kzld.cli.loading import load_dataset
from kzld.errors import KzldError
from kzld.rdf.files import write_atomically
from kzld.rdf.turtle import write
from kzld.spreadsheets.rows import read_sheets
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
    """Turn a spreadsheet (- is standard input) into canonical Turtle.

    FILE is a CSV file in UTF-8 or a workbook (.xlsx, .ods), of which all sheets are read that
    are not hidden. Each row is a fact or thing. Cells take codes (KAZ), labels in any
    language, prefixed names or IRIs; sources also their web address. A date may have any form
    with one meaning: 2015-05-29, 29.5.2015, May 2015, мая 2015 г. Semicolons separate several
    values. An empty column “id” gets a new name. Tables of `kzld export` come back unchanged.

    If cells are unknown or ambiguous, all of them are listed, by row and column, with the
    candidates; nothing is written and the exit status is 1.

    \b
    kzld convert my-facts.csv -o facts.ttl
    kzld convert my-facts.xlsx
    kzld new membership --csv | kzld convert -
    """
    if output and Path(output).suffix != ".ttl":
        raise KzldError(f"{output}: Turtle goes into a file with the suffix .ttl")
    if output and Path(output).exists() and not force:
        raise KzldError(f"{output} exists already; --force overwrites it")
    sheets = read_sheets([path], load_dataset(data), kind=kind)
    if left_out := sheets[0].table.left_out:
        say(f"{path}: hidden sheets are not read: {', '.join(left_out)}")
    faults = [f"{sheet.name}:{fault}" for sheet in sheets for fault in sheet.faults]
    for fault in faults:
        say(fault)
    if faults:
        say(f"{counted(len(faults), 'cell')} cannot be read; nothing was written")
        raise click.exceptions.Exit(1)
    text = write([quad for sheet in sheets for quad in sheet.quads])
    if output is None or output == "-":
        put(text)
    else:
        write_atomically(Path(output), text.encode())
        rows = sum(len(sheet.rows) for sheet in sheets)
        say(f"{output}: {counted(rows, 'row')}; check it: kzld validate {output}")
