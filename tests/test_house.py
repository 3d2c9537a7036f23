"""The house: its layers, and the table of CONTRIBUTING that shows them."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LONGEST = 500


def test_arrows_go_down_only() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_table_shows_each_room_on_its_floor() -> None:
    [contract] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    floors = reversed(contract["layers"])
    held = {room: floor for floor, line in enumerate(floors, 1) for room in line.split(" | ")}
    text = (ROOT / "CONTRIBUTING.md").read_text()
    shown = {
        room: int(floor)
        for floor, room in re.findall(r"^\| (\d) \| `(\w+)` \|", text, re.MULTILINE)
    }
    assert shown == held


def test_the_table_shows_all_rooms() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    shown = set(re.findall(r"^\| \d \| `(\w+)` \|", text, re.MULTILINE))
    there = {place.stem for place in (ROOT / "kzld").iterdir() if not place.name.startswith("_")}
    assert shown == there - {"py"}  # py.typed


def test_no_module_is_long() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in (ROOT / "kzld").rglob("*.py")}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}
