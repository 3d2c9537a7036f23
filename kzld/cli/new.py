"""The command `kzld new`."""

from __future__ import annotations

import click

from kzld.cli.base import SETTINGS, put, say
from kzld.cli.loading import load_dataset
from kzld.dataset.kinds import find_kind
from kzld.errors import KzldError
from kzld.spreadsheets.templates import Templates


@click.command(
    "new",
    context_settings=SETTINGS,
    short_help="Print a template to fill in, Turtle or spreadsheet.",
)
@click.argument("kind", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="A spreadsheet: headings and one example row.")
@click.option(
    "--columns", is_flag=True, help="Explain the columns, and list the codes to choose from."
)
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", help="Language of texts.")
def command(kind: str | None, as_csv: bool, columns: bool, lang: str) -> None:
    """Print a template for a new fact or thing of a KIND; without KIND list the kinds.

    The template is commented Turtle with an example; it passes `kzld validate` unchanged.
    With --csv it is a spreadsheet: headings and one example row. Columns with a * must be
    filled in; others may stay empty or be removed; --columns explains each. With --lang fr,
    semicolons separate the columns, as spreadsheet programs in French expect.

    \b
    kzld new membership
    kzld new membership --csv > my-facts.csv
    kzld new membership --columns
    """
    if as_csv and columns:
        raise KzldError("--csv and --columns exclude each other")
    dataset = load_dataset()
    templates = Templates(dataset, lang)
    if kind is None:
        put(templates.list_kinds())
        return
    found = find_kind(dataset, templates.kinds, kind)
    if columns:
        put(templates.columns(found))
    elif as_csv:
        put("\ufeff" + templates.spreadsheet(found))  # or Excel takes it for Windows-1252
        say(
            "Replace the example row; columns with a * must be filled in. "
            f"`kzld new {found.name} --columns` explains them, `kzld convert` turns it into Turtle."
        )
    else:
        put(templates.turtle(found))
