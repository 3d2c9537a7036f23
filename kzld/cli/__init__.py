"""The command `kzld`: each command parses its arguments, calls the library and renders.

Data go to standard output, messages to standard error. Exit status: 0 success, 1 the data
have violations (or are not formatted), 2 a request that cannot be carried out, explained in
one clear line.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from kzld import __version__
from kzld.cli.base import SETTINGS, Commands, complain, put, say
from kzld.errors import KzldError, SpellingWarning, reason


class _Lazy(Commands):
    """The commands; the module of a command is imported when it is called."""

    names = (
        "query", "ask", "show", "search", "validate", "explain", "new", "convert", "add", "fmt",
        "export", "diff", "catalog", "push", "serve",
    )  # fmt: skip

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The names of the commands, sorted."""
        return sorted(self.names)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module, and return the command."""
        if cmd_name not in self.names:
            return None
        command: click.Command = import_module(f"kzld.cli.{cmd_name}").command
        return command


@click.group(cls=_Lazy, invoke_without_command=True, context_settings=SETTINGS)
@click.option("--version", is_flag=True, help="Show the version and exit.")
@click.option("-v", "--verbose", is_flag=True, help="With --version: show libraries and folders.")
@click.pass_context
def cli(ctx: click.Context, version: bool, verbose: bool) -> None:
    """Dated, sourced facts about Kazakhstan's external relations, as linked data.

    Without a command, show what the data set holds, and some commands to try.
    """
    if verbose and not version:
        raise click.UsageError("-v is for --version.")
    if version:
        put(f"kzld {__version__}\n")
        if verbose:
            from kzld.cli.overview import surroundings

            put(surroundings())
        ctx.exit()
    if ctx.invoked_subcommand is None:
        from kzld.cli.loading import load_dataset
        from kzld.cli.overview import overview

        put(overview(load_dataset()))


def main() -> NoReturn:
    """Run the command, and end the process."""
    _open_missing_streams()
    _leave(run())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command; every expected failure is one line on standard error and status 2.

    Args:
        arguments: the arguments of the command; by default those of the process.

    Returns:
        The exit status.
    """
    try:
        # Outside its standalone mode click returns the status of an Exit.
        with _warnings_in_plain_lines():
            status = cli(arguments, prog_name="kzld", standalone_mode=False) or 0
        sys.stdout.flush()
    except click.UsageError as error:
        where = f" (see `{error.ctx.command_path} --help`)" if error.ctx else ""
        return complain(error.format_message().rstrip(".") + where)
    except click.ClickException as error:
        return complain(error.format_message())
    except KzldError as error:
        return complain(str(error))
    except (KeyboardInterrupt, click.Abort):
        return complain("interrupted")
    except (BrokenPipeError, SystemExit):  # the reader, such as `head`, has closed the pipe;
        _discard_output()  # click may turn a BrokenPipeError into a SystemExit
        status = 0
    except OSError as error:
        status = complain(f"cannot be done: {reason(error)}")
        _discard_output()
    return int(status)


@contextmanager
def _warnings_in_plain_lines() -> Iterator[None]:
    """Print our own warnings as one line, without a place in our code."""

    def show(message: Warning | str, category: type[Warning], *place: Any, **others: Any) -> None:
        if issubclass(category, SpellingWarning):
            say(f"Warning: {message}")
        else:
            usual(message, category, *place, **others)

    with warnings.catch_warnings():
        usual, warnings.showwarning = warnings.showwarning, show
        yield


def _leave(status: int) -> NoReturn:
    """End at once: Python would take a tenth of a second to free a store in memory."""
    with suppress(OSError):
        sys.stderr.flush()
    if ready_store := sys.modules.get("kzld.dataset.ready_store"):  # absent if nothing was loaded
        ready_store.remove_copies()
    os._exit(status)


def _open_missing_streams() -> None:
    """Replace standard streams that the caller closed (`kzld … >&-`)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 (for good)


def _discard_output() -> None:
    """Discard all further output, also that which Python flushes at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
