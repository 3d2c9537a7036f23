"""The command `kzld show`."""

from __future__ import annotations

import json

import click

from kzld.cli.answers import NumberedNotes, fields, iri_of
from kzld.cli.base import (
    SETTINGS,
    data_option,
    day_option,
    endpoint_option,
    language_option,
    put,
    timeout_option,
)
from kzld.cli.loading import load
from kzld.query.cards import Card, Line, description
from kzld.text import counted, fold


@click.command(
    "show",
    context_settings=SETTINGS,
    short_help="Show the card of a thing: names, facts in order of time.",
)
@click.argument("entity")
@day_option
@language_option
@data_option
@endpoint_option
@timeout_option
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(("text", "json", "turtle")),
    default="text",
    help="Output format.",
)
@click.option("--all", "everything", is_flag=True, help="Show all facts, however many there are.")
def command(
    entity: str,
    at: str | None,
    lang: str,
    data: tuple[str, ...],
    endpoint: str | None,
    timeout: float | None,
    form: str,
    everything: bool,
) -> None:
    """Show the card of ENTITY: its names, its facts in order of time, their sources.

    ENTITY is an IRI, a prefixed name, a code or a label in any language. If it has very
    many facts, the text shows the newest; JSON has them all. With -f turtle, its statements
    are shown as the data have them, ready to be edited: see `kzld validate` and `kzld add`.

    \b
    kzld show EAEU
    kzld show KAZ --all
    kzld show Tokayev --at 2022-06-20
    kzld show relation:KAZ-capital-astana --lang fr
    kzld show membership:KAZ-EAEU -f turtle > my-facts.ttl
    """
    graph = load(data, endpoint, timeout)
    if form == "turtle":
        put(description(graph.dataset, entity))
        return
    whole = everything or form == "json"
    card = graph.show(entity, at=at, language=lang, everything=whole)
    if form == "json":
        put(json.dumps(fields(card), ensure_ascii=False, indent=2, default=iri_of) + "\n")
    else:
        put(_text(card, everything=everything))


def _text(card: Card, *, everything: bool) -> str:
    """A card for a terminal: names and properties, facts, sources by their numbers."""
    lines = [fold(f"{card.label} ({card.name})"), fold(card.kind)]
    names: dict[str, list[str]] = {}
    for tag, name in card.names:
        names.setdefault(tag or "code", []).append(name)
    shown = [(tag, " · ".join(values)) for tag, values in names.items()] + card.properties
    lines += [fold(value, indent="    ", first=f"{name}: ") for name, value in shown]
    newest, earlier = card.newest(everything=everything)
    if newest:
        lines.append("")
    if earlier:
        lines.append(f"… {counted(earlier, 'earlier fact')}; all of them:")
        lines.append(f"  kzld show {card.name} --all")
    notes = NumberedNotes()
    lines += [_fact(line, notes) for line in newest]
    if newest:
        lines += ["", "Sources"]
    return "\n".join(lines) + "\n" + notes.text()


def _fact(line: Line, notes: NumberedNotes) -> str:
    status = f"{line.status} {line.last_known}".strip()
    marks = [mark for mark in (line.standing, status) if mark]
    suffix = f" ({', '.join(marks)})" if marks else ""
    when = f"{line.when}  " if line.when else ""
    sources = "; ".join(filter(None, (notes.refer(line.citations), line.support)))
    return fold(f"{when}{line.what}{suffix} [{sources}]", indent="    ", first="")
