"""The rules of the house, checked: style, types, import contracts, pins, and what the READMEs promise."""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import covered
import pytest

from bot.domain import grants, requests
from bot.services.directory_file import read_file
from bot.settings import PREFIX, Settings
from bot.slack.text import en as texts

ROOT = Path(__file__).parent.parent
RELEASED_MIGRATIONS = {
    "0001_the_first_tables.py": "edc1234b102d90301a1eba4b2c9d2bd1dc8a49af1651cc6dd30e72d2a882c2a8",
}
"""Each migration that a release contains, with the sha256 of its file."""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def run(*command: str, code: int = 0) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    printed = done.stdout + done.stderr
    assert done.returncode == code, printed
    return printed


def tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def tracked_files() -> list[Path]:
    if shutil.which("git") and (ROOT / ".git").exists():
        names = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
        return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    ours = ("bot", "handlers", "tests", ".ci")
    return [path for top in ours for path in (ROOT / top).rglob("*") if path.is_file()] + list(
        ROOT.glob("*.*")
    )


def test_the_linter_finds_nothing() -> None:
    run(tool("ruff"), "check", "--output-format", "concise")


def test_the_code_is_formatted() -> None:
    run(tool("ruff"), "format", "--check")


def test_every_type_is_sound() -> None:
    run(sys.executable, "-m", "mypy")


@pytest.mark.covers("T6", "T43")
def test_the_import_contracts_are_kept() -> None:
    run(tool("lint-imports"), "--no-cache")


