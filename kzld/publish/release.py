"""A release: the data set in every format, with checksums, catalogue and changes.

The same facts give the same bytes; the files do not record where or when they were written.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.statistics import DATASET
from kzld.errors import KzldError
from kzld.progress import Progress, no_progress
from kzld.publish import csvw, diff, diff_text
from kzld.publish.export import SUFFIXES, write
from kzld.rdf import turtle
from kzld.rdf.files import gzip_if_named, new_folder
from kzld.rdf.namespaces import (
    BASE,
    KZ,
    PREFIXES,
    RDF_TYPE,
    Term,
    named,
    namespace_of,
    typed,
    value_of,
)

CHECKSUMS = "SHA256SUMS"
_FORMS = (".ttl", ".trig", ".nt.gz", ".nq.gz", ".jsonld", ".rdf")
_TABLES = "-csv.zip"
_CATALOG, _CHANGES = "catalog.ttl", "CHANGES.md"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_PACKED = {
    ".gz": ("dcat:compressFormat", _MEDIA_TYPES + "application/gzip"),
    ".zip": ("dcat:packageFormat", _MEDIA_TYPES + "application/zip"),
}
_OF_TABLES = {  # the usual distribution is a single table of all facts
    "dct:title": "CSV, a table for each kind, with its CSVW description",
    "dct:description": "A table for each kind of fact and thing, packed together.",
}
_ZIP_START = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can hold
_VERSION = "SELECT ?v WHERE { ?set a dcat:Dataset ; dcat:version ?v }"


def write_release(
    dataset: Dataset, folder: Path, *, previous: str | None = None, progress: Progress = no_progress
) -> list[str]:
    """Write a release of the data set into a new folder, whole or not at all.

    Args:
        dataset: the data set; its catalogue has the version.
        folder: the folder; it must not exist, or must be empty.
        previous: the previous release, a folder or file for `diff.read`, to list the
            changes since then.
        progress: receives the share of the files that is written.

    Returns:
        The names of the files.

    Raises:
        KzldError: the folder exists or cannot be written, or `previous` cannot be read.
    """
    before = diff.read(previous) if previous else None
    version = _version(dataset)
    with new_folder(folder) as new:
        stem = f"kzld-{version}"
        forms = {stem + suffix: SUFFIXES[suffix.removesuffix(".gz")] for suffix in _FORMS}
        for place, (name, form) in enumerate(forms.items()):
            progress(place / (len(forms) + 1))
            with (new / name).open("wb") as raw, gzip_if_named(new / name, raw) as file:
                write(dataset, form, file)
        progress(len(forms) / (len(forms) + 1))
        _write_zip(dataset, new / (stem + _TABLES))
        forms[stem + _TABLES] = "csv"
        (new / _CATALOG).write_text(_catalog(dataset, version, new, forms), "utf-8")
        if before:
            name = before.version or Path(before.name).name  # without this machine's folders
            found = diff.compare(
                replace(before, name=name, version=""), diff.State(version, "", dataset)
            )
            (new / _CHANGES).write_text(diff_text.as_markdown(found), "utf-8")
        sums = [f"{_sha256(path)}  {path.name}\n" for path in sorted(new.iterdir())]
        (new / CHECKSUMS).write_text("".join(sums), "utf-8")
        return sorted(path.name for path in new.iterdir())


def _version(dataset: Dataset) -> str:
    [*found] = {value_of(row["v"]) for row in dataset.rows(_VERSION)}
    if len(found) != 1:
        raise KzldError("the catalogue does not say one version (dcat:version) to release")
    return found[0]


def _write_zip(dataset: Dataset, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        for name, write_table in csvw.files(dataset):
            entry = zipfile.ZipInfo(name, _ZIP_START)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3  # as on Unix
            entry.external_attr = 0o644 << 16
            with package.open(entry, "w") as file:
                write_table(file)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _catalog(dataset: Dataset, version: str, folder: Path, forms: dict[str, str]) -> str:
    """The catalogue of the data set, with these files as its only distributions."""
    usual = {
        quad.object
        for quad in dataset.quads("catalog")
        if quad.predicate == named("dcat:distribution")
    }
    kept = (
        quad.triple
        for quad in dataset.quads("catalog")
        if quad.subject not in usual and quad.object not in usual and not _is_term(quad.subject)
    )
    ours = (
        triple
        for name, form in forms.items()
        for triple in _distribution(dataset, version, folder / name, form)
    )
    return turtle.write([*kept, *ours])


def _is_term(subject: Term) -> bool:
    """Whether a subject is a term of an ontology: the graph also has the labels of RDF's own."""
    reserved = (PREFIXES[name] for name in ("rdf", "rdfs", "owl"))
    return namespace_of(value_of(subject)) in {KZ, *reserved}


def _distribution(dataset: Dataset, version: str, path: Path, form: str) -> Iterator[ox.Triple]:
    """The DCAT 3 description of a file, with the properties of the usual distribution."""
    node, usual = ox.NamedNode(f"{DATASET.value}#{path.name}"), f"{DATASET.value}#{form}"
    others = {named("dcat:accessURL"), named("dcat:downloadURL")}
    yield ox.Triple(DATASET, named("dcat:distribution"), node)
    for name, text in _OF_TABLES.items() if form == "csv" else ():
        others.add(named(name))
        yield ox.Triple(node, named(name), ox.Literal(text, language="en"))
    for quad in dataset.store.quads_for_pattern(ox.NamedNode(usual), None, None):
        if quad.predicate not in others:
            yield ox.Triple(node, quad.predicate, quad.object)
    address = ox.NamedNode(f"{BASE}release/{version}/{path.name}")
    yield ox.Triple(node, named("dcat:accessURL"), address)
    yield ox.Triple(node, named("dcat:downloadURL"), address)
    size = typed(str(path.stat().st_size), "nonNegativeInteger")
    yield ox.Triple(node, named("dcat:byteSize"), size)
    if path.suffix in _PACKED:
        predicate, packing = _PACKED[path.suffix]
        yield ox.Triple(node, named(predicate), ox.NamedNode(packing))
    checksum = ox.NamedNode(f"{node.value}-checksum")
    yield ox.Triple(node, named("spdx:checksum"), checksum)
    yield ox.Triple(checksum, RDF_TYPE, named("spdx:Checksum"))
    yield ox.Triple(checksum, named("spdx:algorithm"), named("spdx:checksumAlgorithm_sha256"))
    yield ox.Triple(checksum, named("spdx:checksumValue"), typed(_sha256(path), "hexBinary"))
