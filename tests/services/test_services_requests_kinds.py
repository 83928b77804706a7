"""A kind of request is a row in a table, a module and words: nothing else knows one from another."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND

from bot.domain.assets import Kind
from bot.domain.events import Subject, SubjectKind
from bot.domain.grants import GrantState
from bot.domain.kinds import RULES, Approvers, Gives, RequestKind, Rules, Side
from bot.domain.messages import Audience
from bot.domain.policy import DenialReason
from bot.domain.requests import Approve, Decline, ErrorCode, NewItem, RequestState, Term
from bot.services import grants, requests
from bot.services.requests.kinds import KINDS, access
from bot.services.results import Moved, Sent, Undone
from bot.slack.cards.request import request_card
from bot.slack.text.en import kinds as words
from bot.store import tables

ROOT = Path(__file__).parents[2]


def test_every_kind_has_its_rules_its_module_and_its_words():
    assert RULES.keys() == KINDS.keys() == words.WORDS.keys()


def test_no_kind_is_named_outside_the_table_the_modules_and_the_words():
    names = re.compile(r"\bRequestKind\.(?:" + "|".join(RequestKind) + r")\b")
    homes = ("bot/domain/kinds.py", "bot/services/requests/kinds/", "bot/slack/text/", "bot/sandbox/gallery/")
    named = [
        str(path)
        for top in ("bot", "handlers")
        for path in (one.relative_to(ROOT) for one in (ROOT / top).rglob("*.py"))
        if not str(path).startswith(homes) and names.search((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert named == []


# --- an invitation, as a prototype: the owner offers, the partner's admins approve --------------------


def _invitation_objection(ctx, proposal):
    for one in proposal.items:
        no = access.item_objection(ctx, proposal, one, asset_id=one.asset_id)
        if no is not None:
            return no
    return None


@pytest.fixture
def invitation(monkeypatch):
    kind = RequestKind.INVITATION
    rules = Rules(owner=Side.REQUESTING, holder=Side.DECIDING, approvers=Approvers.ADMINS, gives=Gives.TASKS)
    module = SimpleNamespace(
        objection=_invitation_objection, take_effect=access.take_effect, take_back=access.take_back
    )
    monkeypatch.setitem(RULES, kind, rules)
    monkeypatch.setitem(KINDS, kind, module)
    says = replace(words.WORDS[RequestKind.ACCESS], requested="*{requesting}* invited you to {what}, {term}.")
    monkeypatch.setitem(words.WORDS, kind, says)
    return kind


def invite(story, town, kind):
    new = make.requesting(kind=kind, requesting_id=BRAND, deciding_id=AGENCY)
    return story.do(requests.submit, new, by=town.dana)


def test_another_kind_goes_from_request_to_grant_and_back(story, town, invitation):
    sent = invite(story, town, invitation)
    assert (sent.owner, sent.admins, sent.required_approvals) == ("Northwind", 2, 1)
    assert story.cards_for(Audience.APPROVERS, sent.request_id) == ["CAGENCY"]
    own = story.decide(town.dov, sent.request_id, Approve())
    assert own.reason is DenialReason.NOT_MEMBER

    story.decide(town.ann, sent.request_id, Approve())
    grant = story.grant_of(sent.request_id)
    assert (grant.owner.id, grant.holder.id, grant.state) == (BRAND, AGENCY, GrantState.ACTIVE)
    assert story.held(ACCOUNT) == grant.tasks
    view = story.card(sent.request_id)
    for audience in (Audience.APPROVERS, Audience.REQUESTER):
        card = request_card(view, audience=audience, now=story.clock.now())
        assert "invited you to" in str(card.blocks)

    assert isinstance(story.undo(town.abe, sent.request_id), Undone)
    assert story.held(ACCOUNT) == frozenset()
    assert story.grant_of(sent.request_id).state is GrantState.ENDED


def test_another_kind_is_nudged_expired_and_listed_like_any(story, town, invitation):
    sent = invite(story, town, invitation)
    waiting = story.read(requests.waiting_for, by=town.ann)
    assert [one.id for one in waiting.rows] == [sent.request_id]
    story.live(days=16, hours=6)
    assert story.nudged(town.ann)
    assert not story.nudged(town.dov)
    assert story.card(sent.request_id).state is RequestState.EXPIRED


def test_of_one_kind_and_asset_and_holder_one_request_is_open(story, town, invitation):
    sent = invite(story, town, invitation)
    new = make.requesting(kind=invitation, requesting_id=BRAND, deciding_id=AGENCY)
    again = story.do(requests.submit, new, by=town.dov)
    assert (again.reason, again.about) == (
        DenialReason.OPEN_ALREADY,
        Subject(SubjectKind.REQUEST, sent.request_id),
    )
    assert isinstance(story.submit(town.ann), Sent), "asking for the same asset is another kind of request"


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
