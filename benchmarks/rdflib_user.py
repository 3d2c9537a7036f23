"""What somebody with rdflib and no kzld would write; run.py times it as a process of its own.

rdflib_user.py query QUERY.rq FILE...            the rows as CSV
rdflib_user.py convert FORMAT CONTEXT.jsonld FILE  the file in another format
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import rdflib


def _query(query: str, *files: str) -> None:
    graph = rdflib.Graph()
    for file in files:
        graph.parse(file)
    rows = graph.query(Path(query).read_text("utf-8")).serialize(format="csv")
    sys.stdout.buffer.write(rows or b"")


def _convert(form: str, context: str, file: str) -> None:
    graph = rdflib.Graph() if file.endswith(".ttl") else rdflib.Dataset()
    graph.parse(file)
    options = {"context": json.loads(Path(context).read_text("utf-8"))["@context"]}
    data = graph.serialize(format=form, encoding="utf-8", **(options if form == "json-ld" else {}))
    sys.stdout.buffer.write(data)


if __name__ == "__main__":
    action, *words = sys.argv[1:]
    if action == "query":
        _query(*words)
    else:
        _convert(*words)
