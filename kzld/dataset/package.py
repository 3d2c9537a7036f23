"""The files of the data set, in an installed wheel or in a checkout."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent
CATALOG_FILES = ("catalog.ttl", "built-ins.ttl")
"""The files for the graph of the catalogue: OWL keeps the latter out of the ontology."""
_PARTS = ("data", "ontology", "shapes")
_OF_A_CHECKOUT = ("data/catalog.ttl", "ontology/kzld.ttl", "shapes")


def package_file(*parts: str) -> Path:
    """A file or folder of the data set: in an installed wheel or in a checkout."""
    installed = PACKAGE / "package_data"
    root = installed if installed.is_dir() else PACKAGE.parent
    return root.joinpath(*parts)


def graph_of(path: Path, folder: str) -> str:
    """The name of the graph for a file in a folder of the data set: most often the folder's."""
    return "catalog" if path.name in CATALOG_FILES else folder


def examples() -> Path:
    """The folder with a good and a bad example for each rule."""
    installed = package_file("examples")
    return installed if installed.is_dir() else package_file("tests", "rules")


def context() -> str:
    """The packaged JSON-LD context document, as text."""
    return package_file("ontology", "context.jsonld").read_text("utf-8")


def checkout(folder: Path) -> Path | None:
    """The checkout of the project that a folder is in, whatever kzld is installed.

    Args:
        folder: the folder to begin with; the folders above it are tried one by one.

    Returns:
        The nearest folder with the data set's `data/`, `ontology/` and `shapes/`; else None.
    """
    start = folder.resolve()
    return next(filter(is_checkout, (start, *start.parents)), None)


def is_checkout(folder: Path) -> bool:
    """Whether a folder is a checkout of the project, or the packaged copy of its data."""
    return all((folder / part).exists() for part in _OF_A_CHECKOUT)


def is_as_packaged(folder: Path) -> bool:
    """Whether the data, ontology and shapes of a checkout are those that are packaged."""
    ours, theirs = package_file(), folder.resolve()
    if ours.resolve() == theirs:
        return True
    files = {path.relative_to(theirs) for path in _files(theirs)}
    packaged = {path.relative_to(ours) for path in _files(ours)}
    return files == packaged and all(
        filecmp.cmp(ours / name, theirs / name, shallow=False) for name in files
    )


def _files(root: Path) -> Iterator[Path]:
    return (path for part in _PARTS for path in (root / part).rglob("*.ttl"))
