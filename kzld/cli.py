"""The command `kzld`: each command parses its arguments, calls the library and renders.

Data goes to standard output, all else to standard error. Exit status: 0 done, 1 the data
has violations (or is not formatted), 2 the request was unusable, said in one clear line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NoReturn

import click

from kzld import render
from kzld.dataset import GRAPHS, LANGUAGES, Dataset
from kzld.errors import KzldError, QueryError, did_you_mean, nearest
from kzld.rdf import FORMATS

if TYPE_CHECKING:
    from kzld.api import KnowledgeGraph
    from kzld.ask import Answer, Question
    from kzld.sources import Citation
    from kzld.validation import Base, Report

_QUERY_FORMATS = ("table", "csv", "tsv", "json", "xml", "markdown", "turtle", "ntriples", "jsonld")
_ASK_FORMATS = ("table", "csv", "tsv", "json", "markdown")
_NEWEST = 50  # facts on a card; more would hide what the card is for
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Commands(click.Group):
    """A group whose unknown commands are answered with the nearest known one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown name is an error with a suggestion."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            near = nearest(args[0], self.list_commands(ctx))
            what = "question" if isinstance(self, _Questions) else "command"
            hint = did_you_mean(near, f"see `{ctx.command_path}`")
            raise KzldError(f"there is no {what} {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)


def main() -> NoReturn:
    """Run the command; every expected failure is one line on standard error and status 2."""
    _open_missing_streams()
    try:
        # Outside its standalone mode click returns the status of an Exit.
        status = cli(standalone_mode=False) or 0
        sys.stdout.flush()
    except click.UsageError as error:
        where = f" (see `{error.ctx.command_path} --help`)" if error.ctx else ""
        status = _complain(error.format_message().rstrip(".") + where)
    except click.ClickException as error:
        status = _complain(error.format_message())
    except KzldError as error:
        status = _complain(str(error))
    except (KeyboardInterrupt, click.Abort):
        status = _complain("interrupted")
    except (BrokenPipeError, SystemExit):  # the reader, such as `head`, has had enough;
        _discard_output()  # click turns the one into the other
        status = 0
    except OSError as error:
        status = _complain(f"cannot be done: {(error.strerror or str(error)).lower()}")
        _discard_output()
    _leave(status)


def _leave(status: int) -> NoReturn:
    """End at once: taking the store apart piece by piece would cost a tenth of the time."""
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(status)


def _open_missing_streams() -> None:
    """Stand in for standard streams that the caller closed (`kzld … >&-`)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 (for good)


def _discard_output() -> None:
    """Let nothing more be written to standard output, not even when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(message: str) -> int:
    with suppress(OSError):  # nobody can be told
        click.echo(f"Error: {_safe_lines(message)}", err=True)
    return 2


def _safe_lines(text: str) -> str:
    return "\n".join(render.safe(line) for line in text.split("\n"))


def _put(text: str | bytes) -> None:
    """Write data to standard output, as UTF-8 and as it is."""
    data = text.encode() if isinstance(text, str) else text
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _say(text: str) -> None:
    """Tell the person something that is not data."""
    click.echo(render.safe(text), err=True)


def _load_dataset(data: Sequence[str] = ()) -> Dataset:
    from kzld.dataset import context, load
    from kzld.rdf import read_document

    return load([read_document(path, context=context()) for path in data])


def _load(data: Sequence[str] = ()) -> KnowledgeGraph:
    from kzld.api import load

    return load(*data)


_lang = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="en",
    help="Language of labels and texts; the next best one where it is lacking.",
)
_at = click.option("--at", metavar="DATE", help="As things stood that day: 2022-06-20 or today.")
_data = click.option(
    "--data", multiple=True, metavar="FILE", help="Add an RDF file to the data (may be repeated)."
)


