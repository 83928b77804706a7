"""A kind of request is a row in a table, a module and words: nothing else knows one from another."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from make import ACCOUNT, AGENCY

from bot.domain.assets import Kind
from bot.domain.kinds import RULES, Approvers, Gives, RequestKind, Rules, Side
from bot.domain.policy import DenialReason
from bot.domain.requests import Approve, Decline, ErrorCode, NewItem, Term
from bot.services import grants
from bot.services.requests.kinds import KINDS, access
from bot.services.results import Moved
from bot.slack.text.en import kinds as words
from bot.store import tables

ROOT = Path(__file__).parents[2]


def test_every_kind_has_its_rules_its_module_and_its_words():
    assert RULES.keys() == KINDS.keys() == words.WORDS.keys()


def test_no_kind_is_named_outside_the_table_the_modules_and_the_words():
    names = re.compile(r"\bRequestKind\.(?:" + "|".join(RequestKind) + r")\b")
    homes = ("bot/domain/kinds.py", "bot/services/requests/kinds/", "bot/slack/text/", "bot/sandbox/")
    named = [
        str(path)
        for top in ("bot", "handlers")
        for path in (one.relative_to(ROOT) for one in (ROOT / top).rglob("*.py"))
        if not str(path).startswith(homes) and names.search((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert named == []


# --- a capability, as a prototype: what is given is no task -------------------------------------------


def _give_capability(ctx, request, given, *, term, people):
    grants.activate(
        ctx,
        request=request,
        given=[
            grants.Given(
                position=one.position, asset_id=one.asset_id, tasks=one.tasks, capability="ON_BEHALF"
            )
            for one in given
        ],
        term=term,
        people=people,
    )


@pytest.fixture
def on_behalf(monkeypatch):
    kind = RequestKind.ON_BEHALF
    rules = Rules(
        owner=Side.DECIDING,
        holder=Side.REQUESTING,
        approvers=Approvers.ADMINS,
        gives=Gives.CAPABILITY,
        may_narrow=False,
        may_undo=False,
    )
    module = SimpleNamespace(
        objection=lambda _ctx, _proposal: None, take_effect=_give_capability, take_back=access.take_back
    )
    monkeypatch.setitem(RULES, kind, rules)
    monkeypatch.setitem(KINDS, kind, module)
    monkeypatch.setitem(words.WORDS, kind, words.WORDS[RequestKind.ACCESS])
    return kind


NO_TASKS = NewItem(kind=Kind.AD_ACCOUNT, tasks=frozenset(), asset_id=ACCOUNT)


def test_a_kind_that_gives_a_capability_takes_no_tasks_and_gives_them_none(story, town, on_behalf):
    wrong = story.submit(town.ann, kind=on_behalf)
    assert [one.code for one in wrong.field_errors] == [ErrorCode.UNKNOWN_TASK]
    sent = story.submit(town.ann, NO_TASKS, kind=on_behalf)
    story.decide(town.dana, sent.request_id, Approve())
    (row,) = story.rows(tables.Grant)
    assert (row.tasks, row.capability, row.holder_id, row.state) == ("", "ON_BEHALF", AGENCY, "ACTIVE")
    assert story.held(ACCOUNT) == frozenset()
    assert story.card(sent.request_id).undo_until is None, "its kind allows no undo"


@pytest.mark.parametrize(
    "narrower", [Approve(term=Term.for_days(3)), Approve(given={0: frozenset({"ANALYZE"})})]
)
def test_a_kind_that_cannot_be_narrowed_is_approved_whole_or_not_at_all(story, town, monkeypatch, narrower):
    monkeypatch.setitem(RULES, RequestKind.ACCESS, replace(RULES[RequestKind.ACCESS], may_narrow=False))
    sent = story.submit(town.ann)
    no = story.decide(town.dana, sent.request_id, narrower)
    assert (no.reason, no.field) == (DenialReason.WHOLE_ONLY, "items")
    assert isinstance(story.decide(town.dana, sent.request_id, Approve()), Moved)


def test_what_is_declined_gives_nothing_whatever_its_kind(story, town, on_behalf):
    sent = story.submit(town.ann, NO_TASKS, kind=on_behalf)
    assert isinstance(story.decide(town.dana, sent.request_id, Decline(note="Not now")), Moved)
    assert story.rows(tables.Grant) == []
