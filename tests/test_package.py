"""The wheel: it holds the data set, and works where there is no checkout."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from command import Done
from conftest import Kzld
from packaging.requirements import Requirement

pytestmark = pytest.mark.package

ROOT = Path(__file__).parent.parent
Installed = Callable[..., Done]


def build(source: Path, folder: Path) -> Path:
    """A wheel as pip builds it; without hatchling at hand pip asks its index for it."""
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, source]
    env = dict(os.environ)
    if importlib.util.find_spec("hatchling"):
        command.append("--no-build-isolation")
    else:
        del env["PYTHONPATH"]  # the guard of the tests
    subprocess.run(command, check=True, env=env)
    [path] = folder.glob("kzld-*.whl")
    return path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def dependencies(name: str) -> dict[str, Distribution]:
    """What a package needs without its extras, and what that needs."""
    found: dict[str, Distribution] = {}
    waiting = [name]
    while waiting:
        for line in distribution(waiting.pop()).requires or ():
            needed = Requirement(line)
            if (needed.marker is None or needed.marker.evaluate({"extra": ""})) and (
                needed.name not in found
            ):
                found[needed.name] = distribution(needed.name)
                waiting.append(needed.name)
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Run something in an environment that holds the wheel and what it declares to need."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "-q", "--python", python]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", wheel], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    for needed in dependencies("kzld").values():
        for top in {file.parts[0] for file in needed.files or ()} - {"..", "__pycache__"}:
            if not (packages / top).exists():
                (packages / top).symlink_to(Path(str(needed.locate_file(top))))
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    def run(program: str, *args: str) -> Done:
        command = [folder / "bin" / program, *args]
        done = subprocess.run(command, cwd=elsewhere, capture_output=True, check=False)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("data", "kzld/package_data/data"),
        ("ontology", "kzld/package_data/ontology"),
        ("shapes", "kzld/package_data/shapes"),
        ("tests/rules", "kzld/package_data/examples"),
        ("kzld/query/questions", "kzld/query/questions"),
        ("kzld/query/questions/as-of", "kzld/query/questions/as-of"),
        ("kzld/dataset/rules", "kzld/dataset/rules"),
    ],
)
def test_wheel_holds_every_file(names: set[str], source: str, target: str) -> None:
    folder = ROOT / source
    files = {f"{target}/{path.relative_to(folder)}" for path in folder.rglob("*.*")}
    held = {name for name in names if name.startswith(f"{target}/")}
    assert files
    assert held == {name for name in files if not Path(ROOT, name).is_dir()}


def test_wheel_is_typed_and_licensed(names: set[str]) -> None:
    assert "kzld/py.typed" in names
    for licence in ("MIT.txt", "CC0-1.0.txt"):
        assert any(name.endswith(f".dist-info/licenses/LICENSES/{licence}") for name in names)


def test_wheel_holds_nothing_else(names: set[str]) -> None:
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"kzld"}
    assert not [name for name in names if "test" in name.lower() and name.endswith(".py")]
    assert not [name for name in names if "__pycache__" in name]


def test_wheel_is_reproducible(wheel: Path, tmp_path: Path) -> None:
    """Twice the same bytes, whatever the age of the files."""
    copy = tmp_path / "copy"
    left_out = shutil.ignore_patterns(".git", ".venv", "__pycache__")
    shutil.copytree(ROOT, copy, ignore=left_out, copy_function=shutil.copy)
    assert build(copy, tmp_path).read_bytes() == wheel.read_bytes()


def test_installed_package_is_the_wheel(installed: Installed) -> None:
    where = installed("python", "-c", "import kzld; print(kzld.__file__)").data()
    assert "/site-packages/kzld/__init__.py" in where
    assert str(ROOT) not in where


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("ask",),
        ("ask", "members", "--organization", "EAEU", "--at", "2022-06-20", "--sources"),
        ("show", "EAEU", "-f", "json"),
        ("search", "Қазақстан"),
        ("query", "SELECT ?body { country:KAZ org:memberOf ?body }", "--timeout", "30"),
        ("explain", "membership-organization"),
        ("export", "-f", "nquads"),
    ],
    ids=lambda args: " ".join(args[:1]),
)
def test_installed_command_answers_as_the_checkout(
    installed: Installed, kzld: Kzld, args: tuple[str, ...]
) -> None:
    assert installed("kzld", *args).data() == kzld(*args).data()


def test_installed_command_validates(installed: Installed) -> None:
    done = installed("kzld", "validate")
    assert (done.status, done.stdout) == (0, "")
    bad = ROOT / "tests" / "rules" / "membership-organization" / "fail.ttl"
    done = installed("kzld", "validate", str(bad), "-f", "json")
    assert done.status == 1
    assert [finding["rule"] for finding in json.loads(done.stdout)["findings"]] == [
        "membership-organization"
    ]


def test_every_question_and_rule_is_there(installed: Installed) -> None:
    source = (
        "from kzld.query.ask import questions\n"
        "from kzld.check.explain import explain_rule, list_rules\n"
        "print(len(questions()), len([explain_rule(name) for name, _, _ in list_rules()]))"
    )
    found, rules = map(int, installed("python", "-c", source).data().split())
    assert found == len(list((ROOT / "kzld/query/questions").glob("*.rq")))
    assert rules == len([path for path in (ROOT / "tests" / "rules").iterdir() if path.is_dir()])


def test_every_import_is_declared(installed: Installed) -> None:
    """What the library imports late works with the declared dependencies alone."""
    source = (
        "import kzld\nkg = kzld.load()\nlen(kg.graph)\nimport kzld.shacl.pyshacl_engine, pyshacl"
    )
    assert installed("python", "-c", source).data() == ""


def test_missing_extra_is_said(installed: Installed) -> None:
    source = "import kzld; kzld.load().ask('members', organization='EAEU').to_pandas()"
    done = installed("python", "-c", source)
    message = 'kzld.errors.KzldError: pandas is not installed; pip install "kzld[pandas]"'
    assert done.stderr.splitlines()[-1] == message
