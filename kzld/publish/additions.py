"""A contribution put into the files of a checkout."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kzld.dataset.contribution import CONTRIBUTION
from kzld.dataset.dataset import Dataset
from kzld.dataset.placement import Shelves, homes
from kzld.errors import KzldError
from kzld.rdf.documents import read_document
from kzld.rdf.files import write_all
from kzld.rdf.namespaces import Term, graph_name
from kzld.rdf.turtle import format_document, write
from kzld.rdf.working import one_at_a_time

_AFTER = {graph_name("data"), graph_name("ontology"), CONTRIBUTION}
Descriptions = dict[ox.NamedNode, set[ox.Triple]]
"""The statements about each of some subjects."""


@dataclass(frozen=True, slots=True)
class Addition:
    """What a contribution does to a file of a checkout.

    Attributes:
        file: the file, from the folder of the checkout on.
        before: its text; empty if there is no such file yet.
        after: its text with the contribution.
        new: the facts, things, sources and concepts that it gets.
        changed: those that it describes already, and that change.
        reasons: why new facts are in this of several files.
        restyled: whether other parts of it were not in the canonical style, and now are.
    """

    file: str
    before: str
    after: str
    new: tuple[ox.NamedNode, ...]
    changed: tuple[ox.NamedNode, ...]
    reasons: tuple[str, ...]
    restyled: bool


def additions(
    subjects: Iterable[Term],
    root: Path,
    shelves: Shelves,
    dataset: Dataset,
    language: str = "en",
) -> list[Addition]:
    """What a contribution does to the files of a checkout; unchanged files are left out.

    The order is that in which files need each other: things and sources before facts.

    Args:
        subjects: the subjects of the contribution.
        root: the folder of the checkout.
        shelves: its present files.
        dataset: the data set in these files, with the contribution open in it.
        language: the language of the reasons for the choice of a file.

    Raises:
        KzldError: there is no file for such a thing, or several files describe one.
    """
    changed: Descriptions = {}
    named = (subject for subject in subjects if isinstance(subject, ox.NamedNode))
    for one in dict.fromkeys(named):
        found = dataset.store.quads_for_pattern(one, None, None)
        after = {quad.triple for quad in found if quad.graph_name in _AFTER}
        if after != shelves.about.get(one):
            changed[one] = after
    places = homes(changed, shelves, language)
    by_file: dict[str, list[ox.NamedNode]] = defaultdict(list)
    for one in changed:
        by_file[places[one].file].append(one)
    return [
        _addition(
            {one: changed[one] for one in by_file[file]},
            file,
            root,
            shelves,
            (places[one].reason for one in by_file[file]),
        )
        for file in sorted(by_file, reverse=True)
    ]


def write_additions(found: Iterable[Addition], root: Path) -> None:
    """Write the files: all of them or, if one of them cannot be written, none.

    Raises:
        KzldError: a file has changed since it was read, or cannot be written.
    """
    texts = {}
    with one_at_a_time(root):
        for addition in found:
            path = root / addition.file
            if (read_document(path).text if path.exists() else "") != addition.before:
                problem = "was changed in the meantime; nothing was written, try again"
                raise KzldError(f"{path}: {problem}")
            texts[path] = addition.after.encode()
        write_all(texts)


def _addition(
    described: Descriptions,
    file: str,
    root: Path,
    shelves: Shelves,
    reasons: Iterable[str],
) -> Addition:
    document = read_document(root / file) if (root / file).exists() else None
    new = [triple for about in described.values() for triple in about]
    kept = [quad.triple for quad in document or () if quad.subject not in described]
    return Addition(
        file=file,
        before=document.text if document else "",
        after=format_document(document, [*kept, *new]) if document else write(new),
        new=tuple(one for one in described if one not in shelves.files),
        changed=tuple(one for one in described if one in shelves.files),
        reasons=tuple(dict.fromkeys(filter(None, reasons))),
        restyled=document is not None and format_document(document) != document.text,
    )
