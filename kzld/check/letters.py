"""Letters in names that look like Latin letters and are not, and characters that do not show."""

from __future__ import annotations

import re
import unicodedata

from kzld.text import translated

_FOREIGN = "АВЕЅІЈКМНОРСТУХҮаеѕіјкорсухһԁԛԝүёїΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχϲ"
_LATIN = "ABESIJKMHOPCTYXYaesijkopcyxhdqwyeiABEZHIKMNOPTYXaiknoptuxc"
_LOOKS_LIKE = str.maketrans(_FOREIGN, _LATIN)
_PLAIN = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
_SHOWN = ("L", "N", "P", "S")  # general categories
_KINDS = {
    "CYRILLIC": "the {} is a Cyrillic letter",
    "GREEK": "the {} is a Greek letter",
    "FULLWIDTH": "the {} is a full-width letter",
    "COMBINING": "the accent of {} is a character of its own",
}
_INVISIBLE = "it has a character that does not show ({})"


def with_latin_letters(name: str) -> str:
    """A name with Latin letters and hyphens for those that look like them.

    Accents and characters that do not show are left out.
    """
    plain = unicodedata.normalize("NFKD", name.translate(_LOOKS_LIKE).translate(_PLAIN))
    return "".join(c for c in plain if unicodedata.category(c)[0] in _SHOWN)


def is_disguised(name: str) -> bool:
    """Whether a name looks as if it had only Latin letters; a name in Russian does not."""
    return not name.isascii() and with_latin_letters(name).isascii()


def odd_letter(name: str, language: str = "en") -> str:
    """The first character that is out of place in a name, in words.

    Empty if there is none, and if the whole name is in letters of another script.
    """
    if not (is_disguised(name) or re.search("[A-Za-z]", name)):
        return ""
    for before, character in zip(f" {name}", name, strict=False):
        if not character.isascii():
            return _in_words(before, character, language)
    return ""


def _in_words(before: str, character: str, language: str) -> str:
    script = unicodedata.name(character, "").partition(" ")[0]
    if script in _KINDS:
        shown = before + character if script == "COMBINING" else character
        return translated(_KINDS[script], language).format(shown)
    if unicodedata.category(character)[0] not in _SHOWN:
        return translated(_INVISIBLE, language).format(f"U+{ord(character):04X}")
    return translated("names have no {}", language).format(character)
