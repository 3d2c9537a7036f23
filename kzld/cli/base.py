"""What the commands share: options, loading, and the way to the person."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from kzld.dataset.dataset import Dataset
from kzld.errors import KzldError, choose
from kzld.rdf.namespaces import LANGUAGES
from kzld.text import safe

if TYPE_CHECKING:
    from pyoxigraph import Quad

    from kzld.knowledge_graph import KnowledgeGraph

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
TIMEOUT = 60.0  # seconds to wait for an endpoint where nothing else was said
TABLE_FORMATS = ("table", "csv", "tsv", "json", "markdown")


class Commands(click.Group):
    """A group whose unknown commands are answered with the nearest known one."""

    what = "command"  # what messages call a member of the group

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown name is an error with a suggestion."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            choose(self.what, args[0], self.list_commands(ctx), f"see `{ctx.command_path}`")
        return super().resolve_command(ctx, args)


def complain(message: str) -> int:
    """Say what went wrong, on standard error; the exit status for that."""
    with suppress(OSError):  # nobody can be told
        click.echo(f"Error: {_safe_lines(message)}", err=True)
    return 2


def _safe_lines(text: str) -> str:
    return "\n".join(safe(line) for line in text.split("\n"))


def put(text: str | bytes) -> None:
    """Write data to standard output, as UTF-8 and as it is."""
    data = text.encode() if isinstance(text, str) else text
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def say(text: str) -> None:
    """Tell the person something that is not data."""
    click.echo(safe(text), err=True)


def load_dataset(data: Sequence[str] = ()) -> Dataset:
    """The packaged data set, with the files of `--data`; how far that is shows on a terminal."""
    from kzld.dataset.dataset import load
    from kzld.progress import bar

    if not data:
        return load()
    with bar("Deriving") as progress:
        return load(map(_statements, data), progress=progress)


def _statements(path: str) -> Iterator[Quad]:
    from kzld.dataset.package import context
    from kzld.progress import bar
    from kzld.rdf.streams import statements

    with bar(f"Reading {path}") as progress:
        yield from statements(path, context=context(), progress=progress)


def load(
    data: Sequence[str] = (), endpoint: str | None = None, timeout: float | None = None
) -> KnowledgeGraph:
    """What there is to ask: the packaged data set with the files of `--data`, or a store."""
    from kzld import knowledge_graph

    if endpoint is None:
        if timeout:
            raise KzldError("--timeout is for --endpoint; without it no server is asked")
        return knowledge_graph.load(*data)
    if data:
        raise KzldError("--data and --endpoint exclude each other")
    return knowledge_graph.connect(endpoint, timeout=timeout or TIMEOUT)


language_option = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="en",
    help="Language of labels and texts; the next best one where it is lacking.",
)
day_option = click.option(
    "--at", metavar="DATE", help="As things stood that day: 2022-06-20 or today."
)
endpoint_option = click.option(
    "--endpoint", metavar="URL", help="Ask this SPARQL endpoint, which holds the data set."
)
timeout_option = click.option(
    "--timeout", type=click.FloatRange(min=0.001), metavar="SECONDS", help="Give up then."
)
data_option = click.option(
    "--data", multiple=True, metavar="FILE", help="Add an RDF file to the data (may be repeated)."
)
