"""The command `kzld query`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from kzld.cli.answers import QUERY_FORMATS, query_result
from kzld.cli.base import SETTINGS, data_option, put, timeout_option
from kzld.cli.loading import TIMEOUT, load_dataset
from kzld.errors import KzldError, QueryError, reason
from kzld.query import sparql as engine


@click.command(
    "query",
    context_settings=SETTINGS,
    short_help="Answer a SPARQL query, offline or at an endpoint.",
)
@click.argument("sparql", required=False)
@click.option("-q", "--query-file", metavar="FILE", help="Read the query from a file.")
@click.option("-f", "--format", "form", type=click.Choice(QUERY_FORMATS), help="Output format.")
@data_option
@click.option("--endpoint", metavar="URL", help="Ask this SPARQL endpoint instead.")
@timeout_option
@click.option("--allow-service", is_flag=True, help="Let SERVICE ask other servers.")
def command(
    sparql: str | None,
    query_file: str | None,
    form: str | None,
    data: tuple[str, ...],
    endpoint: str | None,
    timeout: float | None,
    allow_service: bool,
) -> None:
    """Answer a SPARQL 1.1 query (an argument, a file with -q, or - for standard input).

    The project's prefixes need no declaration. Formats: table, csv, tsv, json, xml,
    markdown for SELECT and ASK; turtle, ntriples, jsonld for CONSTRUCT and DESCRIBE.
    A literal of the data is spelt as there; comparisons are by value.

    \b
    kzld query "SELECT ?body { country:KAZ org:memberOf ?body }"
    kzld query -q question.rq -f csv > answer.csv
    echo "DESCRIBE body:EAEU" | kzld query -
    """
    text = _query_text(sparql, query_file)
    if endpoint:
        if data:
            raise KzldError("--data and --endpoint exclude each other")
        from kzld.stores.remote import query as query_endpoint  # slow to import

        put(query_result(query_endpoint(endpoint, text, timeout=timeout or TIMEOUT), form))
        return
    if timeout:
        _run_with_timeout(text, form, data, timeout, allow_service)
        return
    dataset = load_dataset(data)
    try:
        put(query_result(engine.run(dataset, text, allow_service=allow_service), form))
    except QueryError as error:
        place = str(error)
        if query_file and place.startswith("query:"):
            place = query_file + place.removeprefix("query")
        raise QueryError(place) from None


def _query_text(sparql: str | None, query_file: str | None) -> str:
    if (sparql is None) == (query_file is None):
        raise KzldError("give one query: as an argument, with -q FILE, or - for standard input")
    try:
        if sparql == "-":
            return sys.stdin.buffer.read().decode("utf-8-sig")
        return sparql if sparql is not None else Path(query_file or "").read_text("utf-8-sig")
    except OSError as error:
        raise KzldError(f"{query_file}: cannot be read ({reason(error)})") from None
    except UnicodeDecodeError:
        raise KzldError(f"{query_file or 'standard input'}: not UTF-8") from None


def _run_with_timeout(
    text: str, form: str | None, data: Sequence[str], timeout: float, allow_service: bool
) -> None:
    """Run the query in a process of its own, so that it can be stopped."""
    # -P: do not import modules from the working directory.
    command = [sys.executable, "-P", "-m", "kzld", "query", "-"]
    command += ["-f", form] if form else []
    command += [word for path in data for word in ("--data", path)]
    command += ["--allow-service"] if allow_service else []
    try:
        done = subprocess.run(command, input=text.encode(), timeout=timeout, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise KzldError(f"no answer within {timeout:g} seconds; the query was stopped") from None
    raise click.exceptions.Exit(done.returncode)
