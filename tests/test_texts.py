"""The texts of the interface: each is translated, and no translation is of a text that is gone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest

from kzld.check.findings import SEVERITIES
from kzld.rdf.namespaces import in_language
from kzld.serving.pages import _EXAMPLES
from kzld.text import translated, translations

PACKAGE = Path(str(files("kzld")))
TEMPLATES = "".join(p.read_text("utf-8") for p in PACKAGE.glob("serving/templates/*.html"))
COUNTED = ("fact", "triple")  # by the summary of a check, in a loop


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def said_by(path: Path) -> set[str]:
    """The texts that a module has translated: as they stand, or a constant's."""
    texts: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and re.search(
            r"\b(translated|_translate)$", ast.unparse(node.func)
        ):
            text = node.args[0]
            if isinstance(text, ast.Constant):
                texts.add(text.value)
            elif match := re.match(r"_[A-Z_]+", ast.unparse(text)):
                name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
                constant = getattr(import_module(name), match[0])
                texts |= set(constant.values() if isinstance(constant, dict) else [constant])
    return texts


def strings(folders: Iterable[str]) -> set[str]:
    """All the strings in the modules of some folders."""
    return {
        node.value
        for folder in folders
        for path in (PACKAGE / folder).rglob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_each_text_is_translated() -> None:
    pages = {*re.findall(r't\("([^"]+)"\)', TEMPLATES), *_EXAMPLES}
    modules = set().union(*map(said_by, PACKAGE.rglob("*.py")))
    assert (len(pages) > 20, len(modules) > 30) == (True, True)
    assert {*pages, *modules, *SEVERITIES, *COUNTED} <= translations()["fr"].keys()
    assert pages <= translations()["ru"].keys()


def test_languages_have_the_same_texts() -> None:
    """Checks, additions and templates speak English and French; pages speak every language."""
    french, russian = (set(translations()[language]) for language in ("fr", "ru"))
    assert set(translations()) == {"fr", "ru"}
    assert russian <= french
    assert french - russian <= strings(["check", "spreadsheets", "cli", "dataset"])


def test_no_translation_is_left_over() -> None:
    quoted = TEMPLATES + "".join(p.read_text("utf-8") for p in PACKAGE.rglob("*.rq"))
    left_over = translations()["fr"].keys() - strings([""])
    assert [english for english in left_over if f'"{english}"' not in quoted] == []


@pytest.mark.parametrize("language", ["fr", "ru"])
def test_translations_keep_the_placeholders(language: str) -> None:
    for english, text in translations()[language].items():
        assert re.findall(r"{\w*}", english) == re.findall(r"{\w*}", text), text


def test_what_has_no_translation_is_english() -> None:
    assert [translated("Find", language) for language in ("en", "fr", "kk")] == [
        "Find",
        "Chercher",
        "Find",
    ]
    assert translated("no such text", "fr") == "no such text"


@pytest.mark.parametrize(
    ("texts", "best"),
    [
        ({"en": "E", "fr": "F", "kk": "K"}, "K"),
        ({"ru": "R", "fr": "F", "": "", "de": "D"}, "F"),
        ({"es": "S", "de": "D", "": "untagged"}, "untagged"),
        ({"es": "S", "de": "D"}, "D"),
        ({}, None),
    ],
)
def test_the_next_best_language(texts: dict[str, str], best: str | None) -> None:
    assert in_language(texts, "kk") == best
