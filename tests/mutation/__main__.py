"""Change the product a little, thousands of times, and see that a test notices each time.

uv run python tests/mutation                      # all of it: some hours
uv run python tests/mutation decide moves         # some files
uv run python tests/mutation decide:_approve      # one function, or one SQL statement, or several: a,b
uv run python tests/mutation kinds/claim          # with its folder, where two files have one name

It ends with 0 if every change that is not listed in `equivalent.txt`, with why it changes no answer, was
noticed, and every line of that list is a change of some file. `--listed` runs those that are listed instead,
and names what a test does notice.

The tests run once, to learn which of them reach which lines; then a fork of this process for each change has
it compiled into the loaded module, and runs those tests until one fails. SQL is changed like Python: what
stands at the top of a module is run again, with all that was made of it, also by other modules.
"""

from __future__ import annotations

import argparse
import ast
import gc
import importlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import FrameType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from mutants import Mutant, mutants, units

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SECONDS = 60
"""How long a fork may be busy, and ten times that by the clock: a change that has no end is noticed too."""

_OF_MOVES = (
    "services/test_services_requests_moves.py",
    "services/test_services_requests_extend.py",
    "services/test_services_on_behalf.py",
    "services/test_services_rests.py",
    "services/test_services_requests_decide.py",
    "services/test_services_verbs.py",
    "services/test_services_requests_kinds.py",
    "services/test_services_contracts.py",
    "services/test_services_invitations.py",
    "services/test_services_standing.py",
    "services/test_services_grants_warnings.py",
)
TARGETS: dict[str, tuple[str, ...]] = {
    "bot/domain/policy.py": (
        "domain/test_domain_policy.py",
        "domain/test_domain_calendar.py",
        "services/test_services_requests_decide.py",
        "services/test_services_requests_submit.py",
    ),
    "bot/domain/actors.py": ("domain/test_domain_policy.py",),
    "bot/services/requests/decide.py": (
        "services/test_services_requests_decide.py",
        "services/test_services_claims.py",
        "services/test_services_settings_two.py",
        "services/test_services_requests_moves.py",
        "services/test_services_verbs.py",
        "services/test_services_requests_kinds.py",
        "services/test_services_requests_extend.py",
        "services/test_services_contracts.py",
    ),
    "bot/services/moves.py": _OF_MOVES,
    "bot/services/consequences.py": (*_OF_MOVES, "services/test_services_cards.py"),
    "bot/services/requests/closing.py": (
        "services/test_services_requests_moves.py",
        "services/test_services_requests_decide.py",
        "services/test_services_verbs.py",
        "services/test_services_requests_kinds.py",
        "services/test_services_claims.py",
        "services/test_services_partnerships.py",
        "services/test_services_rests.py",
    ),
    "bot/services/requests/over.py": (
        "services/test_services_requests_moves.py",
        "services/test_services_requests_decide.py",
        "services/test_services_requests_views.py",
        "services/test_services_nudges.py",
        "services/test_services_rests.py",
    ),
    "bot/services/requests/send.py": (
        "services/test_services_requests_views.py",
        "services/test_services_on_behalf.py",
        "services/test_services_requests_submit.py",
        "services/test_services_requests_decide.py",
        "services/test_services_requests_moves.py",
        "services/test_services_requests_extend.py",
        "services/test_services_standing.py",
        "services/test_services_invitations.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/requests/kinds/sharing.py": (
        "services/test_services_requests_submit.py",
        "services/test_services_invitations.py",
        "services/test_services_on_behalf.py",
        "services/test_services_requests_decide.py",
        "services/test_services_requests_moves.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/requests/kinds/claim.py": (
        "services/test_services_claims.py",
        "services/test_services_claims_held.py",
        "services/test_services_verbs.py",
        "meta/test_meta_claims.py",
    ),
    "bot/services/requests/kinds/access.py": (
        "services/test_services_requests_submit.py",
        "services/test_services_requests_kinds.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/requests/kinds/invitation.py": (
        "services/test_services_invitations.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/requests/contract_ends.py": (
        "services/test_services_contracts.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/requests/drafts.py": (
        "services/test_services_requests_submit.py",
        "services/test_services_contracts.py",
        "services/test_services_invitations.py",
        "services/test_services_requests_moves.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/cards.py": (
        "services/test_services_cards.py",
        "services/test_services_readers.py",
        "services/test_services_delivery_reroute.py",
        "services/test_services_partnerships.py",
        "services/test_services_requests_submit.py",
        "services/test_services_requests_decide.py",
        "services/test_services_requests_moves.py",
        "services/test_services_rests.py",
        "services/test_services_away.py",
        "services/test_services_escalation.py",
        "services/test_services_home.py",
        "services/test_services_claims.py",
        "services/test_services_settings_two.py",
        "services/test_services_standing.py",
        "services/test_services_directory_import.py",
        "services/test_services_directory_erasing.py",
        "services/test_services_delivery_behind.py",
        "services/test_services_verbs.py",
        "meta/test_meta_told.py",
    ),
    "bot/services/requests/draft_views.py": (
        "services/test_services_requests_views.py",
        "services/test_services_requests_submit.py",
        "services/test_services_contracts.py",
        "services/test_services_invitations.py",
        "services/test_services_on_behalf.py",
        "services/test_services_cards.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/approvers.py": (
        "services/test_services_readers.py",
        "services/test_services_requests_decide.py",
        "services/test_services_requests_submit.py",
        "services/test_services_requests_moves.py",
        "services/test_services_requests_kinds.py",
        "services/test_services_claims.py",
        "services/test_services_settings.py",
        "services/test_services_settings_two.py",
        "services/test_services_escalation.py",
        "services/test_services_home.py",
        "services/test_services_lists.py",
        "services/test_services_moving.py",
        "services/test_services_nudges.py",
        "services/test_services_invitations.py",
        "services/test_services_requests_views.py",
        "services/test_services_partnerships.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/voices.py": (
        "services/test_services_voices.py",
        "services/test_services_settings_two.py",
        "services/test_services_invitations.py",
        "services/test_services_requests_views.py",
    ),
    "bot/services/grants/people.py": (
        "services/test_services_people.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/directory/creating.py": (
        "services/test_services_creating.py",
        "services/test_services_verbs.py",
        "meta/test_meta_creating.py",
    ),
    "bot/services/grants/owners.py": (
        "services/test_services_claims.py",
        "services/test_services_claims_held.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/partnerships/contracts.py": (
        "services/test_services_contracts.py",
        "services/test_services_restoring.py",
        "services/test_services_standing.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/partnerships/ending.py": (
        "services/test_services_partnerships.py",
        "services/test_services_standing.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/settings/standing.py": (
        "services/test_services_standing.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/requests/standing.py": (
        "services/test_services_standing.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/programs/token_lists.py": ("services/test_services_tokens.py",),
    "bot/services/programs/tokens.py": ("services/test_services_tokens.py",),
    "bot/services/delivery/claim.py": (
        "services/test_services_delivery_claim.py",
        "services/test_services_delivery.py",
    ),
    "bot/services/delivery/finish.py": (
        "services/test_services_delivery.py",
        "services/test_services_delivery_reroute.py",
        "services/test_services_delivery_worker.py",
        "meta/test_meta_executor.py",
        "meta/test_meta_people.py",
        "test_webhooks.py",
    ),
    "bot/services/delivery/lost_answers.py": (
        "services/test_services_delivery.py",
        "services/test_services_delivery_worker.py",
    ),
    "bot/services/delivery/reroute.py": (
        "services/test_services_delivery_reroute.py",
        "services/test_services_delivery.py",
    ),
    "bot/services/delivery/behind.py": (
        "services/test_services_delivery_behind.py",
        "services/test_services_delivery_reroute.py",
        "services/test_services_delivery.py",
    ),
    "bot/services/delivery/by_hand.py": ("services/test_services_delivery_by_hand.py",),
    "bot/services/grants/lifecycle.py": (
        "services/test_services_claims_held.py",
        "services/test_services_on_behalf.py",
        "meta/test_meta_told.py",
        "meta/test_meta_executor.py",
        "services/test_services_grants.py",
        "services/test_services_requests_moves.py",
        "services/test_services_requests_decide.py",
        "services/test_services_verbs.py",
        "services/test_services_requests_kinds.py",
        "services/test_services_requests_extend.py",
        "services/test_services_reviews.py",
    ),
    "bot/services/grants/effective.py": (
        "services/test_services_grants.py",
        "services/test_services_people.py",
        "services/test_services_requests_submit.py",
        "services/test_services_on_behalf.py",
        "services/test_services_requests_kinds.py",
        "services/test_services_requests_extend.py",
        "services/test_services_rests.py",
        "services/test_services_requests_moves.py",
        "services/test_services_requests_decide.py",
        "services/test_services_verbs.py",
        "services/test_services_lists.py",
        "services/test_services_works.py",
        "services/test_services_grants_warnings.py",
        "meta/test_meta_told.py",
    ),
    "bot/services/grants/ending.py": (
        "services/test_services_on_behalf.py",
        "services/test_services_grants_named.py",
        "services/test_services_grants.py",
        "services/test_services_grants_warnings.py",
        "services/test_services_claims_held.py",
        "services/test_services_requests_extend.py",
        "meta/test_meta_executor.py",
        "meta/test_meta_told.py",
        "services/test_services_requests_moves.py",
        "services/test_services_requests_decide.py",
        "services/test_services_verbs.py",
        "services/test_services_rests.py",
        "services/test_services_partnerships.py",
        "services/test_services_contracts.py",
        "services/test_services_reviews.py",
    ),
    "bot/services/settings/loosening.py": (
        "services/test_services_settings.py",
        "services/test_services_settings_two.py",
        "services/test_services_standing.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/readers.py": (
        "services/test_services_readers.py",
        "services/test_services_settings.py",
        "services/test_services_settings_two.py",
        "services/test_services_away.py",
        "services/test_services_escalation.py",
        "services/test_services_digests.py",
        "services/test_services_claims.py",
        "services/test_services_delivery_reroute.py",
        "services/test_services_rests.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/reviews/deciding.py": (
        "services/test_services_reviews.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/reviews/opening.py": (
        "services/test_services_reviews.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/reviews/clock.py": (
        "services/test_services_reviews.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/reviewed.py": (
        "services/test_services_reviews.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/routing.py": (
        "services/test_services_away.py",
        "services/test_services_settings.py",
        "services/test_services_escalation.py",
        "services/test_services_nudges.py",
        "services/test_services_digests.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/settings/away.py": (
        "services/test_services_away.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/settings/asked.py": (
        "services/test_services_settings.py",
        "services/test_services_escalation.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/nudges/escalation.py": (
        "services/test_services_escalation.py",
        "services/test_services_away.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/nudges/weekly.py": (
        "services/test_services_weekly.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/nudges/digest.py": (
        "services/test_services_digests.py",
        "services/test_services_nudges.py",
        "services/test_services_escalation.py",
        "services/test_services_away.py",
        "services/test_services_works.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/deadlines.py": (
        "services/test_services_nudges.py",
        "services/test_services_works.py",
        "services/test_services_requests_moves.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/nudges/snooze.py": (
        "services/test_services_nudges.py",
        "services/test_services_away.py",
        "services/test_services_claims.py",
        "services/test_services_requests_views.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/requests/extend.py": (
        "services/test_services_requests_extend.py",
        "services/test_services_requests_kinds.py",
        "services/test_services_grants.py",
        "services/test_services_verbs.py",
        "services/test_services_claims_held.py",
        "meta/test_meta_told.py",
    ),
    "bot/services/requests/giving.py": (
        "services/test_services_invitations.py",
        "services/test_services_contracts.py",
        "services/test_services_requests_decide.py",
        "services/test_services_requests_kinds.py",
        "services/test_services_standing.py",
        "services/test_services_claims.py",
        "services/test_services_verbs.py",
        "meta/test_meta_comparing.py",
    ),
    "bot/services/requests/works.py": (
        "services/test_services_works.py",
        "services/test_services_claims_held.py",
        "services/test_services_digests.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/requests/bundles.py": (
        "services/test_services_bundles.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/grants/between.py": (
        "services/test_services_partnerships.py",
        "services/test_services_status.py",
        "services/test_services_contracts.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/partnerships/status.py": (
        "services/test_services_status.py",
        "services/test_services_verbs.py",
    ),
    "bot/services/partnerships/record.py": (
        "services/test_services_partnerships.py",
        "services/test_services_verbs.py",
    ),
    "bot/store/journal.py": ("store/test_store_journal.py",),
    "bot/store/chain.py": ("store/test_store_journal.py",),
    "bot/store/verifying.py": ("store/test_store_journal.py",),
    "bot/store/anchors.py": ("store/test_store_journal.py",),
}
"""Which files are changed, and the tests that are to notice."""
ONLY: dict[str, str] = {
    "bot/domain/policy.py": """
        may_administer may_view may_decide may_approve_further required_approvals_for may_request ALLOWED _no
        Permission Decidable
    """,
    "bot/store/journal.py": """
        _CHUNK _BEFORE_ALL Event _INSERT _INSERT_TEXT _HEAD _LOCK_HEAD _SET_HEAD _WHOLE _AFTER lock_head
        store_head append head whole _rows
    """,
}
"""Of these files only what decides or links the chain."""
_STEMS = Counter(Path(path).stem for path in TARGETS)
SHORT = {
    path: stem if _STEMS[stem := Path(path).stem] == 1 else f"{Path(path).parent.name}/{stem}"
    for path in TARGETS
}
"""What each is called: its name, with its folder where another has the same one."""
LEFT_ALONE = {"log", "Mark", "Sender", "Outcome", "Account", "_Statements", "_Part", "__all__"}
"""Types, names and the log: nothing is decided by them."""
TOO_SLOW = "not test_two_processes_make_one_chain"


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


class End(StrEnum):
    """What became of a change."""

    NOTICED = "noticed"
    NO_START = "not even to be loaded"
    NO_END = "without an end"
    SURVIVED = "survived"


ENDS = {0: End.SURVIVED, 1: End.NOTICED, 2: End.NO_START}


@dataclass(slots=True, kw_only=True)
class Target:
    """One file: its module, its source, and which tests reach which of its lines."""

    path: str
    module: ModuleType
    tree: ast.Module
    reached: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    @property
    def short(self) -> str:
        return SHORT[self.path]

    @classmethod
    def of(cls, path: str) -> Target:
        module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
        return cls(path=path, module=module, tree=ast.parse((ROOT / path).read_text()))

    def mutants(self, only: str) -> Iterator[Mutant]:
        for unit, statement in units(self.tree):
            is_meant = not only or unit in only.split(",")
            if is_meant and unit in ONLY.get(self.path, unit).split() and unit not in LEFT_ALONE:
                yield from mutants(unit, statement, self.module)

    # --- which tests

    def tests_for(self, mutant: Mutant) -> set[int]:
        """Return the tests that reach a change: where it is run at import, what names it."""
        statement = next(one for name, one in units(self.tree) if name == mutant.unit)
        if isinstance(statement, ast.FunctionDef) and mutant.lines.start != statement.lineno:
            reaching = self._reaching(mutant.lines)
            if reaching:
                return reaching
        return set().union(*(self._using(name) for name in self._made_of(mutant.unit)))

    def _reaching(self, lines: Iterable[int]) -> set[int]:
        return set().union(*(self.reached[line] for line in lines))

    def _using(self, name: str) -> set[int]:
        if not name.startswith("_") and not isinstance(getattr(self.module, name), FunctionType):
            return self.reached[0]  # others may use it too
        found = set()
        for unit, statement in units(self.tree):
            if unit == name or any(
                isinstance(node, ast.Name) and node.id == name for node in ast.walk(statement)
            ):
                found |= self._reaching(range(statement.lineno, statement.end_lineno + 1))
        return found

    def _made_of(self, name: str) -> set[str]:
        """Return the name, and those of what the module makes of it as it is imported."""
        return {name, *(unit.name for unit in made_of(self.module, {name}, {}))}

    # --- changing

    def change(self, unit: str, source: str) -> None:
        """Run a changed statement in the module, and again what it and others made of it."""
        others = _run(self.module, unit, source) | _make_again(self.module, {unit}, {})
        while others:
            anew: defaultdict[str, set[str]] = defaultdict(set)
            for other, name in others:
                anew[other].add(name)
            others = set()
            for module in ours():
                if module is not self.module:
                    own = {one.name for one in units_of(str(module.__file__))}
                    others |= _make_again(module, anew[module.__name__] - own, anew)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A top-level statement, with the names that it reads; `of` are those it reads of something, `a.b`."""

    name: str
    statement: ast.stmt
    names: frozenset[str]
    of: frozenset[tuple[str, str]]

    @property
    def is_value(self) -> bool:
        return isinstance(self.statement, ast.Assign | ast.AnnAssign)


def ours() -> list[ModuleType]:
    """Return the product's modules that are loaded."""
    return [module for name, module in sys.modules.items() if name.startswith("bot.")]


@cache
def units_of(path: str) -> tuple[Unit, ...]:
    """Return what stands at the top of a file."""
    found = []
    for name, statement in units(ast.parse(Path(path).read_text())):
        nodes = list(ast.walk(statement))
        names = {one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
        of = {
            (one.value.id, one.attr)
            for one in nodes
            if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)
        }
        found.append(Unit(name=name, statement=statement, names=frozenset(names), of=frozenset(of)))
    return tuple(found)


def made_of(module: ModuleType, names: set[str], anew: Mapping[str, set[str]]) -> list[Unit]:
    """Return what a module makes of these names, or of what is new in others, as it is imported."""
    makers, made = set(names), []
    for unit in units_of(str(module.__file__)):
        if unit.names & makers or any(
            what in anew.get(getattr(vars(module).get(of), "__name__", ""), ()) for of, what in unit.of
        ):
            makers.add(unit.name)
            if unit.is_value and unit.name not in LEFT_ALONE:
                made.append(unit)
    return made


def _make_again(module: ModuleType, names: set[str], anew: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """Make again what a module made of these names; return what other modules have of that."""
    others = set()
    for unit in made_of(module, names, anew):
        if unit.name not in names:
            others |= _run(module, unit.name, ast.unparse(unit.statement))
    return others


def _run(module: ModuleType, name: str, source: str) -> set[tuple[str, str]]:
    """Run a statement in its module. Return where a value of it is known by its name: there it is new."""
    before = vars(module)[name]
    code = compile(f"from __future__ import annotations\n{source}", str(module.__file__), "exec")
    exec(code, vars(module))
    after = vars(module)[name]
    if isinstance(before, FunctionType):  # who imported it has the old one
        before.__code__, before.__defaults__ = after.__code__, after.__defaults__
        before.__kwdefaults__ = after.__kwdefaults__
        vars(module)[name] = before
    elif isinstance(before, type):
        for what, value in vars(after).items():
            if isinstance(value, FunctionType | property | classmethod | staticmethod):
                setattr(before, what, value)
        vars(module)[name] = before
    elif after is not before:
        having = [
            one for one in list(sys.modules.values()) if getattr(one, "__dict__", {}).get(name) is before
        ]
        for other in having:
            setattr(other, name, after)
        return {(one.__name__, name) for one in (module, *having)}
    return set()


def equivalents() -> dict[str, str]:
    """Return the changes that change no answer, each with why: the comment above it."""
    found, why = {}, ""
    for line in (HERE / "equivalent.txt").read_text().splitlines():
        if line.startswith("#"):
            why = line.removeprefix("#").strip()
        elif line.strip():
            assert why, f"no reason is given for {line}"
            assert line.strip() not in found, f"listed twice: {line}"
            found[line.strip()] = why
        else:
            why = ""
    return found


def matching_nothing(known: Iterable[str]) -> list[str]:
    """Return what is listed and is no change of any file: what it was about has moved or is gone."""
    targets = [Target.of(path) for path in TARGETS]
    changes = {f"{target.short} {mutant.name}" for target in targets for mutant in target.mutants("")}
    return [one for one in known if one not in changes]


class Run:
    """A pytest session whose tests are run once as they are, and then against each change."""

    def __init__(self, targets: dict[str, str], *, listed: bool) -> None:
        self.only = targets
        self.listed = listed
        self.known = equivalents()
        self.targets: list[Target] = []
        self.seconds: dict[int, float] = {}
        self.best: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.ends: Counter[End] = Counter()
        self.survivors: list[str] = []
        self.stale: list[str] = []

    def pytest_configure(self) -> None:
        from hypothesis import settings  # noqa: PLC0415 - pytest wants to be the first to import it

        settings.register_profile("mutation", database=None, derandomize=True, deadline=None)
        settings.load_profile("mutation")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.session = session
        self.targets = [Target.of(path) for path in self.only]
        self.stale = matching_nothing(self.known)
        if session.testsfailed or not self._learn() or not self._is_sound():
            session.testsfailed = max(session.testsfailed, 1)
            return True
        for module in ours():
            units_of(str(module.__file__))  # once, and not in each fork
        gc.freeze()
        for target in self.targets:
            self._run_all(target)
        return True

    def _learn(self) -> bool:
        """Run the tests as they are, and note which lines each of them reaches."""
        paths = {target.module.__file__: target for target in self.targets}
        for number, item in enumerate(self.session.items):
            for target in self.targets:
                target.reached[0].add(number)  # no line: all tests are there

            def trace(frame: FrameType, _event: str, _arg: Any, number: int = number) -> Any:
                target = paths.get(frame.f_code.co_filename)
                if target is None:
                    return None

                def line(frame: FrameType, _event: str, _arg: Any) -> Any:
                    target.reached[frame.f_lineno].add(number)
                    return line

                return line(frame, "", None)

            began = time.monotonic()
            threading.settrace(trace)
            sys.settrace(trace)
            passed = self._passes(item)
            sys.settrace(None)
            threading.settrace(None)  # type: ignore[arg-type]  # None takes it away
            self.seconds[number] = time.monotonic() - began
            if not passed:
                say(f"{item.nodeid} fails as it is")
                return False
        say(f"{len(self.session.items)} tests, {sum(self.seconds.values()):.0f} s")
        return True

    def _is_sound(self) -> bool:
        """See that all pass in a fork in which everything was run again, unchanged."""

        def change() -> None:
            for target in self.targets:
                for unit, statement in units(target.tree):
                    if unit not in LEFT_ALONE and not isinstance(statement, ast.Assign | ast.AnnAssign):
                        target.change(unit, ast.unparse(statement))

        end, failed = self._fork(change, range(len(self.session.items)), seconds=600)
        if end is not End.SURVIVED:
            say(f"running the code again breaks {self.session.items[failed].nodeid}")
        return end is End.SURVIVED

    def _passes(self, item: pytest.Item) -> bool:
        reports = runtestprotocol(item, log=False, nextitem=self.session)  # what is the session's stays
        return all(report.passed or report.skipped or hasattr(report, "wasxfail") for report in reports)

    def _run_all(self, target: Target) -> None:
        began, before = time.monotonic(), self.ends.copy()
        names = set()
        for mutant in target.mutants(self.only[target.path]):
            name = f"{target.short} {mutant.name}"
            names.add(name)
            if (name in self.known) is not self.listed:
                continue
            end = self._try(target, mutant)
            self.ends[end] += 1
            if end is End.SURVIVED and not self.listed:
                self.survivors.append(name)
                say(f"SURVIVED {target.path}:{mutant.lines.start} {name}")
            elif self.listed and end is not End.SURVIVED:
                self.stale.append(name)
                say(f"NOTICED {name}")
        done = self.ends - before
        say(
            f"{target.path}: {', '.join(f'{many} {end}' for end, many in done.items())},"
            f" {len(names & self.known.keys())} equivalent, {time.monotonic() - began:.0f} s",
        )

    def _try(self, target: Target, mutant: Mutant) -> End:
        best = self.best[f"{target.path} {mutant.unit}"]
        tests = sorted(target.tests_for(mutant), key=lambda number: (-best[number], self.seconds[number]))
        end, failed = self._fork(lambda: target.change(mutant.unit, mutant.source), tests, seconds=SECONDS)
        if end is End.NOTICED and failed >= 0:
            best[failed] += 1
        return end

    def _fork(self, change: Any, tests: Iterable[int], *, seconds: int) -> tuple[End, int]:
        """Change something in a fork and run the tests there. Return the first that fails, -1 for none."""
        folder = Path(tempfile.mkdtemp(prefix="mutant"))
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            self._in_fork(change, tests, folder=folder, seconds=seconds)
        _, status = os.waitpid(child, 0)
        told = folder / "failed"
        failed = int(told.read_text()) if told.exists() else -1
        shutil.rmtree(folder, ignore_errors=True)
        if os.WIFSIGNALED(status):
            return End.NO_END, failed
        assert os.WEXITSTATUS(status) in ENDS, "the tests could not be run at all"
        return ENDS[os.WEXITSTATUS(status)], failed

    def _in_fork(self, change: Any, tests: Iterable[int], *, folder: Path, seconds: int) -> None:
        try:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            signal.setitimer(signal.ITIMER_PROF, seconds)
            signal.alarm(10 * seconds)
            self.session.config._tmp_path_factory._basetemp = folder  # type: ignore[attr-defined]  # goes with the fork
            try:
                change()
            except Exception:  # noqa: BLE001 - whatever it is, nobody could use such a product
                os._exit(2)
            for number in tests:
                if not self._passes(self.session.items[number]):
                    (folder / "failed").write_text(str(number))
                    os._exit(1)
            os._exit(0)
        finally:
            os._exit(3)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*", help="a file of those that are changed, or file:name")
    parser.add_argument("--listed", action="store_true", help="run those that are listed as equivalent")
    given = parser.parse_args()
    wanted = dict((*one.split(":"), "")[:2] for one in given.what)
    if unknown := wanted.keys() - SHORT.values():
        parser.error(f"no such file: {', '.join(sorted(unknown))}; there are {', '.join(SHORT.values())}")
    only = {path: wanted.get(SHORT[path], "") for path in TARGETS if not wanted or SHORT[path] in wanted}
    os.chdir(ROOT)
    run = Run(only, listed=given.listed)
    options = ["-q", "-s", "-n0", "-pno:cacheprovider", "--no-header", "--no-summary"]
    tests = sorted({f"tests/{test}" for path in only for test in TARGETS[path]})
    chosen = ["-m", "not long and not postgres and not browser", "-k", TOO_SLOW]
    status = pytest.main([*options, *chosen, *tests], plugins=[run])
    for name in run.stale:
        say(f"listed, and no change, or one that a test notices: {name}")
    total = sum(run.ends.values())
    say(f"{total} changes tried: {', '.join(f'{many} {end}' for end, many in run.ends.items())}")
    return int(bool(status or run.survivors or run.stale))


if __name__ == "__main__":
    raise SystemExit(main())
