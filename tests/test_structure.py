"""How the code stands: arrows go down only, the table of rooms is true, no module is long."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "kzld").rglob("*.py"))
LONGEST = 500  # lines


def test_a_layer_imports_only_from_those_below_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The layers are declared in pyproject.toml, under importlinter."""
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename="pyproject.toml", no_cache=True)
    said = capsys.readouterr().out
    assert status == 0, said
    assert "layers" in said


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_is_not_long(path: Path) -> None:
    lines = path.read_text("utf-8").count("\n")
    assert lines <= LONGEST


def test_contributing_shows_each_room_on_its_floor() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    floors = reversed(settings["contracts"][0]["layers"])
    held = {room: floor for floor, line in enumerate(floors, 1) for room in line.split(" | ")}
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    shown = {
        room: int(floor)
        for floor, room in re.findall(r"^\| (\d) \| `(\w+)` \|", text, re.MULTILINE)
    }
    assert shown == held
    code = (place for place in (ROOT / "kzld").iterdir() if place.suffix in ("", ".py"))
    assert set(shown) == {place.stem for place in code if not place.name.startswith("_")}
