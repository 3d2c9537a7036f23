"""Shared parts of the commands: options, output, messages."""

from __future__ import annotations

import sys
from contextlib import suppress

import click

from kzld.errors import choose
from kzld.rdf.namespaces import LANGUAGES
from kzld.text import safe

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
TABLE_FORMATS = ("table", "csv", "tsv", "json", "markdown")


class Commands(click.Group):
    """A group that suggests the nearest command for an unknown one."""

    what = "command"  # the word for a member of the group in messages

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown name is an error with a suggestion."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            choose(self.what, args[0], self.list_commands(ctx), f"see `{ctx.command_path}`")
        return super().resolve_command(ctx, args)


def complain(message: str) -> int:
    """Print an error to standard error, and return the exit status 2."""
    with suppress(OSError):  # standard error is closed or full
        click.echo(f"Error: {_safe_lines(message)}", err=True)
    return 2


def _safe_lines(text: str) -> str:
    return "\n".join(safe(line) for line in text.split("\n"))


def put(text: str | bytes) -> None:
    """Write data to standard output, text as UTF-8, without any change."""
    data = text.encode() if isinstance(text, str) else text
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def say(text: str) -> None:
    """Print a message to standard error."""
    click.echo(safe(text), err=True)


language_option = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="en",
    help="Language of labels and texts, or the next best one.",
)
day_option = click.option(
    "--at", metavar="DATE", help="As things stood that day: 2022-06-20 or today."
)
endpoint_option = click.option(
    "--endpoint", metavar="URL", help="Ask this SPARQL endpoint, which holds the data set."
)
timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0.001),
    metavar="SECONDS",
    help="Give up after this time.",
)
data_option = click.option(
    "--data", multiple=True, metavar="FILE", help="Add an RDF file to the data (may be repeated)."
)
