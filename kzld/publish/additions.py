"""A contribution put into the files of a checkout."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.placement import Shelves, homes, revised
from kzld.publish.diff import Difference, State, compare
from kzld.rdf.documents import Document, read_document
from kzld.rdf.namespaces import Term, graph_name
from kzld.rdf.turtle import format_document, write


@dataclass(frozen=True, slots=True)
class Addition:
    """What a contribution does to a file of the checkout.

    Attributes:
        file: the file, from the folder of the checkout on.
        before: its text; None if there is no such file yet.
        after: its text with the contribution.
        changes: the changed facts, things and sources, in words.
        reasons: why this file was chosen, for new facts of which there are several files.
        restyled: whether the rest of it was not in the canonical style, and now is.
    """

    file: str
    before: str | None
    after: str
    changes: Difference
    reasons: tuple[str, ...]
    restyled: bool


def additions(
    contribution: Iterable[ox.Quad],
    root: Path,
    shelves: Shelves,
    *,
    labels: Dataset,
    language: str = "en",
) -> list[Addition]:
    """What a contribution does to the files of a checkout; unchanged files are left out.

    Args:
        contribution: the statements, which conform to the rules.
        root: the folder of the checkout.
        shelves: its present files.
        labels: the data set with the contribution, for the labels in the changes.
        language: the language of the labels.

    Raises:
        KzldError: there is no file for something.
    """
    about: dict[Term, list[ox.Quad]] = defaultdict(list)
    for quad in contribution:
        about[quad.subject].append(quad)
    new = {one: revised(shelves.about.get(one, ()), quads) for one, quads in about.items()}
    changed = {
        one: triples
        for one, triples in new.items()
        if triples != {quad.triple for quad in shelves.about.get(one, ())}
    }
    places = homes({one: about[one] for one in changed}, shelves)
    by_file: dict[str, dict[Term, set[ox.Triple]]] = defaultdict(dict)
    for one, triples in changed.items():
        by_file[places[one].file][one] = triples
    found = []
    for file, rewritten in sorted(by_file.items(), reverse=True):
        document = read_document(root / file) if (root / file).exists() else None
        old = [quad for one in rewritten for quad in shelves.about.get(one, ())]
        found.append(
            Addition(
                file=file,
                before=document.text if document else None,
                after=_text(document, rewritten),
                changes=compare(
                    _state(old), _state(ox.Quad(*triple) for triples in rewritten.values() for triple in triples),
                    language=language, labels=labels,
                ),
                reasons=tuple(dict.fromkeys(places[one].reason for one in rewritten if places[one].reason)),
                restyled=document is not None and format_document(document) != document.text,
            )
        )
    return found
