"""The command `kzld add`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from time import perf_counter

import click
import pyoxigraph as ox

from kzld.check.edits import Edit
from kzld.check.inputs import read_all
from kzld.check.scope import loaded
from kzld.check.validate import report_contribution
from kzld.cli.base import SETTINGS, put, say
from kzld.cli.validate import show
from kzld.dataset.package import checkout, is_as_packaged
from kzld.dataset.paths import files
from kzld.dataset.placement import read_shelves
from kzld.errors import KzldError, ReadError
from kzld.progress import bar
from kzld.publish.additions import Addition, additions, write_additions
from kzld.rdf.documents import FORMATS, Document
from kzld.rdf.namespaces import CLAIM_KIND, FACT_KINDS, THING_KINDS, display
from kzld.rdf.turtle import has_comments
from kzld.text import counted, fold, translated

_COMMENTS = "{}: its comments are not taken over; write a remark on a fact as its skos:note"


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
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", help="Language of messages.")
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
    found, edits, documents = _checked(paths, root, FORMATS.get(input_format), lang)
    if not dry_run:
        write_additions(found, root)
    if diff:
        put("".join(map(_diff, found)))
    for addition in found:
        _tell(addition, edits, lang)
    for document in documents:
        if found and document.name.endswith((".ttl", ".ttl.gz")) and has_comments(document):
            say(translated(_COMMENTS, lang).format(document.name))
    if not found:
        say(translated("Nothing changes: the files say all of this already.", lang))
    elif dry_run:
        say(translated("Nothing was written (--dry-run).", lang))


def _refuse_own_files(paths: Sequence[str], root: Path) -> None:
    unreadable: list[ReadError] = []  # reading reports them
    for file in files(paths, unreadable):
        folders = ((root / part).resolve() for part in ("data", "ontology", "shapes"))
        if any(Path(file).resolve().is_relative_to(folder) for folder in folders):
            problem = "is a file of the checkout itself; check it there"
            raise KzldError(f"{file}: {problem}: kzld validate {file}")


def _checked(
    paths: Sequence[str], root: Path, syntax: ox.RdfFormat | None, lang: str
) -> tuple[list[Addition], dict[str, Edit], list[Document]]:
    """What the files add to the checkout, and the edits by name; errors end the command."""
    start = perf_counter()
    unreadable: list[ReadError] = []
    dataset = loaded(None if is_as_packaged(root) else [root], paths)
    documents = read_all(paths, unreadable, syntax, dataset)
    with dataset.contribution(*(document.quads for document in documents)):
        with bar("Checking") as progress:
            report = report_contribution(
                dataset, documents, unreadable, language=lang, progress=progress
            )
        edits = {edit.subject: edit for edit in report.edits}
        show(replace(report, edits=[]), "text", lang, notes=False, seconds=perf_counter() - start)
        if not report.conforms:
            say(translated("Nothing was written.", lang))
            raise click.exceptions.Exit(2 if unreadable else 1)
        subjects = (quad.subject for document in documents for quad in document.quads)
        return additions(subjects, root, read_shelves(root), dataset, lang), edits, documents


def _tell(addition: Addition, edits: Mapping[str, Edit], lang: str) -> None:
    """Print a line for a file; below it a line for each thing or fact that changes."""
    parts = [
        translated(pattern, lang).format(counted(number, translated(noun, lang)))
        for pattern, subjects in (("{} added", addition.new), ("{} changed", addition.changed))
        for noun, number in Counter(map(_noun, subjects)).items()
    ]
    reasons = f" ({'; '.join(addition.reasons)})" if addition.reasons else ""
    say(f"{addition.file}{translated(':', lang)} {', '.join(parts)}{reasons}")
    if addition.restyled:
        say(f"  {translated('It was not in the canonical style, and now is.', lang)}")
    for edit in (edits[name] for name in map(display, addition.changed) if name in edits):
        line = f"  {edit.subject}{translated(':', lang)} {edit.text}"
        say(fold(line, indent="    ", first=""))


def _noun(subject: ox.NamedNode) -> str:
    """`fact`, `claim`, `thing`, `source`, `passage` or `term`, by the IRI."""
    kind = display(subject).partition(":")[0]
    if kind in ("source", "passage", CLAIM_KIND):
        return kind
    return "fact" if kind in FACT_KINDS else "thing" if kind in THING_KINDS else "term"


def _diff(addition: Addition) -> str:
    # Not `splitlines`: a text may have other separators of lines.
    before, after = (re.findall(r".*\n|.+", t) for t in (addition.before, addition.after))
    old = f"a/{addition.file}" if addition.before else "/dev/null"
    return "".join(unified_diff(before, after, old, f"b/{addition.file}"))
