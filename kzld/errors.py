"""The errors that kzld raises; the message of each is one clear line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kzld.text import Phrase


def nearest(name: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """The known names that most resemble a misspelt name, best first."""
    from difflib import get_close_matches

    return get_close_matches(name, list(known), n=limit, cutoff=0.5)


def did_you_mean(near: Iterable[str], otherwise: str) -> str:
    """The end of a message about an unknown name: `did you mean a or b?`, or other advice."""
    names = " or ".join(near)
    return f"did you mean {names}?" if names else otherwise


def choose(what: str, name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return the name if it is known.

    Args:
        what: the noun for it in messages, such as `format`.
        name: the name that the user typed.
        known: the known names.
        otherwise: advice if no known name is near; by default a list of all.

    Raises:
        UnknownNameError: the name is unknown; the message suggests the nearest.
    """
    names = list(known)
    if name not in names:
        raise unknown(what, name, nearest(name, names), otherwise or _there_are(names))
    return name


def unknown(what: str, name: str, near: list[str], otherwise: str) -> UnknownNameError:
    """The error for an unknown name: `there is no format 'turtel'; …`."""
    message = f"there is no {what} {name!r}; {did_you_mean(near, otherwise)}"
    return UnknownNameError(message, near)


def _there_are(names: list[str]) -> str:
    return f"there are {', '.join(names)}"


def reason(error: OSError) -> str:
    """The system's reason for an error: `no space left on device`."""
    return (error.strerror or str(error)).lower()


class KzldError(Exception):
    """A request that cannot be carried out; the message has the problem, its place and a remedy.

    The command prints it and exits with status 2.
    """


class ReadError(KzldError):
    """A file that cannot be read as RDF: missing, unreadable, not UTF-8, malformed.

    Attributes:
        file: the file; empty if only the message names it.
        line: the line of the problem, from 1; 0 if unknown.
        column: the column of the problem, from 1; 0 if unknown.
    """

    def __init__(self, message: str, *, file: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.file, self.line, self.column = file, line, column

    @property
    def problem(self) -> str:
        """The problem in one line, without its place."""
        text = str(self).partition("\n")[0]
        places = (self.file, self.line, self.column)
        return text.removeprefix(":".join(str(place) for place in places if place) + ": ")


class QueryError(KzldError):
    """A SPARQL query that cannot be parsed or answered."""


class EndpointError(QueryError):
    """A server that cannot be reached, refuses, or gives an unusable answer.

    Attributes:
        status: the HTTP status of its answer; 0 if there was none.
    """

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class ServiceRefusedError(QueryError):
    """A SPARQL query with SERVICE, which the caller did not allow."""

    def __init__(self) -> None:
        super().__init__("SERVICE asks another server; add --allow-service if that is meant")


class UnknownNameError(KzldError):
    """A name of nothing, or of several things.

    Attributes:
        candidates: the nearest prefixed names, best first.
    """

    def __init__(self, message: str, candidates: list[str] | None = None) -> None:
        super().__init__(message)
        self.candidates = candidates or []


class CellError(Exception):
    """A cell that cannot be read.

    Attributes:
        problem: a description of the error.
        remedy: the form to write instead.
        rule: the short name of the rule that it breaks.
    """

    def __init__(self, problem: Phrase, remedy: Phrase, rule: str) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem, self.remedy, self.rule = problem, remedy, rule


class SpellingWarning(UserWarning):
    """An answer has values in a standard form, not as the data write them."""
