"""Find the one thing that a code or label names; the error lists candidates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import pyoxigraph as ox

from kzld.dataset.contribution import REPLACED
from kzld.dataset.dataset import Dataset
from kzld.dataset.name_index import NameIndex
from kzld.errors import UnknownNameError
from kzld.rdf.namespaces import RDF, REPLACED_BY, display, expand, graph_name, value_of

SEARCH = "`kzld search TEXT` finds things by their names"
_NOT_STATED = (graph_name("derived"), REPLACED)
_MOST_LISTED = 6
_MOST_MEANT = 20  # more candidates are no help


def resolve(dataset: Dataset, text: str, kinds: Collection[str] = ()) -> ox.NamedNode:
    """The thing that an IRI, a prefixed name, a code or a label names.

    Args:
        dataset: the data set to search.
        text: `https://…` (an IRI, or the address of a source), `country:KAZ`, `KAZ` or
            `Kazakhstan` (in any language). An old IRI names the thing that replaces it.
        kinds: IRIs of classes or concept schemes; the thing must belong to one of them;
            empty for any thing.

    Raises:
        UnknownNameError: the text names nothing, or more than one thing; the message lists
            the candidates.
    """
    found = dataset.names.find(text, [*kinds], by_words=True)
    old: set[str] = set()
    while not found.things and (iri := expand(text)) and iri not in old:
        old.add(iri)
        for new in dataset.objects(ox.NamedNode(iri), REPLACED_BY.value)[:1]:
            text = value_of(new)
            found = dataset.names.find(text, [*kinds])
    if len(found.things) == 1:
        return found.things[0]
    if found.misfits:
        raise _other_kind_error(dataset, text, kinds, found.misfits[0], found.things)
    if found.things:
        listed = list_things(dataset, found.things, _MOST_LISTED)
        raise _error(f"{text!r} could be {listed}; say which", found.things)
    near = dataset.names.suggest(text, [*kinds])
    hint = f"did you mean {list_things(dataset, near)}?" if near else SEARCH
    raise _error(f"nothing is called {text!r}; {hint}", near)


def _other_kind_error(
    dataset: Dataset,
    text: str,
    kinds: Iterable[str],
    misfit: ox.NamedNode,
    instead: Sequence[ox.NamedNode],
) -> UnknownNameError:
    wanted = " or ".join(dataset.label(ox.NamedNode(kind)) for kind in kinds)
    actual = kind_label(dataset, misfit)
    few = instead if len(instead) <= _MOST_MEANT else []
    hint = f"; did you mean {list_things(dataset, few, _MOST_LISTED)}?" if few else ""
    problem = f"{text!r} is not of the kind asked for: {wanted} (it is: {actual})"
    return _error(problem + hint, few)


def _error(message: str, candidates: Iterable[ox.NamedNode]) -> UnknownNameError:
    return UnknownNameError(message, [display(thing) for thing in candidates])


def list_things(
    dataset: Dataset,
    things: Sequence[ox.NamedNode],
    most: int | None = None,
    names: NameIndex | None = None,
) -> str:
    """`body:EAEU (Eurasian Economic Union), body:EU (European Union) and 3 more`.

    Args:
        dataset: the data set with the labels of most things.
        things: the things to list.
        most: the number of things to name at most; None for all.
        names: an index with the names of all things.
    """
    names = names or dataset.names
    listed = things[:most]
    dataset.prefetch(listed)
    shown = []
    for thing in listed:
        name, label = display(thing), dataset.label(thing)
        label = names.label(thing) if label == name else label
        shown.append(name if label == name else f"{name} ({label})")
    more = len(things) - len(listed)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def kind_label(dataset: Dataset, thing: ox.NamedNode, language: str = "en") -> str:
    """The kind of a thing, in a word or two: the label of its declared class."""
    dataset.prefetch([thing])
    types = dataset.store.quads_for_pattern(thing, ox.NamedNode(RDF + "type"), None)
    declared = [quad.object for quad in types if quad.graph_name not in _NOT_STATED]
    return ", ".join(sorted(dataset.label(term, language) for term in declared)) or "unknown"
