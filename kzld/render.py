"""Tables and texts for people: labels for names, the width of the terminal, no surprises."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Final

from kzld import text as _text

safe: Final = _text.safe
_MIN_WIDTH: Final = 40
_GAP: Final = 1  # prettytable adds the place of the missing vertical rule


def width() -> int | None:
    """The columns of the terminal; None where the output goes to a file or a pipe."""
    if not sys.stdout.isatty():
        return None
    import shutil

    return max(_MIN_WIDTH, shutil.get_terminal_size().columns)


def has_colour() -> bool:
    """Whether the output goes to a terminal whose user does not mind colours (NO_COLOR)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool = False) -> str:
    """Rows under their headings; cells are folded so that no line passes the terminal's edge."""
    if not columns:  # `SELECT * {}`
        return ""
    from prettytable import HRuleStyle, PrettyTable, TableStyle, VRuleStyle

    headings = [column.replace("_", " ") for column in columns]
    bar = "\\|" if markdown else "|"
    cells = [[_one_line(cell).replace("|", bar) for cell in row] for row in rows]
    shown = PrettyTable(headings)
    shown.add_rows(cells)
    if markdown:
        shown.set_style(TableStyle.MARKDOWN)
        shown.align = "l"
        return f"{shown.get_string()}\n"
    shown.align = "l"
    shown.hrules, shown.vrules = HRuleStyle.HEADER, VRuleStyle.NONE
    shown.left_padding_width, shown.right_padding_width = 0, _GAP
    if edge := width():
        natural = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
        limits = _share(natural, list(map(len, headings)), edge - (_GAP + 1) * len(natural))
        shown.use_header_width = False  # a heading may have to be cut
        shown._max_width = dict(zip(headings, limits, strict=True))  # noqa: SLF001
        shown._min_width = {h: min(len(h), shown._max_width[h]) for h in headings}  # noqa: SLF001
    # Without vertical rules every line still begins with the place of one.
    return "".join(f"{line[1:].rstrip()}\n" for line in shown.get_string().split("\n"))


def _share(natural: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Widths within the room: those of the headings, then equal shares for what is wider."""
    if (needed := sum(least)) > room:
        least = [max(1, size * room // needed) for size in least]
    limits = list(least)
    room -= sum(least)
    ahead = sorted(range(len(natural)), key=lambda column: natural[column] - least[column])
    for place, column in enumerate(ahead):
        more = max(0, min(natural[column] - least[column], room // (len(ahead) - place)))
        limits[column] += more
        room -= more
    return limits


def _one_line(cell: str) -> str:
    return safe(" ".join(cell.split()))


def delimited(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, delimiter: str = ","
) -> str:
    """Rows as CSV or TSV, with a heading line."""
    import csv

    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def fold(text: str, *, indent: str = "", first: str | None = None) -> str:
    """A paragraph folded to the terminal, its further lines indented."""
    text = _text.one_line(text)
    edge = width()
    start = indent if first is None else first
    if edge is None:
        return start + text
    import textwrap

    return textwrap.fill(
        text,
        edge,
        initial_indent=start,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def counted(count: int, noun: str) -> str:
    """`1 fact`, `2 facts`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
