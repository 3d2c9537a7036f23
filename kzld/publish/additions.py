"""A contribution put into the files of a checkout."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kzld.dataset.contribution import CONTRIBUTION
from kzld.dataset.dataset import Dataset
from kzld.dataset.placement import Home, Shelves, homes
from kzld.errors import KzldError
from kzld.publish.diff import Difference, State, compare
from kzld.rdf.documents import read_document
from kzld.rdf.files import write_all
from kzld.rdf.namespaces import Term, graph_name
from kzld.rdf.turtle import format_document, write

_DATA = graph_name("data")
_AFTER = {_DATA, graph_name("ontology"), CONTRIBUTION}
Descriptions = dict[Term, set[ox.Triple]]
"""The statements about each of some subjects."""


@dataclass(frozen=True, slots=True)
class Addition:
    """What a contribution does to a file of a checkout.

    Attributes:
        file: the file, from the folder of the checkout on.
        before: its text; empty if there is no such file yet.
        after: its text with the contribution.
        changes: the facts, things and sources that change.
        terms: the number of concepts and other terms that change.
        reasons: why new facts are in this of several files.
        restyled: whether other parts of it were not in the canonical style, and now are.
    """

    file: str
    before: str
    after: str
    changes: Difference
    terms: int
    reasons: tuple[str, ...]
    restyled: bool


def additions(
    subjects: Iterable[Term], root: Path, shelves: Shelves, dataset: Dataset, language: str = "en"
) -> list[Addition]:
    """What a contribution does to the files of a checkout; unchanged files are left out.

    The order is that in which files need each other: things and sources before facts.

    Args:
        subjects: the subjects of the contribution.
        root: the folder of the checkout.
        shelves: its present files.
        dataset: the data set in these files, with the contribution open in it.
        language: the language of the labels in the changes.

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
    places = homes(changed, shelves)
    by_file: dict[str, list[Term]] = defaultdict(list)
    for subject, home in places.items():
        by_file[home.file].append(subject)
    return [
        _addition(
            {subject: changed[subject] for subject in by_file[file]},
            file, places, root, shelves, dataset, language,
        )
        for file in sorted(by_file, reverse=True)
    ]  # fmt: skip


def write_additions(found: Iterable[Addition], root: Path) -> None:
    """Write the files: all of them or, if one of them cannot be written, none.

    Raises:
        KzldError: a file has changed since it was read, or cannot be written.
    """
    texts = {}
    for addition in found:
        path = root / addition.file
        if (read_document(path).text if path.exists() else "") != addition.before:
            raise KzldError(f"{path}: was changed in the meantime; nothing was written, try again")
        texts[path] = addition.after.encode()
    write_all(texts)


def _addition(
    described: Descriptions,
    file: str,
    places: dict[Term, Home],
    root: Path,
    shelves: Shelves,
    dataset: Dataset,
    language: str,
) -> Addition:
    document = read_document(root / file) if (root / file).exists() else None
    new = [triple for about in described.values() for triple in about]
    old = [triple for subject in described for triple in shelves.about.get(subject, ())]
    kept = [quad.triple for quad in document or () if quad.subject not in described]
    reasons = dict.fromkeys(places[subject].reason for subject in described)
    changes = compare(_state(old), _state(new), language=language, labels=dataset)
    items = sum(len(items) for kinds in changes.items.values() for items in kinds.values())
    return Addition(
        file=file,
        before=document.text if document else "",
        after=format_document(document, [*kept, *new]) if document else write(new),
        changes=changes,
        terms=len(described) - items,
        reasons=tuple(filter(None, reasons)),
        restyled=document is not None and format_document(document) != document.text,
    )


def _state(triples: Iterable[ox.Triple]) -> State:
    dataset = Dataset()
    dataset.store.extend(ox.Quad(t.subject, t.predicate, t.object, _DATA) for t in triples)
    return State("", "", dataset)
