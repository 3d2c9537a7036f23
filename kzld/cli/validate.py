"""The command `kzld validate`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import click

from kzld.check.edits import in_lines
from kzld.check.findings import Report
from kzld.check.reports import terminal as for_people
from kzld.check.scope import Base, are_part, expanded, loaded
from kzld.check.validate import validate as check
from kzld.cli.base import SETTINGS, complain, put, say, timeout_option
from kzld.cli.loading import TIMEOUT
from kzld.cli.watch import changes
from kzld.dataset.package import checkout, is_as_packaged
from kzld.dataset.paths import files
from kzld.errors import KzldError
from kzld.progress import bar
from kzld.rdf.documents import FORMATS
from kzld.text import fold, has_colour


@click.command(
    "validate",
    context_settings=SETTINGS,
    short_help="Check files as contributions, with line and remedy.",
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
    help="Syntax of standard input; a file’s suffix tells its syntax.",
)
@click.option("--watch", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@click.option("--notes", is_flag=True, help="Also list notes, not only errors and warnings.")
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", help="Language of messages.")
@click.option(
    "--engine",
    type=click.Choice(("fast", "pyshacl")),
    default="fast",
    help="Engine that runs the shapes; pyshacl is slow, and the arbiter in doubt.",
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
    help="Check the files alone: they or the ontology must describe all things that they name.",
)
@click.option(
    "--endpoint",
    metavar="URL",
    help="Check with the facts in this triple store; without PATH, check these facts.",
)
@timeout_option
def command(
    paths: tuple[str, ...],
    form: str,
    input_format: str,
    watch: bool,
    notes: bool,
    lang: str,
    engine: str,
    base: tuple[str, ...],
    data_only: bool,
    endpoint: str | None,
    timeout: float | None,
) -> None:
    """Check files as contributions: RDF in any syntax, and spreadsheets (.csv, .xlsx, .ods).

    PATH is a file (also .gz), a folder, a pattern or - for standard input. The files are
    checked as if merged into the data, but only problems that they cause are reported. A fact
    that a file describes anew replaces the fact that is there: the report says what changes.
    The data are those of the checkout of the project that you are in, or else the packaged
    data. Without PATH all these data are checked; if PATH is a part of a checkout, all of its.
    The ontology with its concepts is always included. The exit status is 1 if there are
    errors, not for warnings and notes. In a spreadsheet (see `kzld new --csv`) errors have a
    row and a column.

    \b
    kzld validate my-facts.ttl
    kzld validate my-facts.csv
    kzld validate -f github "data/**/*.ttl"
    kzld validate - --input-format trig < my-facts.ttl
    kzld validate my-facts.ttl --endpoint http://localhost:7878/query
    """
    if (base or data_only) and not paths:
        raise click.UsageError("--base and --data-only need a PATH to check.")
    if bool(base) + data_only + bool(endpoint) > 1:
        raise click.UsageError("--base, --data-only and --endpoint exclude each other.")
    given = base or data_only or endpoint
    found, other = (paths, _base(base, endpoint, timeout)) if given else _surroundings(paths)

    def run(base: Base | None) -> int:
        start = perf_counter()
        syntax = FORMATS.get(input_format)
        with bar("Checking") as progress:
            report = check(
                *found, engine=engine, language=lang, base=base, syntax=syntax, progress=progress
            )
        show(report, form, lang, notes=notes, seconds=perf_counter() - start)
        return 2 if report.unreadable else 0 if report.conforms else 1

    if watch:
        _watch(found, other, run)
    else:
        if not (found or endpoint):
            say("Checking the packaged data.")
        raise click.exceptions.Exit(run(other))


def _base(files: Sequence[str], endpoint: str | None, timeout: float | None) -> Base:
    if endpoint is None:
        return files
    from kzld.stores.remote import connect  # slow to import

    return connect(endpoint, timeout=timeout or TIMEOUT)


def _surroundings(paths: Sequence[str]) -> tuple[Sequence[str | Path], Base | None]:
    """The paths to check and their base, by the checkout of the project that they are a part of.

    Else the checkout counts in which the command is run, whatever kzld is installed.
    """
    root = _checkout_of(paths) or checkout(Path.cwd())
    if root is None:
        return paths, None
    found = expanded(paths or [root])
    if are_part(found, [root]):
        say(f"Checking the data of the checkout {root}.")
        return found, [root]
    return found, None if is_as_packaged(root) else [root]


def _checkout_of(paths: Sequence[str]) -> Path | None:
    """The checkout of which one of the paths is a part; None if there is no such path."""
    named = [Path(os.path.realpath(path)) for path in files(expanded(paths), []) if path != "-"]
    roots = filter(None, map(checkout, dict.fromkeys(path.parent for path in named)))
    return next((root for root in dict.fromkeys(roots) if are_part(named, [root])), None)


def show(report: Report, form: str, lang: str, *, notes: bool, seconds: float) -> None:
    """Print the findings, the errors of unreadable files and, for people, a summary."""
    if form == "text":
        style = for_people.coloured if has_colour() else for_people.plain
        shown = [f for f in report.findings if notes or f.severity != "note"]
        put("".join(for_people.as_text(finding, style, lang) for finding in shown))
    else:
        put(_for_program(report, form, lang, notes=notes))
    for error in report.unreadable:
        complain(str(error))
    if form in ("text", "github") and (report.triples or report.findings):
        for line in in_lines(report.edits, lang):
            say(fold(line, indent="    ", first=""))
        say(for_people.summary(report, notes=notes, seconds=seconds, language=lang))


def _for_program(report: Report, form: str, lang: str, *, notes: bool) -> str:
    from kzld.check.reports import github, json, sarif, shacl  # together slow to import

    if form == "json":
        return json.as_json(report)
    if form == "sarif":
        return sarif.as_sarif(report, lang)
    if form == "turtle":
        return shacl.as_turtle(report, lang)
    return github.as_annotations(report, notes=notes)


def _watch(
    paths: Sequence[str | Path], other: Base | None, check: Callable[[Base | None], int]
) -> None:
    """Check now and at each change; Ctrl-C ends it normally."""
    if not paths or "-" in paths:
        raise KzldError("--watch needs files or folders to look at")
    with suppress(KeyboardInterrupt):
        base = other if are_part(paths, other) else loaded(other)
        for moment in changes([*map(str, paths)]):
            say(f"---- {moment:%H:%M:%S} {'-' * 60}")
            check(base)
