"""The files of the data set, in an installed wheel or in a checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent.parent
CATALOG_FILE = "catalog.ttl"


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
