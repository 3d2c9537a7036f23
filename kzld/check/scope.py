"""The data set that files are checked with, and whether the files are a part of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kzld.check.inputs import read_all
from kzld.dataset.dataset import Dataset
from kzld.dataset.load import load, load_for_few
from kzld.dataset.package import is_checkout, package_file
from kzld.dataset.paths import files
from kzld.errors import ReadError
from kzld.rdf.documents import Document
from kzld.rdf.namespaces import graph_name
from kzld.spreadsheets.sheet import is_sheet

Base = Dataset | Iterable[str | Path]
_FEW: Final = 200_000  # bytes; for larger files, loading into memory is faster
_PARTS: Final = ("data", "ontology")


def loaded(base: Base | None, paths: Sequence[str | Path] = ()) -> Dataset:
    """The data set to check files with, for use as the base of several checks.

    Args:
        base: a data set, files and folders, or None for the packaged data. A folder that is a
            checkout of the project brings its own ontology and rules.
        paths: the files; with a few small ones, the packaged data open faster.

    Raises:
        ReadError: a file of the base cannot be read.
    """
    if base is None:
        return load_for_few() if _are_few(paths) else load(derived=False)
    if isinstance(base, Dataset):
        return load(derived=False) if base.is_read_only else base.local()
    unreadable: list[ReadError] = []
    dataset, documents, sheets = _read(list(base), unreadable)
    read_all(sheets, unreadable)  # a spreadsheet needs data in which its names are looked up
    if unreadable:
        raise unreadable[0]
    for document in documents:
        document.complete()
    return dataset


def _are_few(paths: Sequence[str | Path]) -> bool:
    """Whether paths are files, or folders of files, all of them together with few facts."""
    try:
        sizes = [Path(path).stat().st_size for path in files(paths, [])]
    except (OSError, ValueError):  # reading reports it
        return False
    return 0 < sum(sizes) < _FEW


def are_part(paths: Iterable[str | Path], base: Base | None) -> bool:
    """Whether one of the paths is in the base, so that nothing shows the state without it."""
    if isinstance(base, Dataset):
        return False
    return any(_inside(files(paths, []), base))


def _inside(paths: Iterable[str], base: Iterable[str | Path] | None) -> list[bool]:
    """For each path whether it is one of the files or folders of a base, or inside one."""
    places = expanded(_entries(base))
    if base is not None:  # there may be patterns, and links to files elsewhere
        places += files(places, [])
    real = {os.path.realpath(place) for place in places}
    found = [(path, Path(os.path.realpath(path))) for path in paths]
    return [path != "-" and not real.isdisjoint(map(str, (at, *at.parents))) for path, at in found]


def read_with(
    paths: Iterable[str | Path],
    base: Base | None,
    unreadable: list[ReadError],
    syntax: ox.RdfFormat | None,
) -> tuple[Dataset, list[Document], list[Document]]:
    """Read a base of which the paths are a part, and the paths that are no part of it.

    Args:
        paths: files, folders and patterns.
        base: files and folders; None for the packaged data.
        unreadable: receives the error of each file that cannot be read.
        syntax: the syntax of standard input; None for CSV.

    Returns:
        The base as a data set, the documents of the base, the other documents.
    """
    assert not isinstance(base, Dataset)  # noqa: S101 (nothing is a part of it)
    dataset, own, sheets = _read(_entries(base), unreadable)
    named = files(paths, unreadable)
    inside = _inside(named, base)
    others = [path for path, is_part in zip(named, inside, strict=True) if not is_part]
    return dataset, own, read_all([*others, *sheets], unreadable, syntax, dataset)


def _entries(base: Iterable[str | Path] | None) -> list[str | Path]:
    return [package_file()] if base is None else list(base)


def expanded(entries: Iterable[str | Path]) -> list[str | Path]:
    """Paths, with the folders of data and ontology instead of a checkout of the project."""
    found: list[str | Path] = []
    for entry in entries:
        root = Path(entry)
        found += [root / part for part in _PARTS] if is_checkout(root) else [entry]
    return found


def _read(
    entries: Sequence[str | Path], unreadable: list[ReadError]
) -> tuple[Dataset, list[Document], list[str]]:
    """Read a base: as a data set, as documents, and the spreadsheets, which are not read.

    A checkout in it brings the ontology and the rules.
    """
    root = next((Path(entry) for entry in entries if is_checkout(Path(entry))), None)
    found = files(expanded(entries), unreadable)
    sheets = [path for path in found if is_sheet(path)]
    shown = [_as_shown(path) for path in found if path not in sheets]
    documents = read_all(shown, unreadable)
    if root is None:
        return load(documents, packaged=False, derived=False), documents, sheets
    dataset = Dataset()
    ontology = (root / "ontology").resolve()
    for document in documents:
        is_ontology = ontology in Path(document.name).resolve().parents
        graph = graph_name("ontology" if is_ontology else "data")
        triples = document.quads
        dataset.store.bulk_extend(ox.Quad(q.subject, q.predicate, q.object, graph) for q in triples)
    if root.resolve() != package_file().resolve():
        for rules in read_all([root / "shapes"], unreadable):
            shapes = graph_name("shapes")
            quads = rules.quads
            dataset.store.bulk_extend(
                ox.Quad(q.subject, q.predicate, q.object, shapes) for q in quads
            )
    return dataset, documents, sheets


def _as_shown(path: str) -> str:
    """A path as people read it: relative, if it is in the current folder."""
    here = os.path.relpath(path)
    return path if here.startswith("..") else here
