"""A table of names in SQLite: codes, labels, words, addresses and kinds of things."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kzld.rdf.namespaces import BASE, FACT_KINDS, KZ, PREFIXES, RDF, RDFS, SKOS

if TYPE_CHECKING:
    import sqlite3

_KINDS = (RDF + "type", SKOS + "inScheme")
_ADDRESSES = (PREFIXES["schema"] + "url", KZ + "readAt")
SUPERCLASS = RDFS + "subClassOf"
LABEL, NOTATION, CODE, TITLE = range(4)
"""The sorts of names: a label, a stated code, the end of the IRI, the title of a source."""
_SORTS = {
    SKOS + "prefLabel": LABEL,
    SKOS + "altLabel": LABEL,
    SKOS + "notation": NOTATION,
    PREFIXES["dct"] + "title": TITLE,
}
PROPERTIES = (*_KINDS, *_SORTS, *_ADDRESSES, SUPERCLASS)
"""The properties whose statements a table of names is made of."""
THING, RECORD, TERM = range(3)
"""The ranks of things: things and concepts; sources, passages and facts; all else."""
_RECORDS = (*FACT_KINDS, "source", "passage")
_MOST_WORDS = 200  # of the vocabulary, for one misspelt word
_MOST_NAMES = 200  # weighed in full for one text
_LEAST_PREFIX = 4  # letters; a shorter beginning is one of most words
_OF_PREFIX = 0.8
_SCHEMA = """
CREATE TABLE things (id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, rank INTEGER NOT NULL);
CREATE TABLE names (
  id INTEGER PRIMARY KEY, thing INTEGER NOT NULL, sort INTEGER NOT NULL,
  name TEXT NOT NULL, casefolded TEXT NOT NULL, folded TEXT
);
CREATE TABLE vocabulary (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE TABLE words (word INTEGER, name INTEGER, PRIMARY KEY (word, name)) WITHOUT ROWID;
CREATE TABLE kinds (thing INTEGER, kind INTEGER, PRIMARY KEY (thing, kind)) WITHOUT ROWID;
CREATE TABLE superclasses (class TEXT, superclass TEXT, PRIMARY KEY (class, superclass));
CREATE TABLE addresses (address TEXT, thing INTEGER, PRIMARY KEY (address, thing)) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX names_by_thing ON names (thing);
CREATE INDEX names_by_casefolded ON names (casefolded);
CREATE INDEX names_by_folded ON names (folded);
"""
_FIND = """
SELECT things.iri, MIN(LENGTH(names.name)) FROM names JOIN things ON things.id = names.thing
WHERE {condition} GROUP BY things.id
"""
_NEAR = """
SELECT things.iri, names.name, names.folded, scored.coverage
FROM (
  SELECT name, SUM(best) AS coverage FROM (
    SELECT words.name AS name, near.place, MAX(near.weight) AS best
    FROM near CROSS JOIN words ON words.word = near.word
    GROUP BY words.name, near.place
  ) GROUP BY name HAVING coverage >= ?
) AS scored
CROSS JOIN names ON names.id = scored.name CROSS JOIN things ON things.id = names.thing
WHERE {condition}
ORDER BY scored.coverage DESC, ABS(LENGTH(names.folded) - ?), things.iri LIMIT {limit}
"""
_OF_KINDS = """EXISTS (
  SELECT 1 FROM kinds JOIN things AS class ON class.id = kinds.kind
  WHERE kinds.thing = things.id AND class.iri IN ({marks})
)"""
_DESCRIBED = "EXISTS (SELECT 1 FROM kinds WHERE kinds.thing = things.id)"


def fold(text: str) -> str:
    """A text without accents, case and script: `Тоқаев` and `Tokaev` fold alike."""
    if not text.isascii():
        from anyascii import anyascii  # slow to import, and seldom needed

        text = anyascii(text)
    return _spaced(text)


def _spaced(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def bare_address(address: str) -> str:
    """A web address without what differs between copies of one: scheme, www., ending."""
    bare = re.sub(r"^https?://(www\.)?", "", address.strip(), flags=re.IGNORECASE)
    return bare.partition("#")[0].rstrip("/")


def rank_of(iri: str) -> int:
    """Whether an IRI is of a thing or concept, of a record about them, or of something else."""
    if iri.startswith(BASE + "id/"):
        kind = iri.removeprefix(BASE + "id/").partition("/")[0]
        return RECORD if kind in _RECORDS else THING
    return THING if iri.startswith(BASE + "concept/") else TERM


@dataclass(frozen=True, slots=True)
class Condition:
    """What is asked of names: SQL about `names` and `things`, with the values for its marks."""

    sql: str
    values: tuple[str | int, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        return Condition(f"({self.sql}) AND ({other.sql})", self.values + other.values)


def of_kinds(kinds: Sequence[str]) -> Condition:
    """Of one of some classes or concept schemes."""
    return Condition(_OF_KINDS.format(marks=", ".join("?" * len(kinds))), tuple(kinds))


def of_rank(highest: int) -> Condition:
    """Of a rank up to this one."""
    return Condition("things.rank <= ?", (highest,))


def with_iri(iri: str) -> Condition:
    """The described thing with an IRI."""
    return Condition(f"things.iri = ? AND {_DESCRIBED}", (iri,))


def in_namespaces(namespaces: Sequence[str]) -> Condition:
    """With an IRI that is one of some namespaces and a code without `/`."""
    within = "things.iri >= ? AND things.iri < ? AND INSTR(SUBSTR(things.iri, ?), '/') = 0"
    values: list[str | int] = []
    for namespace in namespaces:
        end = namespace[:-1] + chr(ord(namespace[-1]) + 1)
        values += [namespace, end, len(namespace) + 1]
    return Condition(" OR ".join(f"({within})" for _ in namespaces), tuple(values))


def at_address(address: str) -> Condition:
    """A source that can be read at a web address, however that is written."""
    return Condition(
        "things.id IN (SELECT thing FROM addresses WHERE address = ?)", (bare_address(address),)
    )


def with_code(code: str, *, any_case: bool = False) -> Condition:
    """With a code as the end of its IRI, in the same or in any case."""
    condition = Condition("names.casefolded = ? AND names.sort = ?", (code.casefold(), CODE))
    return condition if any_case else condition & Condition("names.name = ?", (code,))


def called(text: str) -> Condition:
    """With a label, title or notation, in any case."""
    return Condition("names.casefolded = ? AND names.sort <> ?", (text.casefold(), CODE))


def called_like(text: str) -> Condition:
    """With a label or title that folds alike; another script does not spell a code."""
    return Condition("names.folded = ?", (fold(text),)) & of_sorts(LABEL, TITLE)


def of_sorts(*sorts: int) -> Condition:
    """By names of some sorts."""
    return Condition(f"names.sort IN ({', '.join('?' * len(sorts))})", sorts)


class NameTable:
    """The names in some statements, in memory or in a file."""

    def __init__(self, path: Path | None = None) -> None:
        """Open a file that is ready, read-only; without one, begin an empty table in memory."""
        self._path = path

    @property
    def is_file(self) -> bool:
        """Whether the table is in a file, which is only read."""
        return self._path is not None

    @cached_property
    def _db(self) -> sqlite3.Connection:
        if self._path is None:
            return _created(":memory:")
        address = f"{self._path.resolve().as_uri()}?mode=ro&immutable=1"
        database = _connected(address)
        database.execute("PRAGMA mmap_size = 1073741824")
        return database

    def write(self, path: Path) -> None:
        """Write the table, with all that look-ups need, into a new file."""
        self._fold_names()
        # VACUUM INTO writes each table and index in order: smaller and faster than a backup.
        self._db.execute("VACUUM INTO ?", (str(path),))

    # ------------------------------------------------------------ statements

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Take up the names, kinds and addresses of things in statements."""
        rows: dict[str, dict[tuple[object, ...], None]] = defaultdict(dict)
        ids: dict[str, int] = {}

        def identify(iri: str) -> int:
            if iri not in ids:
                ids[iri] = self._identify(iri)
            return ids[iri]

        self._db.execute("BEGIN")
        for quad in quads:
            predicate, value = quad.predicate.value, getattr(quad.object, "value", "")
            if predicate not in PROPERTIES or not isinstance(quad.subject, ox.NamedNode):
                continue
            thing = identify(quad.subject.value)
            if predicate in _KINDS:
                rows["kinds"][thing, identify(value)] = None
            elif predicate in _ADDRESSES:
                rows["addresses"][bare_address(value), thing] = None
            elif predicate == SUPERCLASS:
                rows["superclasses"][quad.subject.value, value] = None
            else:
                sort = _SORTS[predicate]
                rows["names"][None, thing, sort, value, value.casefold(), None] = None
        for table, values in rows.items():
            marks = ", ".join("?" * len(next(iter(values))))
            self._db.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", values)  # noqa: S608
        self._db.execute("COMMIT")
        self.__dict__.pop("_vocabulary", None)

    def _identify(self, iri: str) -> int:
        """The number of a thing; one that is new gets its code as its first name."""
        for (number,) in self._db.execute("SELECT id FROM things WHERE iri = ?", (iri,)):
            return int(number)
        new = self._db.execute("INSERT INTO things VALUES (NULL, ?, ?)", (iri, rank_of(iri)))
        code = re.split(r"[/#]", iri)[-1]
        row = new.lastrowid, CODE, code, code.casefold()
        self._db.execute("INSERT INTO names VALUES (NULL, ?, ?, ?, ?, NULL)", row)
        return int(new.lastrowid or 0)

    def _fold_names(self) -> None:
        """Fold the names that are not yet, and list their words."""
        unfolded = "SELECT id, sort, name, casefolded FROM names WHERE folded IS NULL"
        rows = list(self._db.execute(unfolded)) if self._path is None else []
        if not rows:
            return
        known = dict(self._db.execute("SELECT word, id FROM vocabulary").fetchall())
        folded, words = [], []
        for number, sort, name, casefolded in rows:
            text = fold(name) if sort in (LABEL, TITLE) else _spaced(casefolded)
            folded.append((text, number))
            words += [(known.setdefault(w, len(known) + 1), number) for w in set(text.split())]
        self._db.execute("BEGIN")
        self._db.executemany("UPDATE names SET folded = ? WHERE id = ?", folded)
        entries = [(number, word) for word, number in known.items()]
        self._db.executemany("INSERT OR IGNORE INTO vocabulary VALUES (?, ?)", entries)
        self._db.executemany("INSERT INTO words VALUES (?, ?)", words)
        self._db.execute("COMMIT")

    # ------------------------------------------------------------ look-ups

    def superclasses(self) -> list[tuple[str, str]]:
        """The pairs of class and superclass."""
        return self._db.execute("SELECT class, superclass FROM superclasses").fetchall()

    def kinds(self, iri: str) -> list[str]:
        """The classes and concept schemes of a thing."""
        rows = self._db.execute(
            "SELECT class.iri FROM things JOIN kinds ON kinds.thing = things.id "
            "JOIN things AS class ON class.id = kinds.kind WHERE things.iri = ?",
            (iri,),
        )
        return [kind for (kind,) in rows]

    def label(self, iri: str) -> str | None:
        """The first label of a thing."""
        rows = self._db.execute(
            "SELECT name FROM names WHERE thing = (SELECT id FROM things WHERE iri = ?) "
            "AND sort = ? ORDER BY id",
            (iri, LABEL),
        )
        return next((name for (name,) in rows), None)

    def undescribed(self) -> list[str]:
        """The things of which no kind is stated."""
        rows = self._db.execute(f"SELECT iri FROM things WHERE NOT {_DESCRIBED}")  # noqa: S608
        return [iri for (iri,) in rows]

    def find(self, condition: Condition) -> dict[str, int]:
        """The things of which a condition holds, with the length of the shortest such name."""
        if "names.folded" in condition.sql:
            self._fold_names()
        sql = _FIND.format(condition=condition.sql)
        return dict(self._db.execute(sql, condition.values).fetchall())

    def with_words(self, words: Iterable[str], rank: int) -> Condition | None:
        """Of a rank, with a label that has all of some folded words; None where one is in none."""
        self._fold_names()
        numbers = []
        for word in dict.fromkeys(words):
            rows = self._db.execute("SELECT id FROM vocabulary WHERE word = ?", (word,)).fetchall()
            if not rows:
                return None
            numbers.append(rows[0][0])
        numbers.sort(key=self._frequency)  # the names with the rarest word are gone through
        has_word = "EXISTS (SELECT 1 FROM words WHERE word = ? AND name = names.id)"
        sql = ["names.sort = ?", "names.id IN (SELECT name FROM words WHERE word = ?)"]
        sql += [has_word] * (len(numbers) - 1)
        return Condition(" AND ".join(sql), (LABEL, *numbers)) & of_rank(rank)

    def _frequency(self, word: int) -> int:
        rows = self._db.execute("SELECT COUNT(*) FROM words WHERE word = ?", (word,))
        return int(rows.fetchone()[0])

    @cached_property
    def _vocabulary(self) -> tuple[list[int], list[str]]:
        """All words with their numbers."""
        self._fold_names()
        rows = self._db.execute("SELECT id, word FROM vocabulary").fetchall()
        return [number for number, _ in rows], [word for _, word in rows]

    def near(
        self, words: Sequence[str], condition: Condition, least_of_word: float, least: float
    ) -> list[tuple[str, str, str, float]]:
        """The names whose words come near some folded words, best first.

        Args:
            words: what they should have.
            condition: what is asked of them.
            least_of_word: the least likeness of two words, 0 to 1.
            least: the least share of the letters of the words that they must have.

        Returns:
            IRI, name, folded name and that share, of each name.
        """
        numbers, vocabulary = self._vocabulary
        total = sum(map(len, words))
        near = [
            (place, numbers[number], likeness * len(word) / total)
            for place, word in enumerate(words)
            for number, likeness in _like(word, vocabulary, least_of_word)
        ]
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS near (place, word, weight)")
        self._db.execute("DELETE FROM temp.near")
        self._db.executemany("INSERT INTO temp.near VALUES (?, ?, ?)", near)
        sql = _NEAR.format(condition=condition.sql, limit=_MOST_NAMES)
        length = total + len(words) - 1
        return self._db.execute(sql, (least, *condition.values, length)).fetchall()


def _connected(address: str) -> sqlite3.Connection:
    import sqlite3  # slow to import, and not always needed

    return sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)


def _created(address: str) -> sqlite3.Connection:
    database = _connected(address)
    database.executescript(_SCHEMA + _INDEXES)
    return database


def _like(word: str, vocabulary: Sequence[str], least: float) -> list[tuple[int, float]]:
    """The places in a vocabulary of the words that a word resembles or begins, best first."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    found = process.extract(
        word,
        vocabulary,
        scorer=OSA.normalized_similarity,
        processor=None,
        score_cutoff=least,
        limit=_MOST_WORDS,
    )
    likeness = {number: score for _, score, number in found}
    if len(word) >= _LEAST_PREFIX:
        for number, known in enumerate(vocabulary):
            if known.startswith(word) and known != word:
                likeness[number] = max(likeness.get(number, 0), _OF_PREFIX)
    return sorted(likeness.items(), key=lambda pair: -pair[1])[:_MOST_WORDS]
