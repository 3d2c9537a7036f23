"""A table of names in SQLite: codes, labels, words, addresses and kinds of things."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kzld.rdf.namespaces import BASE, KZ, PREFIXES, RDF, RDFS, RECORD_KINDS, SKOS

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
"""The properties whose statements make a table of names."""
THING, RECORD, TERM = range(3)
"""The ranks of IRIs: things and concepts; sources, passages and facts; all others."""
_RECORDS = (*RECORD_KINDS, "source", "passage", "evidence")
_ARCHIVE = re.compile(r"^https?://web\.archive\.org/web/\d+(id_)?/(?=https?://)", re.IGNORECASE)
_READERS = re.compile(r"(?<=[?&])(utm_\w+|fbclid|gclid)=[^&]*&?")
_MOST_WORDS = 200  # in the vocabulary, for one misspelt word
_MOST_NAMES = 200  # scored in full for one text
_AT_ONCE = 100_000  # statements
_LEAST_WORD = 4  # letters; the Cyrillic abbreviation РТ has nothing to do with the name RT
_LEAST_PREFIX = 4  # letters; most words begin with some shorter prefix
_OF_PREFIX = 0.8
_SCHEMA = """
CREATE TABLE things (id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, rank INTEGER NOT NULL);
CREATE TABLE names (
  id INTEGER PRIMARY KEY, thing INTEGER NOT NULL, sort INTEGER NOT NULL,
  name TEXT NOT NULL, folded TEXT NOT NULL
);
CREATE TABLE vocabulary (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE TABLE words (word INTEGER, name INTEGER, PRIMARY KEY (word, name)) WITHOUT ROWID;
CREATE TABLE kinds (thing INTEGER, kind INTEGER, PRIMARY KEY (thing, kind)) WITHOUT ROWID;
CREATE TABLE superclasses (class TEXT, superclass TEXT, PRIMARY KEY (class, superclass));
CREATE TABLE addresses (address TEXT, thing INTEGER, PRIMARY KEY (address, thing)) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX names_by_thing ON names (thing);
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
    text = text.casefold()  # first, so that texts that differ only in case fold alike
    if not text.isascii():
        from anyascii import anyascii  # slow to import, and seldom needed

        text = anyascii(text).casefold()
    return _without_punctuation(text)


def _without_punctuation(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip()


def _fold_name(name: str, sort: int) -> str:
    """The form of a name for comparison: for codes case is ignored, but not script."""
    return fold(name) if sort in (LABEL, TITLE) else _without_punctuation(name.casefold())


def bare_address(address: str) -> str:
    """A web address without the parts that vary.

    These are the scheme, `www.`, the case of the host, the fragment, the final slash, what
    newsletters and networks add to count readers, and the archive that has a copy.
    """
    bare = _ARCHIVE.sub("", address.strip())
    bare = re.sub(r"^https?://(www\.)?", "", bare, flags=re.IGNORECASE)
    host, slash, path = _READERS.sub("", bare.partition("#")[0]).partition("/")
    return f"{host.lower()}{slash}{path}".rstrip("/?&")


def rank_of(iri: str) -> int:
    """The rank of an IRI: `THING`, `RECORD` or `TERM`."""
    if iri.startswith(BASE + "id/"):
        kind = iri.removeprefix(BASE + "id/").partition("/")[0]
        return RECORD if kind in _RECORDS else THING
    return THING if iri.startswith(BASE + "concept/") else TERM


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on names: SQL on `names` and `things`, with values for its placeholders."""

    sql: str
    values: tuple[str | int, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        return Condition(f"({self.sql}) AND ({other.sql})", self.values + other.values)


def of_kinds(kinds: Sequence[str]) -> Condition:
    """The thing belongs to one of some classes or concept schemes."""
    return Condition(_OF_KINDS.format(marks=", ".join("?" * len(kinds))), tuple(kinds))


def of_rank(highest: int) -> Condition:
    """The thing has at most this rank."""
    return Condition("things.rank <= ?", (highest,))


def with_iri(iri: str) -> Condition:
    """The thing has an IRI, and is described."""
    return Condition(f"things.iri = ? AND {_DESCRIBED}", (iri,))


def in_namespaces(namespaces: Sequence[str]) -> Condition:
    """The IRI of the thing is in one of some namespaces, and the rest of it has no `/`."""
    within = "things.iri >= ? AND things.iri < ? AND INSTR(SUBSTR(things.iri, ?), '/') = 0"
    values: list[str | int] = []
    for namespace in namespaces:
        end = namespace[:-1] + chr(ord(namespace[-1]) + 1)
        values += [namespace, end, len(namespace) + 1]
    return Condition(" OR ".join(f"({within})" for _ in namespaces), tuple(values))


def at_address(address: str) -> Condition:
    """The thing is a source at a web address, in any spelling of the address."""
    return Condition(
        "things.id IN (SELECT thing FROM addresses WHERE address = ?)", (bare_address(address),)
    )


def below_address(address: str) -> Condition:
    """The address of the thing begins with another address, such as that of its site."""
    start = f"{bare_address(address)}/"
    return Condition(
        "things.id IN (SELECT thing FROM addresses WHERE address >= ? AND address < ?)",
        (start, start[:-1] + chr(ord("/") + 1)),
    )


def with_code(code: str, *, any_case: bool = False) -> Condition:
    """The IRI of the thing ends in a code, in the same case or in any case."""
    condition = Condition("names.folded = ?", (_fold_name(code, CODE),)) & of_sorts(CODE)
    if any_case:
        return condition & Condition("CASEFOLD(names.name) = ?", (code.casefold(),))
    return condition & Condition("names.name = ?", (code,))


def with_name(text: str) -> Condition:
    """The text is a label, title or notation of the thing, in any case."""
    folded = Condition("names.folded IN (?, ?)", (fold(text), _fold_name(text, NOTATION)))
    named = folded & of_sorts(LABEL, TITLE, NOTATION)
    return named & Condition("CASEFOLD(names.name) = ?", (text.casefold(),))


def with_folded_name(text: str) -> Condition:
    """A label or title of the thing folds like the text; codes keep their script."""
    alike = Condition("names.folded = ?", (fold(text),)) & of_sorts(LABEL, TITLE)
    return alike & in_script_of(text) if is_short(text) else alike


def is_short(text: str) -> bool:
    """Whether a text has only short words, which fold like unrelated words in another script."""
    return all(len(word) < _LEAST_WORD for word in re.findall(r"\w+", text))


def in_script_of(text: str) -> Condition:
    """The name is in Cyrillic if a text is, else it is not."""
    negation = "" if re.search("[\u0400-\u04ff]", text) else "NOT "
    return Condition(f"names.name {negation}GLOB ?", ("*[\u0400-\u04ff]*",))


def of_sorts(*sorts: int) -> Condition:
    """The name is of one of some sorts."""
    return Condition(f"names.sort IN ({', '.join('?' * len(sorts))})", sorts)


class NameTable:
    """The names in some statements, in memory or in a file."""

    def __init__(self, path: Path | None = None) -> None:
        """Open a file read-only; without a path, begin an empty table in memory."""
        self._path = path
        self._lock = Lock()

    @property
    def is_file(self) -> bool:
        """Whether the table is in a file; such a table never changes."""
        return self._path is not None

    @cached_property
    def _db(self) -> sqlite3.Connection:
        if self._path is None:
            database = _connect(":memory:")
            database.executescript(_SCHEMA + _INDEXES)
            return database
        return _connect(f"{self._path.resolve().as_uri()}?mode=ro&immutable=1")

    @classmethod
    def write(cls, quads: Iterable[ox.Quad], path: Path) -> None:
        """Write the names in statements into a new file."""
        table = cls()
        database = table._db = _connect(path.resolve().as_uri())
        # Readers use only a complete file, so no transaction is rolled back.
        database.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;"
        )
        database.executescript(_SCHEMA)
        table.add(quads)
        database.executescript(_INDEXES)
        database.close()

    def add(self, quads: Iterable[ox.Quad]) -> list[str]:
        """Add the names, kinds and addresses of things in statements.

        Returns:
            The IRIs that are new in the table.
        """
        for cached in ("superclasses", "_vocabulary"):
            self.__dict__.pop(cached, None)
        stated = (quad for quad in quads if quad.predicate.value in PROPERTIES)
        adding = _Writer(self._db)
        while some := list(islice(stated, _AT_ONCE)):
            adding.add(some)
        return adding.new

    @cached_property
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

    def find(self, condition: Condition) -> dict[str, int]:
        """The things that meet a condition, with the length of the shortest name that meets it."""
        sql = _FIND.format(condition=condition.sql)
        return dict(self._db.execute(sql, condition.values).fetchall())

    def with_words(self, words: Iterable[str], rank: int) -> Condition | None:
        """The thing has a rank and a label with all folded words; None if a word is in no name."""
        numbers = []
        for word in dict.fromkeys(words):
            rows = self._db.execute("SELECT id FROM vocabulary WHERE word = ?", (word,)).fetchall()
            if not rows:
                return None
            numbers.append(rows[0][0])
        numbers.sort(
            key=self._frequency
        )  # the rarest word comes first: only names with it are read
        has_word = "EXISTS (SELECT 1 FROM words WHERE word = ? AND name = names.id)"
        sql = ["names.sort = ?", "names.id IN (SELECT name FROM words WHERE word = ?)"]
        sql += [has_word] * (len(numbers) - 1)
        return Condition(" AND ".join(sql), (LABEL, *numbers)) & of_rank(rank)

    def _frequency(self, word: int) -> int:
        rows = self._db.execute("SELECT COUNT(*) FROM words WHERE word = ?", (word,))
        return int(rows.fetchone()[0])

    @cached_property
    def _vocabulary(self) -> tuple[list[int], list[str]]:
        """The numbers of all words, and the words."""
        rows = self._db.execute("SELECT id, word FROM vocabulary").fetchall()
        return [number for number, _ in rows], [word for _, word in rows]

    def near(
        self, words: Sequence[str], condition: Condition, least_of_word: float, least: float
    ) -> list[tuple[str, str, str, float]]:
        """The names whose words are near some folded words, best first.

        Args:
            words: the folded words to search for.
            condition: a condition that the names must meet.
            least_of_word: the least likeness of two words, 0 to 1.
            least: the least share of the letters of the words that a name must have.

        Returns:
            IRI, name, folded name and this share, for each name.
        """
        numbers, vocabulary = self._vocabulary
        total = sum(map(len, words))
        near = [
            (place, numbers[number], likeness * len(word) / total)
            for place, word in enumerate(words)
            for number, likeness in _similar_words(word, vocabulary, least_of_word)
        ]
        sql = _NEAR.format(condition=condition.sql, limit=_MOST_NAMES)
        values = (least, *condition.values, total + len(words) - 1)
        with self._lock:  # other threads may use the temporary table
            self._db.execute("CREATE TEMP TABLE IF NOT EXISTS near (place, word, weight)")
            self._db.execute("DELETE FROM temp.near")
            self._db.executemany("INSERT INTO temp.near VALUES (?, ?, ?)", near)
            return self._db.execute(sql, values).fetchall()


class _Writer:
    """Adds the names in statements to a table; remembers the numbers of things and words."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self.new: list[str] = []  # the IRIs that had no number before
        self._things: dict[str, int] = {}
        self._words: dict[str, int] = {}
        self._last = {name: self._highest(name) for name in ("things", "names", "vocabulary")}
        self._known_names: set[int] = set()
        self._rows: dict[str, list[tuple[object, ...]]] = defaultdict(list)

    def _highest(self, table: str) -> int:
        return int(self._db.execute(f"SELECT IFNULL(MAX(id), 0) FROM {table}").fetchone()[0])  # noqa: S608

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Add some statements, in one transaction."""
        self._db.execute("BEGIN")
        for quad in quads:
            if isinstance(quad.subject, ox.NamedNode):
                value = getattr(quad.object, "value", "")
                self._add(quad.subject.value, quad.predicate.value, value)
        self._rows["words"].sort()  # sorted rows are written faster
        for table, rows in filter(itemgetter(1), self._rows.items()):
            marks = ", ".join("?" * len(rows[0]))
            self._db.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)  # noqa: S608
        self._db.execute("COMMIT")
        self._rows.clear()

    def _add(self, iri: str, predicate: str, value: str) -> None:
        thing = self._thing(iri)
        if predicate in _KINDS:
            self._rows["kinds"].append((thing, self._thing(value)))
        elif predicate in _ADDRESSES:
            self._rows["addresses"].append((bare_address(value), thing))
        elif predicate == SUPERCLASS:
            self._rows["superclasses"].append((iri, value))
        else:
            self._name(thing, _SORTS[predicate], value)

    def _thing(self, iri: str) -> int:
        """The number of a thing; a new thing gets its code as its first name."""
        if iri not in self._things:
            found = self._db.execute("SELECT id FROM things WHERE iri = ?", (iri,)).fetchone()
            if found:
                self._things[iri] = found[0]
            else:
                number = self._things[iri] = self._next("things")
                self._rows["things"].append((number, iri, rank_of(iri)))
                self.new.append(iri)
                self._name(number, CODE, re.split(r"[/#]", iri)[-1])
        return self._things[iri]

    def _name(self, thing: int, sort: int, name: str) -> None:
        key = hash((thing, sort, name))
        if key in self._known_names:  # the same name in another language
            return
        self._known_names.add(key)
        number, folded = self._next("names"), _fold_name(name, sort)
        self._rows["names"].append((number, thing, sort, name, folded))
        self._rows["words"] += [(self._word(word), number) for word in set(folded.split())]

    def _word(self, word: str) -> int:
        if word not in self._words:
            found = self._db.execute("SELECT id FROM vocabulary WHERE word = ?", (word,)).fetchone()
            self._words[word] = found[0] if found else self._next("vocabulary")
            if not found:
                self._rows["vocabulary"].append((self._words[word], word))
        return self._words[word]

    def _next(self, table: str) -> int:
        self._last[table] += 1
        return self._last[table]


def _connect(address: str) -> sqlite3.Connection:
    import sqlite3  # slow to import, and not always needed

    database = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    database.create_function("CASEFOLD", 1, str.casefold, deterministic=True)
    return database


def _similar_words(word: str, vocabulary: Sequence[str], least: float) -> list[tuple[int, float]]:
    """The words in a vocabulary that are like a word or begin with it, best first, by place."""
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
