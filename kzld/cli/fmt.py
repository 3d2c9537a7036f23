"""The command `kzld fmt`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from kzld.cli.base import SETTINGS, complain, put, say
from kzld.errors import KzldError
from kzld.rdf.documents import read_document
from kzld.rdf.files import write_atomically
from kzld.rdf.turtle import format_document
from kzld.text import counted


@click.command(
    "fmt", context_settings=SETTINGS, short_help="Write Turtle files in the canonical style."
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if a file would change.")
def command(paths: tuple[str, ...], check: bool) -> None:
    """Write Turtle files (or folders of them; - is standard input) in the canonical style.

    Facts and comments stay as they are; order and white space become uniform.

    \b
    kzld fmt my-facts.ttl
    kzld fmt --check data ontology shapes
    """
    changed, failed, count = 0, 0, 0
    for path in list(_turtle_files(paths)):
        try:
            document = read_document(path)
            text = format_document(document)
            if path == "-":
                put("" if check else text)
            elif text != document.text and not check:
                write_atomically(Path(path), text.encode())
        except KzldError as error:
            failed += complain(str(error)) // 2
            continue
        count += 1
        if text != document.text:
            changed += 1
            if path != "-":
                say(f"{path} {'would be' if check else 'was'} reformatted")
    if not failed and not changed:
        say(f"{counted(count, 'file')} already formatted")
    raise click.exceptions.Exit(2 if failed else int(check and bool(changed)))


def _turtle_files(paths: Iterable[str]) -> Iterable[str]:
    for path in paths:
        if Path(path).is_dir():
            found = sorted(Path(path).rglob("*.ttl"))
            if not found:
                raise KzldError(f"{path}: the folder holds no Turtle file (.ttl)")
            yield from map(str, found)
        elif path != "-" and Path(path).suffix != ".ttl":
            raise KzldError(f"{path}: only Turtle files (.ttl) have a canonical style")
        else:
            yield path
