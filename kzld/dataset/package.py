"""The files of the data set, in an installed wheel or in a checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent.parent
CATALOG_FILE = "catalog.ttl"
_OF_A_CHECKOUT = ("data/catalog.ttl", "ontology/kzld.ttl", "shapes")


def package_file(*parts: str) -> Path:
    """A file or folder of the data set: in an installed wheel or in a checkout."""
    installed = PACKAGE / "package_data"
    root = installed if installed.is_dir() else PACKAGE.parent
    return root.joinpath(*parts)


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
    for place in (start, *start.parents):
        if all((place / part).exists() for part in _OF_A_CHECKOUT):
            return place
    return None
