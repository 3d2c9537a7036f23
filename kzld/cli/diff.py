"""The command `kzld diff`."""

from __future__ import annotations

import click

from kzld.cli.base import SETTINGS, put
from kzld.publish import diff_text
from kzld.publish.diff import compare, read


@click.command(
    "diff", context_settings=SETTINGS, short_help="Show the changes between two states of the data."
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False, default="packaged")
@click.option(
    "-f", "--format", "form", type=click.Choice(("text", "markdown", "json")), default="text",
    help="Output format.",
)  # fmt: skip
@click.option("--exit-code", is_flag=True, help="Exit with 1 if anything changed.")
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", help="Language of labels.")
def command(old: str, new: str, form: str, exit_code: bool, lang: str) -> None:
    """Show the changes from OLD to NEW, fact by fact and in words.

    Facts are added, removed, ended, corrected, re-ranked, re-sourced or reworded; things
    renamed or replaced; sources added. OLD and NEW are RDF files (also .gz), folders of
    such files, a release, or a checkout of the project. NEW may be left out for the
    packaged data, whose name is “packaged”. Derived statements, ontology, shapes and
    catalogue are not compared.

    \b
    kzld diff kzld-2026.11.1
    kzld diff kzld-2026.11.1 .
    kzld diff old.nq.gz new.ttl -f markdown > CHANGES.md
    """
    written = {
        "text": diff_text.as_text,
        "markdown": diff_text.as_markdown,
        "json": diff_text.as_json,
    }
    found = compare(read(old), read(new), language=lang)
    put(written[form](found))
    if exit_code and found:
        raise click.exceptions.Exit(1)