def modules_after(*arguments: str) -> set[str]:
    """Return the modules that the command line has loaded when it ends."""
    program = (
        "import atexit, sys; from bot.cli import main; "
        "atexit.register(lambda: print('loaded', *(name for name, one in sys.modules.items() if one)));"
        "main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    return set(ran.stdout.splitlines()[-1].split()[1:])


def private_names(tree: ast.Module) -> Iterator[str]:
    """Yield what a module defines for itself alone. What is decorated may be used by what decorates it."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if not node.decorator_list:
                yield node.name


def test_what_a_module_defines_for_itself_is_used_there() -> None:
    unused = []
    for path in (*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")):
        text = path.read_text()
        words = Counter(re.findall(r"\w+", text))
        names = [name for name in private_names(ast.parse(text)) if re.match("_[^_]", name)]
        unused += [f"{path.relative_to(ROOT)}: {name}" for name in names if words[name] == 1]
    assert not unused


@pytest.mark.covers("T43")
def test_serving_loads_neither_the_sandbox_nor_what_other_commands_or_settings_need() -> None:
    loaded = modules_after("serve")
    assert "bot.app" in loaded
    others = ("bot.sandbox", "bot.services.reports", "alembic", "psycopg", "cryptography", "fastapi", "yaml")
    assert not [name for name in loaded if name.startswith(others)]


def test_help_loads_neither_the_database_nor_the_web() -> None:
    loaded = modules_after("--help")
    assert "bot.cli" in loaded
    heavy = {
        "sqlalchemy",
        "sqlmodel",
        "pydantic",
        "fastapi",
        "starlette",
        "aiohttp",
        "slack_bolt",
        "slack_sdk",
    }
    assert not loaded & heavy


def test_a_server_loads_nothing_that_draws_for_a_terminal() -> None:
    loaded = {name.partition(".")[0] for name in modules_after("serve")}

    assert {"httpx", "structlog", "uvicorn"} <= loaded
    assert not loaded & {"pygments", "rich"}


def test_every_row_of_our_tables_is_shown_by_a_test_or_says_why_not(shown: covered.Shown | None) -> None:
    """If this run collected only a part of the tests, another one collects them all."""
    if shown is None:
        run(sys.executable, "-m", "pytest", "--covered", "-q")
    else:
        assert covered.flaws(shown) == []


def test_what_does_not_add_up_in_our_tables_is_found() -> None:
    sound = {row: ("a.py::test_a",) for row in covered.ROWS if row not in covered.NOT_YET}
    assert covered.flaws(sound) == []
    late, must = next(iter(covered.NOT_YET)), next(iter(covered.REQUIRED))
    for shown, reported in (
        ({**sound, "T99": ("a.py::test_a",)}, "T99 is no row"),
        ({**sound, late: ("a.py::test_a",)}, f"{late} has tests, and still a reason"),
        ({row: tests for row, tests in sound.items() if row != must}, f"{must} has no test, and must"),
        ({row: tests for row, tests in sound.items() if row != "I1"}, "I1 has no test, and no reason"),
    ):
        (flaw,) = covered.flaws(shown)
        assert flaw.startswith(reported)
    assert covered.ROWS.keys() > covered.REQUIRED
    assert not covered.REQUIRED & covered.NOT_YET.keys()
    lines = list(covered.table(sound))
    assert f"       none yet: {covered.NOT_YET[late]}" in lines
    assert lines.count("       a.py::test_a") == len(sound)


@pytest.mark.covers("T42")
def test_every_package_is_pinned_to_what_was_tested() -> None:
    pins = dict(pin.split("==") for pin in PROJECT["tool"]["uv"]["constraint-dependencies"])
    installed = {
        re.sub(r"[-_.]+", "-", found.name).lower(): found.version
        for found in importlib.metadata.distributions()
        if found.name != PROJECT["project"]["name"]
    }
    assert {name: pins.get(name) for name in installed} == installed


def test_dependencies_have_bounds_on_both_sides() -> None:
    for wanted in PROJECT["project"]["dependencies"]:
        assert re.search(r">=[0-9.]+,<[0-9.]+(; .*)?$", wanted), wanted


@pytest.mark.parametrize(("name", "digest"), RELEASED_MIGRATIONS.items())
def test_a_released_migration_does_not_change(name: str, digest: str) -> None:
    """Stores that ran it would not see the change: write another migration."""
    text = read(f"bot/store/migrations/versions/{name}")
    assert hashlib.sha256(text.encode()).hexdigest() == digest


def test_no_file_names_this_machine_or_a_package_index() -> None:
    here = [f"{path}/" for path in (ROOT.parent, Path.home()) if len(path.parts) > 1]
    indexes = [os.environ.get(name, "") for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_INDEX_URL")]
    hosts = [host for index in indexes if (host := urlsplit(index).hostname) and host != "localhost"]
    never = [*here, *hosts, "pypi.org" + "/simple", "files.python" + "hosted.org", "index" + "-url"]
    for path in tracked_files():
        text = path.read_text(encoding="utf-8", errors="ignore")
        assert not [name for name in never if name in text], path


@pytest.mark.parametrize(
    "command", ["pip install uv && uv run --no-dev countersign demo", "pip install uv && uv run pytest"]
)
def test_the_readme_begins_with_the_two_commands(command: str) -> None:
    assert f"\n{command}\n" in read("README.md")


def test_the_readme_names_every_command() -> None:
    text = read("README.md")
    for word in texts.command_line.HELP:
        assert f"\n| `{word}` | " in text, word


def test_operating_names_every_setting() -> None:
    text = read("bot/cli/README.md")
    for name in Settings.model_fields:
        assert f"`{PREFIX}{name.upper()}`" in text, name


def test_operating_names_every_command() -> None:
    text = read("bot/cli/README.md")
    listed = run(sys.executable, "-m", "bot", "--help").split("Commands:")[1]
    for name in re.findall(r"^  ([a-z]+)", listed, re.MULTILINE):
        assert re.search(rf"\bcountersign {name}\b", text), name


def test_the_directory_shown_in_operating_can_be_imported() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", read("bot/cli/README.md"), re.DOTALL)
    read_file(example.encode())


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub makes of the headings of a Markdown file."""
    prose = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_link_leads_somewhere() -> None:
    broken = []
    for page in (path for path in tracked_files() if path.suffix == ".md"):
        for link in re.findall(r"\]\(([^()\s]+)\)", page.read_text(encoding="utf-8")):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = (page.parent / name).resolve() if name else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append(f"{page.relative_to(ROOT)}: {link}")
    assert not broken


@pytest.mark.parametrize("page", ["bot/README.md", "tests/README.md"])
def test_every_file_that_the_guides_name_is_there(page: str) -> None:
    named = re.findall(r"\b(?:bot|handlers|tests)/[\w/]+(?:\.py|\.txt|/)?(?=[`\s,:])", read(page))
    assert named
    assert not [name for name in named if not (ROOT / name).exists()]


def test_each_walk_through_the_code_is_at_most_twelve_files() -> None:
    chapter = read("bot/README.md").split("\n## Four walks")[1].split("\n## ")[0]
    for walk in chapter.split("\n**")[1:]:
        steps = re.findall(r"^[0-9]+\. .*(?:\n   .*)*", walk, re.MULTILINE)
        files = set(re.findall(r"`([\w/]+\.py)`", " ".join(steps)))
        assert 3 <= len(files) <= 12, walk


def edges(diagram: str) -> set[tuple[str, str]]:
    return {
        (a, b)
        for a, b in re.findall(r"^\s*(\S+) --> ([^\s:]+)", diagram, re.MULTILINE)
        if "[*]" not in {a, b}
    }


@pytest.mark.parametrize(
    ("place", "moves"), [(0, requests.MOVES), (1, grants.MOVES)], ids=["request", "grant"]
)
def test_the_diagrams_show_the_moves_of_the_code(
    place: int, moves: Mapping[StrEnum, frozenset[StrEnum]]
) -> None:
    diagram = re.findall(r"```mermaid\nstateDiagram-v2\n(.*?)```", read("bot/README.md"), re.DOTALL)[place]
    assert edges(diagram) == {(str(a), str(b)) for a, leaves in moves.items() for b in leaves}
    over = {state for state, leaves in moves.items() if not leaves}
    assert set(re.findall(r"(\S+) --> \[\*\]", diagram)) == {str(state) for state in over}
