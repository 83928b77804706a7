"""The Dockerfile and the compose file, as far as they can be checked where no container runs."""

from __future__ import annotations

import fnmatch
import importlib.metadata
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel

from bot.cli.program import cli
from bot.domain.faults import FaultKind
from bot.services.directory_file.entries import Directory
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent


@pytest.fixture
def steps() -> list[tuple[str, str]]:
    """The Dockerfile's steps, each as its word and the rest."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


@pytest.fixture
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yml").read_text())["services"]
    return found


def commands() -> set[str]:
    return set(typer.main.get_command(cli).commands)  # type: ignore[attr-defined]  # a group of commands


def is_setting(name: str) -> bool:
    return name.removeprefix(PREFIX).lower() in Settings.model_fields


def test_the_image_runs_a_command_of_ours_as_nobody_special(steps: list[tuple[str, str]]) -> None:
    last = dict(steps)
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert json.loads(last["ENTRYPOINT"]) == [*scripts]
    assert set(json.loads(last["CMD"])) <= commands()
    words = [word for word, _ in steps]
    assert int(last["USER"]) > 0
    assert words.index("USER") > max(at for at, word in enumerate(words) if word in {"RUN", "COPY"})
    set_here = [pair.partition("=")[0] for pair in shlex.split(last["ENV"])]
    assert all(is_setting(name) for name in set_here if name.startswith(PREFIX))


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_image_is_healthy_where_healthz_says_so_on_the_port_that_is_set(
    steps: list[tuple[str, str]], status: int, code: int
) -> None:
    _, *arguments = json.loads(dict(steps)["HEALTHCHECK"].partition("CMD ")[2])

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server, ThreadPoolExecutor() as pool:
        server.timeout = 5
        pool.submit(server.handle_request)
        environment = os.environ | {f"{PREFIX}PORT": str(server.server_port)}
        done = subprocess.run([sys.executable, *arguments], check=False, env=environment, capture_output=True)
    assert done.returncode == code


def test_the_build_gets_all_that_it_copies_and_nothing_else(steps: list[tuple[str, str]]) -> None:
    copied = {
        name for word, rest in steps if word == "COPY" and "--from" not in rest for name in rest.split()[:-1]
    }
    ignored, *_ = rules = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")
    ]
    assert ignored == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)
    assert not any(fnmatch.fnmatch(".env", rule.removeprefix("!")) for rule in rules[1:])


def locked(name: str) -> dict[str, tuple[Requirement, list[str]]]:
    """The packages that a file locks: each with its hashes."""
    text = re.sub(r"^#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: dict[str, tuple[Requirement, list[str]]] = {}
    for line in text.splitlines():
        wanted, *hashes = re.split(r" +--hash=sha256:", line.strip())
        one = Requirement(wanted)
        found[canonicalize_name(one.name)] = (one, hashes)
    return found


def needed(requirements: Collection[str], extras: Collection[str] = ("",)) -> set[str]:
    """The packages that are installed here because of these requirements, and of theirs."""
    found: set[str] = set()
    for one in map(Requirement, requirements):
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras):
            theirs = importlib.metadata.requires(one.name) or []
            found |= {canonicalize_name(one.name), *needed(theirs, one.extras or ("",))}
    return found


@pytest.mark.covers("T42")
@pytest.mark.parametrize("name", ["requirements.txt", "requirements-build.txt"])
def test_what_an_image_is_made_of_is_what_was_tested_and_known_by_its_hashes(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pins = dict(pin.split("==") for pin in project["tool"]["uv"]["constraint-dependencies"])
    for package, (one, hashes) in locked(name).items():
        assert str(one.specifier) == f"=={pins[package]}"
        assert hashes
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in hashes)
    assert "://" not in (ROOT / name).read_text()


@pytest.mark.covers("T42")
def test_the_image_holds_what_the_project_needs_and_no_more() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    here = {
        package
        for package, (one, _) in locked("requirements.txt").items()
        if one.marker is None or one.marker.evaluate()
    }
    assert here == needed(project["project"]["dependencies"])
    assert {canonicalize_name(Requirement(one).name) for one in project["build-system"]["requires"]} <= set(
        locked("requirements-build.txt")
    )


@pytest.mark.covers("T42")
def test_nothing_is_installed_into_an_image_without_its_hash(steps: list[tuple[str, str]]) -> None:
    installs = [shlex.split(rest) for word, rest in steps if word == "RUN" and "pip install" in rest]
    *theirs, ours = installs
    for one in theirs:
        assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(one)
    assert {"--no-deps", "--no-build-isolation"} <= set(ours)
    assert ours[-1] == "."


def test_three_replicas_start_once_the_store_is_migrated(services: dict[str, Any]) -> None:
    serve, migrate = services["serve"], services["migrate"]
    assert serve["deploy"]["replicas"] == 3
    assert serve["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert migrate["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for one in (serve, migrate):
        assert set(one["command"]) <= commands()
        assert all(is_setting(name) for name in one["environment"])
        assert one["read_only"]
    assert "ports" not in services["postgres"], "nobody outside reaches the store"


def test_each_setting_that_is_not_set_in_the_compose_file_comes_from_its_env_file(
    services: dict[str, Any],
) -> None:
    here = services["serve"]["environment"]
    of_the_image = {"host", "port"}
    passed = {name.removeprefix(PREFIX).lower() for name in here}
    assert passed | of_the_image == set(Settings.model_fields)
    needed = [value for value in here.values() if value and ":?" in value]
    assert needed == [here[f"{PREFIX}DATABASE_URL"]], "which others are needed depends on each other"


def test_the_runbook_says_what_to_do_about_each_kind_of_fault() -> None:
    runbook = (ROOT / "bot" / "cli" / "README.md").read_text()
    assert [kind for kind in FaultKind if f"`{kind}`" not in runbook] == []


def test_the_readme_names_each_key_of_the_directory_file() -> None:
    section = (
        (ROOT / "bot" / "cli" / "README.md")
        .read_text()
        .partition("## The directory")[2]
        .partition("\n## ")[0]
    )
    keys: set[str] = set()
    todo: list[Any] = [Directory]
    while todo:
        of = todo.pop()
        if isinstance(of, type) and issubclass(of, BaseModel):
            keys |= of.model_fields.keys()
            todo += [field.annotation for field in of.model_fields.values()]
        else:
            todo += get_args(of)
    named = set(re.findall(r"[a-z_]+", "".join(re.findall(r"```.*?```|`[^`]+`", section, re.DOTALL))))
    assert keys - named == set()
