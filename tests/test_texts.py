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
from kzld.dataset.names import SEARCH
from kzld.rdf.namespaces import in_language
from kzld.serving.pages import _EXAMPLES
from kzld.text import Label, Phrase, either, translated, translations

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


def phrases_in(path: Path) -> set[str]:
    """The patterns of the phrases in a module: as they stand, or a variable's."""
    calls = [
        node.args[0]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Phrase"
    ]
    patterns = {
        target.id: node.value.value
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    } | {"SEARCH": SEARCH}
    return {
        call.value if isinstance(call, ast.Constant) else patterns[ast.unparse(call)]
        for call in calls
    }


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
    phrases = set().union(*map(phrases_in, PACKAGE.rglob("*.py")))
    assert len(phrases) > 80
    assert (len(pages) > 20, len(modules) > 30) == (True, True)
    assert {*pages, *modules, *phrases, *SEVERITIES, *COUNTED} <= translations()["fr"].keys()
    assert pages <= translations()["ru"].keys()


def test_languages_have_the_same_texts() -> None:
    """Checks, additions and templates speak English and French; pages speak every language."""
    french, russian = (set(translations()[language]) for language in ("fr", "ru"))
    assert set(translations()) == {"fr", "ru"}
    assert russian <= french
    assert french - russian <= strings(["check", "spreadsheets", "cli", "dataset", "rdf", "."])


def test_no_translation_is_left_over() -> None:
    quoted = TEMPLATES + "".join(p.read_text("utf-8") for p in PACKAGE.rglob("*.rq"))
    left_over = translations()["fr"].keys() - strings([""])
    assert [english for english in left_over if f'"{english}"' not in quoted] == []


def test_a_phrase_is_said_in_another_language() -> None:
    kind = Label("a country", {"fr": "pays"})
    phrase = Phrase("{} is {}, which does not go here", "{KAZ}", kind)
    assert phrase == "{KAZ} is a country, which does not go here"
    assert phrase.said_in("fr") == "{KAZ} est de la classe « pays », qui ne convient pas ici"
    many = Phrase("could be {}", either(["2015", "2016", "2017"]))
    assert (many, many.said_in("fr")) == (
        "could be 2015 or 2016 or 2017",
        "peut être 2015 ou 2016 ou 2017",
    )
    assert many.said_in("kk") == many


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
