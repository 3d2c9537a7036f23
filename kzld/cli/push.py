"""The command `kzld push`."""

from __future__ import annotations

import click

from kzld.cli.base import SETTINGS, data_option, put, say
from kzld.cli.loading import load_dataset
from kzld.progress import bar
from kzld.rdf.namespaces import GRAPHS
from kzld.stores.push import open_store, push

_STORES = ("oxigraph", "fuseki", "rdf4j", "virtuoso", "generic")


@click.command("push", context_settings=SETTINGS)
@click.argument("endpoint")
@click.option(
    "--store", type=click.Choice(_STORES), help="Kind of store; by default the store is asked."
)
@click.option(
    "--graph", "graphs", multiple=True, metavar="NAME",
    help=f"Only this graph (may be repeated): {', '.join(GRAPHS)}.",
)  # fmt: skip
@data_option
@click.option("--force", is_flag=True, help="Replace graphs that hold other data.")
@click.option(
    "--timeout", type=click.FloatRange(min=0.001), default=600.0, metavar="SECONDS",
    help="Wait so long for each answer; 600 by default.",
)  # fmt: skip
def command(
    endpoint: str,
    store: str | None,
    graphs: tuple[str, ...],
    data: tuple[str, ...],
    force: bool,
    timeout: float,
) -> None:
    """Load the data set into a triple store.

    ENDPOINT is any address of the store: of the server, of its queries, of a data set or
    repository. Each named graph is replaced whole or not at all, unless it is up to date;
    afterwards it is read back and compared.

    User and password: KZLD_USER and KZLD_PASSWORD, or a netrc file; KZLD_TOKEN for a token.

    \b
    kzld push http://localhost:7878
    kzld push http://localhost:3030/kzld --graph data --graph ontology
    KZLD_USER=dba KZLD_PASSWORD=… kzld push http://localhost:8890/sparql
    """
    opened = open_store(endpoint, store=store, timeout=timeout)
    for done in push(load_dataset(data), opened, graphs or GRAPHS, force=force, bar=bar):
        fate = "unchanged" if not done.changed else "replaced" if done.before else "new"
        count = f"{done.contents.triples:,}"
        put(f"graph:{done.graph:<8}  {count:>11} triples  {fate}\n")
    query = opened.services.query
    say(
        f"\n{opened.product.title} answers at {query}. The first question:\n"
        f"kzld ask members --organization EAEU --at 2022-06-20 --endpoint {query}"
    )
