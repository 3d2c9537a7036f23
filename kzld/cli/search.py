"""The command `kzld search`."""

from __future__ import annotations

import json

import click

from kzld.cli.base import (
    SETTINGS,
    TABLE_FORMATS,
    data_option,
    endpoint_option,
    language_option,
    put,
    say,
    timeout_option,
)
from kzld.cli.loading import load
from kzld.dataset.names import kind_label
from kzld.rdf.namespaces import display
from kzld.text import as_table, delimited


@click.command(
    "search",
    context_settings=SETTINGS,
    short_help="Find things by name, in any language or script.",
)
@click.argument("text")
@click.option("--limit", type=click.IntRange(min=1), default=10, help="Largest number of results.")
@language_option
@data_option
@endpoint_option
@timeout_option
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(TABLE_FORMATS),
    default="table",
    help="Output format.",
)
def command(
    text: str,
    limit: int,
    lang: str,
    data: tuple[str, ...],
    endpoint: str | None,
    timeout: float | None,
    form: str,
) -> None:
    """Find things and concepts by name, in any language, script or near spelling.

    \b
    kzld search Tokaev
    kzld search Қазақстан
    """
    kg = load(data, endpoint, timeout)
    found = kg.search(text, limit=limit)
    kg.dataset.prefetch(match.thing for match in found)
    columns = ["name", "kind", "label", "matched"]
    rows = [
        [
            display(match.thing),
            kind_label(kg.dataset, match.thing, lang),
            kg.dataset.label(match.thing, lang),
            match.name,
        ]
        for match in found
    ]
    if form == "json":
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        put(json.dumps(records, ensure_ascii=False, indent=2) + "\n")
    elif form in ("csv", "tsv"):
        put(delimited(columns, rows, delimiter="\t" if form == "tsv" else ","))
    elif rows:
        put(as_table(columns, rows, markdown=form == "markdown"))
    if not rows:
        say(f"Nothing is called anything like {text!r}.")
