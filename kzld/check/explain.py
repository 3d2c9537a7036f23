"""Pages that explain a rule: its purpose, its remedy, a good and a bad example."""

from __future__ import annotations

from kzld.check.rules import packaged_shapes
from kzld.dataset.package import examples
from kzld.errors import choose
from kzld.rdf.namespaces import in_language, shorten
from kzld.shacl.shapes import Rule
from kzld.text import fold, translated


def rules() -> dict[str, Rule]:
    """The rules by their names."""
    return packaged_shapes().rules


def list_rules(language: str = "en") -> list[list[str]]:
    """Name, severity and title of each rule."""
    return [[r.name, r.severity, in_language(r.title, language) or ""] for r in rules().values()]


def explain_rule(name: str, language: str = "en") -> str:
    """A page about a rule, with a good and a bad example.

    Args:
        name: the name of the rule, such as `membership-organization`.
        language: `en` or `fr`.

    Raises:
        UnknownNameError: there is no such rule; the message names the nearest.
    """
    known = rules()
    name = name.rpartition("#")[2].removeprefix("kzs:")
    rule = known[choose("rule", name, known, "`kzld explain` lists them")]
    about = translated(", about {}", language)
    path = about.format(shorten(rule.path.value)) if rule.path else ""
    parts = [
        f"{rule.name} ({translated(rule.severity, language)}{path})",
        fold(in_language(rule.title, language) or ""),
        "",
        fold(in_language(rule.why, language) or ""),
        fold(in_language(rule.remedy, language) or ""),
        "",
        translated("Bad:", language),
        _example(name, "fail", without="pass"),
        translated("Good:", language),
        _example(name, "pass", without="fail"),
    ]
    return "\n".join(parts)


def _example(rule: str, file: str, *, without: str) -> str:
    """The blocks of a fixture that the other fixture lacks; if it lacks none, all blocks."""
    blocks, others = _blocks(rule, file), _blocks(rule, without)
    shown = [block for block in blocks if block not in others] or blocks
    return "".join(f"    {line}\n" if line else "\n" for line in "\n\n".join(shown).split("\n"))


def _blocks(rule: str, file: str) -> list[str]:
    [path] = (examples() / rule).glob(f"{file}.*")
    text = path.read_text("utf-8")
    return [block for block in text.strip().split("\n\n") if not block.startswith(("@prefix", "#"))]