@click.group(cls=_Commands, invoke_without_command=True, context_settings=_SETTINGS)
@click.version_option(package_name="kzld", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Dated, sourced facts about Kazakhstan's external relations, as linked data.

    Without a command: what is here, and what to try.
    """
    if ctx.invoked_subcommand is None:
        from kzld.overview import overview

        _put(overview(_load_dataset()))


# ---------------------------------------------------------------- query


@cli.command(
    context_settings=_SETTINGS, short_help="Answer a SPARQL query, offline or at an endpoint."
)
@click.argument("sparql", required=False)
@click.option("-q", "--query-file", metavar="FILE", help="Read the query from a file.")
@click.option("-f", "--format", "form", type=click.Choice(_QUERY_FORMATS), help="Output format.")
@_data
@click.option("--endpoint", metavar="URL", help="Ask this SPARQL endpoint instead.")
@click.option(
    "--timeout", type=click.FloatRange(min=0.001), metavar="SECONDS", help="Give up then."
)
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
    from kzld import sparql as engine

    text = _query_text(sparql, query_file)
    if endpoint:
        from kzld.stores import query_endpoint

        if data:
            raise KzldError("--data and --endpoint exclude each other")
        _put(_query_result(query_endpoint(endpoint, text, timeout=timeout or 60.0), form))
        return
    if timeout:
        _in_time(text, form, data, timeout, allow_service)
        return
    dataset = _load_dataset(data)
    try:
        _put(_query_result(engine.run(dataset, text, allow_service=allow_service), form))
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
        reason = (error.strerror or str(error)).lower()
        raise KzldError(f"{query_file}: cannot be read ({reason})") from None
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

    from kzld.rdf import display
    from kzld.sparql import Rows, collect, failures_said

    formats = ox.QueryResultsFormat
    standard = {"csv": formats.CSV, "tsv": formats.TSV, "json": formats.JSON, "xml": formats.XML}
    is_table = isinstance(result, (ox.QuerySolutions, ox.QueryBoolean))
    form = form or ("table" if is_table else "turtle")
    if is_table != (form in _QUERY_FORMATS[:6]):
        kind = "SELECT or ASK" if is_table else "CONSTRUCT or DESCRIBE"
        fitting = _QUERY_FORMATS[:6] if is_table else _QUERY_FORMATS[6:]
        raise KzldError(f"a {kind} query has no format {form}; use {', '.join(fitting)}")
    if not is_table:
        with failures_said():
            return _triples(list(result), form)
    if isinstance(result, ox.QueryBoolean) and form in ("table", "markdown", "csv", "tsv"):
        return f"{'true' if result else 'false'}\n"
    if form in standard:
        with failures_said():
            text: bytes = result.serialize(format=standard[form]) or b""
        return text if text.endswith(b"\n") else text + b"\n"
    rows = collect(result)
    assert isinstance(rows, Rows)  # noqa: S101 (ASK was handled above)
    shown = [[display(term) for term in row] for row in rows.rows]
    return render.table(rows.columns, shown, markdown=form == "markdown")


def _triples(triples: list[Any], form: str) -> bytes | str:
    import pyoxigraph as ox

    if form == "turtle":
        from kzld.turtle import write

        return write(triples)
    if form == "jsonld":
        from kzld.dataset import context
        from kzld.jsonld import Compactor

        return Compactor(context()).document({"": triples})
    lines = ox.serialize(set(triples), format=ox.RdfFormat.N_TRIPLES) or b""
    return b"".join(sorted(lines.splitlines(keepends=True)))


# ---------------------------------------------------------------- ask


class _Questions(_Commands):
    """The named questions as commands, made from their files."""

    def list_commands(self, _: click.Context) -> list[str]:
        """The names of the questions."""
        from kzld.ask import questions

        return list(questions())

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """The command that asks one question."""
        from kzld.ask import questions

        question = questions().get(cmd_name)
        return _question_command(question) if question else None


@cli.group("ask", cls=_Questions, invoke_without_command=True, context_settings=_SETTINGS)
@click.pass_context
def ask_group(ctx: click.Context) -> None:
    """Answer a named question; without one, list them.

    \b
    kzld ask members --organization EAEU --at 2022-06-20
    kzld ask career --person Tokayev --sources
    """
    if ctx.invoked_subcommand is None:
        from kzld.ask import questions

        rows = [[f"kzld ask {q.name} {q.example}".strip(), q.title] for q in questions().values()]
        for command, title in rows:
            _put(f"{render.fold(title)}\n    {command}\n")
        _say("\n`kzld ask NAME --help` tells what a question takes.")


def _question_command(question: Question) -> click.Command:
    def run(
        form: str, lang: str, sources: bool, show_sparql: bool, data: tuple[str, ...], **values: Any
    ) -> None:
        answer = _load(data).ask(question.name, language=lang, **values)
        if show_sparql:
            _put(answer.sparql)
            return
        _put(_answer(answer, form, sources=sources))
        if not len(answer):
            _say(f"No rows: nothing in the data set answers this. {question.title}")

    from kzld.ask import AT

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
        type=click.Choice(_ASK_FORMATS),
        default="table",
        help="Output format.",
    )
    show = click.Option(["--sparql", "show_sparql"], is_flag=True, help="Print the query instead.")
    command = click.Command(
        question.name,
        callback=run,
        params=[*parameters, sources, form, show],
        help=f"{question.title}\n\n\b\nkzld ask {question.name} {question.example}",
        context_settings=_SETTINGS,
    )
    return _lang(_data(command))


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
    return render.delimited(columns, rows, delimiter="\t" if form == "tsv" else ",")


def _cite(citation: Citation) -> str:
    side = "" if citation.side == "for" else f"{citation.side}: "
    return f"{side}{citation} <{citation.address}>"


def _answer_table(answer: Answer, *, markdown: bool, sources: bool) -> str:
    if not len(answer):
        return ""
    columns, rows = list(answer.columns), answer.labels()
    if not sources:
        return render.table(columns, rows, markdown=markdown)
    notes = _Notes()
    for row, citations in zip(rows, answer.citations(), strict=True):
        row.append(notes.refer(citations))
    return render.table([*columns, "sources"], rows, markdown=markdown) + "\n" + notes.text()


class _Notes:
    """Numbered citations at the foot of a table or card."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._citations: list[Citation] = []

    def refer(self, citations: Iterable[Citation]) -> str:
        """`1, 2; against: 3`, numbering citations that are new."""
        by_side: dict[str, list[str]] = {}
        for citation in citations:
            if citation.evidence not in self._numbers:
                self._citations.append(citation)
                self._numbers[citation.evidence] = len(self._citations)
            by_side.setdefault(citation.side, []).append(str(self._numbers[citation.evidence]))
        return "; ".join(
            ("" if side == "for" else f"{side}: ") + ", ".join(numbers)
            for side, numbers in by_side.items()
        )

    def text(self) -> str:
        """The citations, a number and two lines each."""
        lines = []
        for number, citation in enumerate(self._citations, start=1):
            label = f"[{number}] "
            lines.append(render.fold(str(citation), indent=" " * len(label), first=label))
            if citation.address:
                lines.append(f"{' ' * len(label)}{render.safe(citation.address)}")
        return "\n".join(lines) + "\n" if lines else ""


# ---------------------------------------------------------------- show, search


@cli.command(
    context_settings=_SETTINGS,
    short_help="Show the card of a thing: names, facts in order of time.",
)
@click.argument("entity")
@_at
@_lang
@_data
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
    entity: str, at: str | None, lang: str, data: tuple[str, ...], form: str, everything: bool
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

    card = _load(data).show(entity, at=at, language=lang)
    if form == "json":
        _put(json.dumps(_fields(card), ensure_ascii=False, indent=2, default=_iri) + "\n")
        return
    lines = [render.fold(f"{card.label} ({card.name})"), render.fold(card.kind)]
    names: dict[str, list[str]] = {}
    for tag, name in card.names:
        names.setdefault(tag or "code", []).append(name)
    shown = [(tag, " · ".join(values)) for tag, values in names.items()] + card.properties
    lines += [render.fold(value, indent="    ", first=f"{name}: ") for name, value in shown]
    notes = _Notes()
    newest = card.lines if everything else card.lines[-_NEWEST:]
    if newest:
        lines.append("")
    if earlier := len(card.lines) - len(newest):
        lines.append(f"… {render.counted(earlier, 'earlier fact')}; all of them:")
        lines.append(f"  kzld show {card.name} --all")
    for line in newest:
        marks = [mark for mark in (line.standing, line.status) if mark]
        suffix = f" ({', '.join(marks)})" if marks else ""
        when = f"{line.when}  " if line.when else ""
        said = "; ".join(filter(None, (notes.refer(line.citations), line.support)))
        text = f"{when}{line.what}{suffix} [{said}]"
        lines.append(render.fold(text, indent="    ", first=""))
    if newest:
        lines += ["", "Sources"]
    _put("\n".join(lines) + "\n" + notes.text())


def _fields(record: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(record)


def _iri(value: Any) -> str:
    return str(value.value)


@cli.command(
    context_settings=_SETTINGS, short_help="Find things by name, in any language or script."
)
@click.argument("text")
@click.option("--limit", type=click.IntRange(min=1), default=10, help="How many at most.")
@_lang
@_data
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(_ASK_FORMATS),
    default="table",
    help="Output format.",
)
def search(text: str, limit: int, lang: str, data: tuple[str, ...], form: str) -> None:
    """Find things and concepts by name, in any language, script or near spelling.

    \b
    kzld search Tokaev
    kzld search Қазақстан
    """
    import json

    from kzld.names import kind_label
    from kzld.rdf import display

    kg = _load(data)
    found = kg.search(text, limit=limit)
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
        _put(json.dumps(records, ensure_ascii=False, indent=2) + "\n")
    elif form in ("csv", "tsv"):
        _put(render.delimited(columns, rows, delimiter="\t" if form == "tsv" else ","))
    elif rows:
        _put(render.table(columns, rows, markdown=form == "markdown"))
    if not rows:
        _say(f"Nothing is called anything like {text!r}.")


# ---------------------------------------------------------------- validate, explain, fmt


@cli.command(
    context_settings=_SETTINGS, short_help="Check files as contributions, with line and remedy."
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(("text", "json", "github", "sarif", "turtle")),
    default="text",
    help="Output format.",
)
@click.option(
    "--input-format",
    type=click.Choice((*FORMATS, "csv")),
    default="turtle",
    help="Syntax of standard input; that of a file is told by its suffix.",
)
@click.option("--watch", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@click.option("--notes", is_flag=True, help="List notes, too, not only errors and warnings.")
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", help="Language of messages.")
@click.option(
    "--engine",
    type=click.Choice(("fast", "pyshacl")),
    default="fast",
    help="What runs the shapes; pyshacl is the slow arbiter.",
)
@click.option(
    "--base",
    multiple=True,
    metavar="FILE",
    help="Check with these files (or folders) instead of the packaged facts; repeat for more.",
)
@click.option(
    "--data-only",
    is_flag=True,
    help="Check the files alone: what they name must be described in them or in the ontology.",
)
def validate(
    paths: tuple[str, ...],
    form: str,
    input_format: str,
    watch: bool,
    notes: bool,
    lang: str,
    engine: str,
    base: tuple[str, ...],
    data_only: bool,
) -> None:
    """Check files as contributions: Turtle, TriG, N-Triples, N-Quads, RDF/XML, JSON-LD, CSV.

    PATH is a file (also with .gz behind its name), a folder, a pattern or - for standard
    input. The files are checked as if merged into the packaged data, but only what they
    cause is reported. Without PATH the packaged data itself is checked. The ontology with
    its concepts is always there. Exit status 1 where there are errors; warnings and notes
    are none. In a spreadsheet (CSV, see `kzld new --csv`) errors are shown by row and column.

    \b
    kzld validate my-facts.ttl
    kzld validate my-facts.csv
    kzld validate -f github "data/**/*.ttl"
    kzld validate - --input-format trig < my-facts.ttl
    """
    from kzld.progress import bar
    from kzld.validation import validate as check

    if (base or data_only) and not paths:
        raise click.UsageError("--base and --data-only need a PATH to check.")
    if base and data_only:
        raise click.UsageError("--base and --data-only exclude each other.")
    other = base if base or data_only else None

    def run(base: Base | None) -> int:
        start = perf_counter()
        syntax = FORMATS.get(input_format)
        with bar("Checking") as progress:
            report = check(
                *paths, engine=engine, language=lang, base=base, syntax=syntax, progress=progress
            )
        _show(report, form, lang, notes=notes, seconds=perf_counter() - start)
        return 2 if report.unreadable else 0 if report.conforms else 1

    if watch:
        _watch(paths, other, run)
    else:
        raise click.exceptions.Exit(run(other))


def _show(report: Report, form: str, lang: str, *, notes: bool, seconds: float) -> None:
    from kzld import interchange
    from kzld import report as for_people

    if form == "json":
        _put(interchange.as_json(report))
    elif form == "sarif":
        _put(interchange.as_sarif(report, lang))
    elif form == "turtle":
        _put(interchange.as_turtle(report, lang))
    elif form == "github":
        _put(interchange.as_annotations(report, notes=notes))
    else:
        style = for_people.coloured if render.has_colour() else for_people.plain
        shown = [f for f in report.findings if notes or f.severity != "note"]
        _put("".join(for_people.as_text(finding, style, lang) for finding in shown))
    for error in report.unreadable:
        _complain(str(error))
    if form in ("text", "github") and report.triples:
        _say(for_people.summary(report, notes=notes, seconds=seconds, language=lang))


def _watch(paths: Sequence[str], other: Base | None, check: Callable[[Dataset], int]) -> None:
    """Check now and at each change; Ctrl-C is the way to end it, and no failure."""
    from kzld.validation import loaded
    from kzld.watch import changes

    if not paths or "-" in paths:
        raise KzldError("--watch needs files or folders to look at")
    with suppress(KeyboardInterrupt):
        base = loaded(other)
        for moment in changes(paths):
            _say(f"---- {moment:%H:%M:%S} {'-' * 60}")
            check(base)


@cli.command(
    context_settings=_SETTINGS, short_help="Say what a rule wants, with a good and a bad example."
)
@click.argument("rule", required=False)
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", help="Language of texts.")
def explain(rule: str | None, lang: str) -> None:
    """Say what RULE wants and why, with a good and a bad example; without RULE list them.

    \b
    kzld explain open-state-last-known
    """
    from kzld.explain import explain_rule, list_rules

    if rule is None:
        _put(render.table(["rule", "severity", "asks"], list_rules(lang)))
        return
    _put(explain_rule(rule, lang))


@cli.command(context_settings=_SETTINGS, short_help="Write Turtle files in the canonical style.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if a file would change.")
def fmt(paths: tuple[str, ...], check: bool) -> None:
    """Write Turtle files (or folders of them; - is standard input) in the canonical style.

    Facts and comments stay as they are; order and white space become uniform.

    \b
    kzld fmt my-facts.ttl
    kzld fmt --check data ontology shapes
    """
    from kzld.rdf import read_document, write_atomically
    from kzld.turtle import format_document

    changed, failed, count = 0, 0, 0
    for path in list(_turtle_files(paths)):
        try:
            document = read_document(path)
            text = format_document(document)
            if path == "-":
                _put("" if check else text)
            elif text != document.text and not check:
                write_atomically(Path(path), text.encode())
        except KzldError as error:
            failed += _complain(str(error)) // 2
            continue
        count += 1
        if text != document.text:
            changed += 1
            if path != "-":
                _say(f"{path} {'would be' if check else 'was'} reformatted")
    if not failed and not changed:
        _say(f"{render.counted(count, 'file')} already formatted")
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


# ---------------------------------------------------------------- new, convert


@cli.command(
    context_settings=_SETTINGS, short_help="Print a template to fill in, Turtle or spreadsheet."
)
@click.argument("kind", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="A spreadsheet: headings and one example row.")
@click.option(
    "--columns", is_flag=True, help="Explain the columns, and list the codes to choose from."
)
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", help="Language of texts.")
def new(kind: str | None, as_csv: bool, columns: bool, lang: str) -> None:
    """Print a template for a new fact or thing of a KIND; without KIND list the kinds.

    The template is commented Turtle with an example; it passes `kzld validate` as it is.
    With --csv it is a spreadsheet: headings and one example row. Columns with a * must be
    filled in, the others may stay empty or go; --columns says what each takes. With
    --lang fr it is parted by semicolons, as spreadsheet programs set to French expect.

    \b
    kzld new membership
    kzld new membership --csv > my-facts.csv
    kzld new membership --columns
    """
    from kzld.kinds import find_kind
    from kzld.templates import Templates

    if as_csv and columns:
        raise KzldError("--csv and --columns exclude each other")
    dataset = _load_dataset()
    templates = Templates(dataset, lang)
    if kind is None:
        _put(templates.list_kinds())
        return
    found = find_kind(dataset, templates.kinds, kind)
    if columns:
        _put(templates.columns(found))
    elif as_csv:
        _put("\ufeff" + templates.spreadsheet(found))  # else Excel takes it for Windows-1252
        _say(
            "Replace the example row; columns with a * must be filled in. "
            f"`kzld new {found.name} --columns` explains them, `kzld convert` makes Turtle of it."
        )
    else:
        _put(templates.turtle(found))


@cli.command(context_settings=_SETTINGS, short_help="Make Turtle of a spreadsheet.")
@click.argument("path", metavar="FILE")
@click.option("-o", "--output", metavar="FILE", help="Write there instead of to standard output.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--kind", help="What the rows are, where neither a column nor the headings say it.")
@_data
def convert(
    path: str, output: str | None, force: bool, kind: str | None, data: tuple[str, ...]
) -> None:
    """Make canonical Turtle of a spreadsheet, a CSV file in UTF-8 (- is standard input).

    Each row is a fact or thing. Cells take codes (KAZ), labels in any language, prefixed
    names or IRIs; sources also by web address; dates as 2015, 2015-05 or 2015-05-29;
    several values are parted by semicolons. Names are made where the column “id” is empty.

    Cells that are unknown or could mean several things are all listed, by row and column,
    with the candidates; then nothing is written and the exit status is 1.

    \b
    kzld convert my-facts.csv -o facts.ttl
    kzld new membership --csv | kzld convert -
    """
    from kzld.rdf import name_of, write_atomically
    from kzld.sheets import read_sheet
    from kzld.turtle import write

    if output and Path(output).suffix != ".ttl":
        raise KzldError(f"{output}: Turtle goes into a file with the suffix .ttl")
    if output and Path(output).exists() and not force:
        raise KzldError(f"{output} is there already; --force writes over it")
    name = name_of(path)
    sheet = read_sheet(path, _load_dataset(data), kind=kind)
    for fault in sheet.faults:
        _say(f"{name}:{fault}")
    if sheet.faults:
        count = render.counted(len(sheet.faults), "cell")
        _say(f"{count} cannot be read; nothing was written")
        raise click.exceptions.Exit(1)
    text = write(sheet.quads)
    if output is None or output == "-":
        _put(text)
    else:
        write_atomically(Path(output), text.encode())
        _say(
            f"{output}: {render.counted(len(sheet.rows), 'row')}; check it: kzld validate {output}"
        )


# ---------------------------------------------------------------- export


@cli.command("export", context_settings=_SETTINGS)
@click.option(
    "-f", "--format", "form", required=True, metavar="FORMAT",
    help="turtle, trig, ntriples, nquads, jsonld, rdfxml, or csv (a table of the facts).",
)  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Write there; `.gz` compresses.")
@click.option(
    "--graph", "graphs", multiple=True, metavar="NAME",
    help=f"Only this graph (may be repeated): {', '.join(GRAPHS)}.",
)  # fmt: skip
@_data
def export_command(
    form: str, output: str | None, graphs: tuple[str, ...], data: tuple[str, ...]
) -> None:
    """Write the data set. The same facts give the same bytes, on any machine.

    Formats without named graphs merge them.

    \b
    kzld export -f trig -o kzld.trig.gz
    kzld export -f nquads --graph data | sha256sum
    """
    from kzld.export import export, save

    made = export(_load_dataset(data), form, graphs or GRAPHS)
    if output is None or output == "-":
        _put(made)
    else:
        save(made, Path(output))
        _say(f"{output}: {len(made)} bytes of {form}")


# ---------------------------------------------------------------- catalog


@cli.command(
    context_settings=_SETTINGS, short_help="Compute the figures of the data set's description."
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
    from kzld.catalog import statistics
    from kzld.rdf import write_atomically

    text = statistics(_load_dataset())
    if output is None or output == "-":
        _put(text)
    else:
        write_atomically(Path(output), text.encode())
        _say(f"{output}: written")
