"""The command `kzld explain`."""

from __future__ import annotations

import click

from kzld.check.explain import explain_rule, list_rules
from kzld.cli.base import SETTINGS, put
from kzld.text import as_table


@click.command(
    "explain",
    context_settings=SETTINGS,
    short_help="Explain a rule, with a good and a bad example.",
)
@click.argument("rule", required=False)
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", help="Language of texts.")
def command(rule: str | None, lang: str) -> None:
    """Explain what RULE asks and why, with a good and a bad example; without RULE list all.

    \b
    kzld explain open-state-last-known
    """
    if rule is None:
        put(as_table(["rule", "severity", "asks"], list_rules(lang)))
        return
    put(explain_rule(rule, lang))
