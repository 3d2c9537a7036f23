"""Commands that ask: query, ask, show, search."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kzld.cli.base import (
    SETTINGS,
    TABLE_FORMATS,
    TIMEOUT,
    Commands,
    data_option,
    day_option,
    endpoint_option,
    language_option,
    load,
    load_dataset,
    put,
    say,
    timeout_option,
)
from kzld.dataset.citations import Citation, Notes
from kzld.errors import KzldError, QueryError, reason
from kzld.text import as_table, counted, delimited, fold, safe

if TYPE_CHECKING:
    from kzld.query.ask import Answer, Question

_QUERY_FORMATS = ("table", "csv", "tsv", "json", "xml", "markdown", "turtle", "ntriples", "jsonld")
_NEWEST = 50  # facts on a card; more would hide what the card is for


@click.command(
    context_settings=SETTINGS, short_help="Answer a SPARQL query, offline or at an endpoint."
)
@click.argument("sparql", required=False)
@click.option("-q", "--query-file", metavar="FILE", help="Read the query from a file.")
@click.option("-f", "--format", "form", type=click.Choice(_QUERY_FORMATS), help="Output format.")
@data_option
@click.option("--endpoint", metavar="URL", help="Ask this SPARQL endpoint instead.")
@timeout_option
@click.option("--allow-service", is_flag=True, help="Let SERVICE ask other servers.")
def query(
    sparql: str | None,
    query_file: str | None,
    form: str | None,
    data: tuple[str, ...],
    endpoint: str | None,
    timeout: float | None,
    allow_service: bool,
) -> None:
    """Answer a SPARQL 1.1 query (an argument, a file with -q, or - for standard input).

    The project's prefixes need no declaration. Formats: table, csv, tsv, json, xml,
    markdown for SELECT and ASK; turtle, ntriples, jsonld for CONSTRUCT and DESCRIBE.

    \b
    kzld query "SELECT ?body { country:KAZ org:memberOf ?body }"
    kzld query -q question.rq -f csv > answer.csv
    echo "DESCRIBE body:EAEU" | kzld query -
    """
    from kzld.query import sparql as engine

    text = _query_text(sparql, query_file)
    if endpoint:
        from kzld.stores.remote import query as query_endpoint

        if data:
            raise KzldError("--data and --endpoint exclude each other")
        put(_query_result(query_endpoint(endpoint, text, timeout=timeout or TIMEOUT), form))
        return
    if timeout:
        _in_time(text, form, data, timeout, allow_service)
        return
    dataset = load_dataset(data)
    try:
        put(_query_result(engine.run(dataset, text, allow_service=allow_service), form))
    except QueryError as error:
        place = str(error)
        if query_file and place.startswith("query:"):
            place = query_file + place.removeprefix("query")
        raise QueryError(place) from None


def _query_text(sparql: str | None, query_file: str | None) -> str:
    if (sparql is None) == (query_file is None):
        raise KzldError("give one query: as an argument, with -q FILE, or - for standard input")
    try:
        if sparql == "-":
            return sys.stdin.buffer.read().decode("utf-8-sig")
        return sparql if sparql is not None else Path(query_file or "").read_text("utf-8-sig")
    except OSError as error:
        raise KzldError(f"{query_file}: cannot be read ({reason(error)})") from None
    except UnicodeDecodeError:
        raise KzldError(f"{query_file or 'standard input'}: not UTF-8") from None


def _in_time(
    text: str, form: str | None, data: Sequence[str], timeout: float, allow_service: bool
) -> None:
    """Run the query in a process of its own, so that it can be stopped for good."""
    import subprocess

    # -P: not what happens to be called like a module in the working directory.
    command = [sys.executable, "-P", "-m", "kzld", "query", "-"]
    command += ["-f", form] if form else []
    command += [word for path in data for word in ("--data", path)]
    command += ["--allow-service"] if allow_service else []
    try:
        done = subprocess.run(command, input=text.encode(), timeout=timeout, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise KzldError(f"no answer within {timeout:g} seconds; the query was stopped") from None
    raise click.exceptions.Exit(done.returncode)


def _query_result(result: Any, form: str | None) -> bytes | str:
    """A raw result in the format asked for, or in the usual one of its kind."""
    import pyoxigraph as ox

    from kzld.query.sparql import Rows, collect, translate_errors
    from kzld.rdf.namespaces import display

    formats = ox.QueryResultsFormat
    standard = {"csv": formats.CSV, "tsv": formats.TSV, "json": formats.JSON, "xml": formats.XML}
    is_table = isinstance(result, (ox.QuerySolutions, ox.QueryBoolean))
    form = form or ("table" if is_table else "turtle")
    if is_table != (form in _QUERY_FORMATS[:6]):
        kind = "SELECT or ASK" if is_table else "CONSTRUCT or DESCRIBE"
        fitting = _QUERY_FORMATS[:6] if is_table else _QUERY_FORMATS[6:]
        raise KzldError(f"a {kind} query has no format {form}; use {', '.join(fitting)}")
    if not is_table:
        with translate_errors():
            return _triples(list(result), form)
    if isinstance(result, ox.QueryBoolean) and form in ("table", "markdown", "csv", "tsv"):
        return f"{'true' if result else 'false'}\n"
    if form in standard:
        with translate_errors():
            text: bytes = result.serialize(format=standard[form]) or b""
        return text if text.endswith(b"\n") else text + b"\n"
    rows = collect(result)
    assert isinstance(rows, Rows)  # noqa: S101 (ASK was handled above)
    shown = [[display(term) for term in row] for row in rows.rows]
    return as_table(rows.columns, shown, markdown=form == "markdown")


def _triples(triples: list[Any], form: str) -> bytes | str:
    import pyoxigraph as ox

    if form == "turtle":
        from kzld.rdf.turtle import write

        return write(triples)
    if form == "jsonld":
        from kzld.dataset.package import context
        from kzld.rdf.jsonld import Compactor

        return Compactor(context()).document(triples)
    lines = ox.serialize(set(triples), format=ox.RdfFormat.N_TRIPLES) or b""
    return b"".join(sorted(lines.splitlines(keepends=True)))


class _Questions(Commands):
    """The named questions as commands, made from their files."""

    what = "question"

    def list_commands(self, _: click.Context) -> list[str]:
        """The names of the questions."""
        from kzld.query.ask import questions

        return list(questions())

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """The command that asks one question."""
        from kzld.query.ask import questions

        question = questions().get(cmd_name)
        return _question_command(question) if question else None


@click.group("ask", cls=_Questions, invoke_without_command=True, context_settings=SETTINGS)
@click.pass_context
def ask_group(ctx: click.Context) -> None:
    """Answer a named question; without one, list them.

    \b
    kzld ask members --organization EAEU --at 2022-06-20
    kzld ask career --person Tokayev --sources
    """
    if ctx.invoked_subcommand is None:
        from kzld.query.ask import questions

        rows = [[f"kzld ask {q.name} {q.example}".strip(), q.title] for q in questions().values()]
        for command, title in rows:
            put(f"{fold(title)}\n    {command}\n")
        say("\n`kzld ask NAME --help` tells what a question takes.")


def _question_command(question: Question) -> click.Command:
    def run(
        form: str,
        lang: str,
        sources: bool,
        show_sparql: bool,
        data: tuple[str, ...],
        endpoint: str | None,
        timeout: float | None,
        **values: Any,
    ) -> None:
        answer = load(data, endpoint, timeout).ask(question.name, language=lang, **values)
        if show_sparql:
            put(answer.sparql)
            return
        put(_answer(answer, form, sources=sources))
        if not len(answer):
            say(f"No rows: nothing in the data set answers this. {question.title}")

    from kzld.query.ask import AT

    parameters: list[click.Parameter] = [
        click.Option(
            [f"--{p.name}", p.variable],
            required=p.required,
            multiple=p.repeated,
            metavar="DATE" if p.types and "day" in p.types[0] else "NAME",
            help=p.help[0].upper() + p.help[1:] + ".",
        )
        for p in (*question.parameters, AT)
    ]
    sources = click.Option(["--sources"], is_flag=True, help="Say which sources say so.")
    form = click.Option(
        ["-f", "--format", "form"],
        type=click.Choice(TABLE_FORMATS),
        default="table",
        help="Output format.",
    )
    show = click.Option(["--sparql", "show_sparql"], is_flag=True, help="Print the query instead.")
    command = click.Command(
        question.name,
        callback=run,
        params=[*parameters, sources, form, show],
        help=f"{question.title}\n\n\b\nkzld ask {question.name} {question.example}",
        context_settings=SETTINGS,
    )
    return language_option(data_option(endpoint_option(timeout_option(command))))


def _answer(answer: Answer, form: str, *, sources: bool) -> str:
    import json

    if form in ("table", "markdown"):
        return _answer_table(answer, markdown=form == "markdown", sources=sources)
    records = list(answer)
    said = answer.citations() if sources else []
    if form == "json":
        for record, row in zip(records, said, strict=bool(said)):
            record["sources"] = [_fields(citation) for citation in row]
        return json.dumps(records, ensure_ascii=False, indent=2) + "\n"
    columns = answer.record_columns
    rows = [["" if record[c] is None else str(record[c]) for c in columns] for record in records]
    if sources:
        columns.append("sources")
        for cells, citations in zip(rows, said, strict=True):
            cells.append(" | ".join(_cite(c) for c in citations))
    return delimited(columns, rows, delimiter="\t" if form == "tsv" else ",")


def _cite(citation: Citation) -> str:
    side = "" if citation.side == "for" else f"{citation.side}: "
    return f"{side}{citation} <{citation.address}>"


def _answer_table(answer: Answer, *, markdown: bool, sources: bool) -> str:
    if not len(answer):
        return ""
    columns, rows = list(answer.columns), answer.labels()
    if not sources:
        return as_table(columns, rows, markdown=markdown)
    notes = _Notes()
    for row, citations in zip(rows, answer.citations(), strict=True):
        row.append(notes.refer(citations))
    return as_table([*columns, "sources"], rows, markdown=markdown) + "\n" + notes.text()


class _Notes(Notes):
    """Numbered citations at the foot of a table or card."""

    def refer(self, citations: Iterable[Citation]) -> str:
        """`1, 2; against: 3`, numbering citations that are new."""
        return "; ".join(
            ("" if side == "for" else f"{side}: ") + ", ".join(map(str, numbers))
            for side, numbers in self.numbers(citations).items()
        )

    def text(self) -> str:
        """The citations, a number and two lines each."""
        lines = []
        for number, citation in enumerate(self.citations, start=1):
            label = f"[{number}] "
            lines.append(fold(str(citation), indent=" " * len(label), first=label))
            if citation.address:
                lines.append(f"{' ' * len(label)}{safe(citation.address)}")
        return "\n".join(lines) + "\n" if lines else ""


@click.command(
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
    type=click.Choice(("text", "json")),
    default="text",
    help="Output format.",
)
@click.option("--all", "everything", is_flag=True, help="All facts, however many there are.")
def show(
    entity: str,
    at: str | None,
    lang: str,
    data: tuple[str, ...],
    endpoint: str | None,
    timeout: float | None,
    form: str,
    everything: bool,
) -> None:
    """Show what is known of ENTITY: its names, its facts in order of time, their sources.

    ENTITY is an IRI, a prefixed name, a code or a label in any language. Of a thing with
    very many facts the newest are shown, as text; JSON has them all.

    \b
    kzld show EAEU
    kzld show KAZ --all
    kzld show Tokayev --at 2022-06-20
    kzld show relation:KAZ-capital-astana --lang fr
    """
    import json

    card = load(data, endpoint, timeout).show(entity, at=at, language=lang)
    if form == "json":
        put(json.dumps(_fields(card), ensure_ascii=False, indent=2, default=_iri) + "\n")
        return
    lines = [fold(f"{card.label} ({card.name})"), fold(card.kind)]
    names: dict[str, list[str]] = {}
    for tag, name in card.names:
        names.setdefault(tag or "code", []).append(name)
    shown = [(tag, " · ".join(values)) for tag, values in names.items()] + card.properties
    lines += [fold(value, indent="    ", first=f"{name}: ") for name, value in shown]
    notes = _Notes()
    newest = card.lines if everything else card.lines[-_NEWEST:]
    if newest:
        lines.append("")
    if earlier := len(card.lines) - len(newest):
        lines.append(f"… {counted(earlier, 'earlier fact')}; all of them:")
        lines.append(f"  kzld show {card.name} --all")
    for line in newest:
        marks = [mark for mark in (line.standing, line.status) if mark]
        suffix = f" ({', '.join(marks)})" if marks else ""
        when = f"{line.when}  " if line.when else ""
        said = "; ".join(filter(None, (notes.refer(line.citations), line.support)))
        text = f"{when}{line.what}{suffix} [{said}]"
        lines.append(fold(text, indent="    ", first=""))
    if newest:
        lines += ["", "Sources"]
    put("\n".join(lines) + "\n" + notes.text())


def _fields(record: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(record)


def _iri(value: Any) -> str:
    return str(value.value)


@click.command(
    context_settings=SETTINGS, short_help="Find things by name, in any language or script."
)
@click.argument("text")
@click.option("--limit", type=click.IntRange(min=1), default=10, help="How many at most.")
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
def search(
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
    import json

    from kzld.dataset.names import kind_label
    from kzld.rdf.namespaces import display

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


COMMANDS = (query, ask_group, show, search)
