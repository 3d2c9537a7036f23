"""Sources named by their address, title or publisher."""

from __future__ import annotations

import pyoxigraph as ox

from kzld.dataset.dataset import Dataset
from kzld.dataset.name_table import bare_address
from kzld.rdf.namespaces import KZ, PREFIXES, Term, value_of

_SOURCE, _PASSAGE, _BODY = (PREFIXES[kind] for kind in ("source", "passage", "body"))
_PUBLISHER, _ISSUED = PREFIXES["dct"] + "publisher", PREFIXES["dct"] + "issued"


def sources(value: Term | None, dataset: Dataset, *, passages: bool) -> list[ox.NamedNode]:
    """The sources that a value names, which is not the name of one; the newest first.

    Args:
        value: the address of a source or of its site, as IRI or text, its title, its name as
            text, a publisher or its name; where no passage can stand, also a passage.
        dataset: the data set.
        passages: whether a passage can stand there, too.
    """
    spaces = [_SOURCE, _PASSAGE] if passages else [_SOURCE]
    text = value_of(value).strip()
    if isinstance(value, ox.NamedNode) and dataset.types(value):
        found = _of_passage(value, dataset) or _published_by([value], dataset)
    else:
        found = dataset.names_in(spaces).find(text, namespaces=spaces).things
    if not found:  # some publishers are called like their sites
        bodies = dataset.names_in([_BODY]).find(bare_address(text), namespaces=[_BODY]).things
        found = _published_by(bodies, dataset)
    return _newest_first(found, dataset)


def _of_passage(thing: ox.NamedNode, dataset: Dataset) -> list[ox.NamedNode]:
    if not thing.value.startswith(_PASSAGE):
        return []
    values = dataset.objects(thing, KZ + "source")
    return [source for source in values if isinstance(source, ox.NamedNode)]


def _published_by(bodies: list[ox.NamedNode], dataset: Dataset) -> list[ox.NamedNode]:
    published = ox.NamedNode(_PUBLISHER)
    quads = (q for body in bodies for q in dataset.store.quads_for_pattern(None, published, body))
    return [quad.subject for quad in quads if isinstance(quad.subject, ox.NamedNode)]


def _newest_first(things: list[ox.NamedNode], dataset: Dataset) -> list[ox.NamedNode]:
    def issued(thing: ox.NamedNode) -> str:
        return max(map(value_of, dataset.objects(thing, _ISSUED)), default="")

    return sorted(things, key=issued, reverse=True)
