"""The command `kzld serve`."""

from __future__ import annotations

import click

from kzld.cli.base import SETTINGS, data_option, say
from kzld.cli.loading import load_dataset
from kzld.errors import KzldError


@click.command(
    "serve", context_settings=SETTINGS, short_help="Serve SPARQL queries and pages, read-only."
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen at.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    metavar="NUMBER",
    help="Port to listen at; 0 takes a free one.",
)
@data_option
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Stop a query after this time.",
)
@click.option(
    "--running",
    type=click.IntRange(min=1),
    metavar="N",
    show_default="twice the processors",
    help="Queries that run at a time, heavy ones not counted.",
)
@click.option(
    "--heavy",
    type=click.IntRange(min=1),
    metavar="N",
    show_default="the processors, less one",
    help="Heavy queries that run at a time: those over half a second of processor time.",
)
@click.option(
    "--queue",
    type=click.IntRange(min=0),
    default=64,
    show_default=True,
    metavar="N",
    help="Queries that wait for their turn; further ones are refused.",
)
@click.option(
    "--memory",
    type=click.IntRange(min=10),
    default=500,
    show_default=True,
    metavar="MB",
    help="Memory for a query, beside the data.",
)
@click.option(
    "--max-query",
    type=click.FloatRange(min=0.001),
    default=1.0,
    show_default=True,
    metavar="MB",
    help="Largest size of a query.",
)
@click.option(
    "--max-answer",
    type=click.FloatRange(min=0.001),
    default=50.0,
    show_default=True,
    metavar="MB",
    help="Largest size of an answer.",
)
@click.option("--log", is_flag=True, help="Print a line for each request to standard error.")
def command(
    host: str,
    port: int,
    data: tuple[str, ...],
    timeout: float,
    running: int | None,
    heavy: int | None,
    queue: int,
    memory: int,
    max_query: float,
    max_answer: float,
    log: bool,
) -> None:
    """Serve the data set, read-only: a SPARQL 1.1 endpoint, and a page for each thing.

    Ctrl-C stops the server; running queries get five more seconds.

    \b
    kzld serve
    kzld serve --port 8080 --data my-facts.ttl
    """
    try:
        from kzld.serving import server
        from kzld.serving.protocol import Sizes
        from kzld.serving.workers import Limits
    except ModuleNotFoundError as error:
        if error.name == "resource":
            raise KzldError("kzld serve needs Linux, macOS or WSL") from None
        raise KzldError(f'{error.name} is not installed; pip install "kzld[serve]"') from None

    listener = server.listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listener.getsockname()[1]}"
    usual = Limits()
    limits = Limits(
        timeout=timeout,
        memory=memory,
        starting=running or usual.starting,
        heavy=heavy or usual.heavy,
        queue=queue,
    )
    sizes = Sizes(query=round(max_query * 1e6), answer=round(max_answer * 1e6))

    def ready() -> None:
        say(f"Serving at {address}/ (Ctrl-C ends it). To ask it:")
        say(f'  kzld query --endpoint {address}/sparql "DESCRIBE body:EAEU"')

    server.serve(listener, load_dataset(data, in_memory=True), limits, sizes, log=log, ready=ready)
