"""The command `kzld add`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import unified_diff
from pathlib import Path
from time import perf_counter

import click
import pyoxigraph as ox

from kzld.check.inputs import read_all
from kzld.check.validate import report_contribution
from kzld.cli.base import SETTINGS, put, say
from kzld.cli.validate import show
from kzld.dataset.load import load_checkout
from kzld.dataset.package import checkout
from kzld.dataset.paths import files
from kzld.dataset.placement import read_shelves
from kzld.errors import KzldError, ReadError
from kzld.progress import bar
from kzld.publish.additions import Addition, additions, write_additions
from kzld.publish.diff_text import item_lines
from kzld.rdf.documents import FORMATS, Document
from kzld.rdf.turtle import has_comments
from kzld.text import counted


@click.command(
    "add", context_settings=SETTINGS, short_help="Put facts into the files of the checkout."
)
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@click.option("--diff", is_flag=True, help="Also show the changed lines of the files.")
@click.option(
    "--input-format",
    type=click.Choice((*FORMATS, "csv")),
    default="turtle",
    help="Syntax of standard input; a file’s suffix tells its syntax.",
)
@click.option(
    "--lang", type=click.Choice(("en", "fr")), default="en", help="Language of findings and labels."
)
def command(
    paths: tuple[str, ...], dry_run: bool, diff: bool, input_format: str, lang: str
) -> None:
    """Put facts, things and sources, new or edited, into the files of a checkout of the project.

    FILE is RDF or a spreadsheet, as for `kzld validate`, or - for standard input. The
    current folder is in the checkout. Everything goes into the file of its kind, topic or
    letter, in the canonical style. A description, which has a type, replaces the one that is
    there, and values that it leaves out are shown. Statements without a type are added.

    The checkout is checked as it will be. If there are errors, nothing is written and the
    exit status is 1; warnings do not stop it. FILE itself stays as it is, with its comments.

    \b
    kzld add my-facts.ttl
    kzld add my-facts.csv my-sources.ttl
    kzld add --dry-run --diff my-facts.ttl
    """
    root = checkout(Path.cwd())
    if root is None:
        raise KzldError(
            "this folder is in no checkout of the project; go to one, with data/, ontology/ "
            "and shapes/, as kzld add writes into its files"
        )
    _refuse_own_files(paths, root)
    found, documents = _checked(paths, root, FORMATS.get(input_format), lang)
    if not dry_run:
        write_additions(found, root)
    if diff:
        put("".join(map(_diff, found)))
    for addition in found:
        _tell(addition)
    for document in documents:
        if found and document.name.endswith((".ttl", ".ttl.gz")) and has_comments(document):
            remedy = "write a remark on a fact as its skos:note"
            say(f"{document.name}: its comments are not taken over; {remedy}")
    if not found:
        say("Nothing changes: the files say all of this already.")
    elif dry_run:
        say("Nothing was written (--dry-run).")


def _refuse_own_files(paths: Iterable[str], root: Path) -> None:
    unreadable: list[ReadError] = []  # reading reports them
    for file in files(paths, unreadable):
        folders = ((root / part).resolve() for part in ("data", "ontology", "shapes"))
        if any(Path(file).resolve().is_relative_to(folder) for folder in folders):
            raise KzldError(
                f"{file}: is a file of the checkout itself; check it there: kzld validate {file}"
            )


def _checked(
    paths: Sequence[str], root: Path, syntax: ox.RdfFormat | None, lang: str
) -> tuple[list[Addition], list[Document]]:
    """What the files add to the checkout; ends the command if they have errors."""
    start = perf_counter()
    dataset, unreadable = load_checkout(root), list[ReadError]()
    documents = read_all(paths, unreadable, syntax, dataset)
    with dataset.contribution(*(document.quads for document in documents)):
        with bar("Checking") as progress:
            report = report_contribution(
                dataset, documents, unreadable, language=lang, progress=progress
            )
        show(report, "text", lang, notes=False, seconds=perf_counter() - start)
        if not report.conforms:
            say("Nothing was written.")
            raise click.exceptions.Exit(2 if unreadable else 1)
        subjects = (quad.subject for document in documents for quad in document.quads)
        return additions(subjects, root, read_shelves(root), dataset, lang), documents


def _tell(addition: Addition) -> None:
    """Print a line for a file, and below it what changed in the facts that were there."""
    groups = addition.changes.items.items()
    counts = [
        f"{counted(len(items), group.removesuffix('s'))} {kind}"
        for group, kinds in groups
        for kind, items in kinds.items()
    ]
    if addition.terms:
        counts.append(f"{counted(addition.terms, 'term')} added or changed")
    reasons = f" ({'; '.join(addition.reasons)})" if addition.reasons else ""
    say(f"{addition.file}: {', '.join(counts)}{reasons}")
    if addition.restyled:
        say("  It was not in the canonical style, and now is.")
    for _, kinds in groups:
        for kind, items in kinds.items():
            for item in items if kind != "added" else ():
                for line in item_lines(item):
                    say(f"  {line}")


def _diff(addition: Addition) -> str:
    before, after = (text.splitlines(keepends=True) for text in (addition.before, addition.after))
    old = f"a/{addition.file}" if addition.before else "/dev/null"
    return "".join(unified_diff(before, after, old, f"b/{addition.file}"))
