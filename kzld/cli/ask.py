"""The command `kzld ask`: a sub-command for each named question."""

from __future__ import annotations

from typing import Any

import click

from kzld.cli.answers import answer_text
from kzld.cli.base import (
    SETTINGS,
    TABLE_FORMATS,
    Commands,
    data_option,
    endpoint_option,
    language_option,
    put,
    say,
    timeout_option,
)
from kzld.cli.loading import load
from kzld.query.ask import AT, Question, questions
from kzld.text import fold


class _Questions(Commands):
    """The named questions as commands."""

    what = "question"

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The names of the questions."""
        return list(questions())

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command that asks one question."""
        question = questions().get(cmd_name)
        return _question_command(question) if question else None


@click.group("ask", cls=_Questions, invoke_without_command=True, context_settings=SETTINGS)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Answer a named question; without one, list them.

    \b
    kzld ask members --organization EAEU --at 2022-06-20
    kzld ask career --person Tokayev --sources
    """
    if ctx.invoked_subcommand is None:
        rows = [[f"kzld ask {q.name} {q.example}".strip(), q.title] for q in questions().values()]
        for command, title in rows:
            put(f"{fold(title)}\n    {command}\n")
        say("\n`kzld ask NAME --help` lists the parameters of a question.")


def _question_command(question: Question) -> click.Command:
    def run(
        form: str,
        lang: str,
        sources: bool,
        show_sparql: bool,
        data: tuple[str, ...],
        endpoint: str | None,
        timeout: float | None,
        **values: Any,
    ) -> None:
        answer = load(data, endpoint, timeout).ask(question.name, language=lang, **values)
        if show_sparql:
            put(answer.sparql)
            return
        put(answer_text(answer, form, sources=sources))
        if not len(answer):
            say(f"No rows: nothing in the data set answers this. {question.title}")

    parameters: list[click.Parameter] = [
        click.Option(
            [f"--{p.name}", p.variable],
            required=p.required,
            multiple=p.repeated,
            metavar="DATE" if p.types and "day" in p.types[0] else "NAME",
            help=p.help[0].upper() + p.help[1:] + ".",
        )
        for p in (*question.parameters, AT)
    ]
    sources = click.Option(["--sources"], is_flag=True, help="Add the sources of each row.")
    form = click.Option(
        ["-f", "--format", "form"],
        type=click.Choice(TABLE_FORMATS),
        default="table",
        help="Output format.",
    )
    show = click.Option(
        ["--sparql", "show_sparql"], is_flag=True, help="Print the SPARQL query instead."
    )
    command = click.Command(
        question.name,
        callback=run,
        params=[*parameters, sources, form, show],
        help=f"{question.title}\n\n\b\nkzld ask {question.name} {question.example}",
        context_settings=SETTINGS,
    )
    return language_option(data_option(endpoint_option(timeout_option(command))))
