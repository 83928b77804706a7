"""A kind of request is a row in a table, a module and words: nothing else knows one from another."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from make import ACCOUNT, AGENCY, BRAND, unowned

from bot.domain.assets import LEVELS, Kind
from bot.domain.denials import DenialReason
from bot.domain.grants import EndReason
from bot.domain.kinds import RULES, RequestKind, Side
from bot.domain.messages import Audience
from bot.domain.requests import Approve, NewItem, RequestState, Term
from bot.services.reports import as_csv
from bot.services.requests.kinds import KINDS
from bot.services.results import Moved, Undone
from bot.slack.text.en import kinds as words

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


@pytest.mark.parametrize(
    "narrower", [Approve(term=Term.for_days(3)), Approve(given={0: frozenset({"ANALYZE"})})]
)
def test_a_kind_that_cannot_be_narrowed_is_approved_whole_or_not_at_all(story, town, monkeypatch, narrower):
    monkeypatch.setitem(RULES, RequestKind.ACCESS, replace(RULES[RequestKind.ACCESS], may_narrow=False))
    sent = story.submit(town.ann)
    no = story.decide(town.dana, sent.request_id, narrower)
    assert (no.reason, no.field) == (DenialReason.WHOLE_ONLY, "items")
    assert isinstance(story.decide(town.dana, sent.request_id, Approve()), Moved)


# --- what holds of every kind -------------------------------------------------------------------------


def asking(story, town, kind):
    """Return what has a request of a kind about the brand's ad account sent, who asks, and who decides.

    What nobody owns yet is an account of which somebody at the brand is an admin.
    """
    rules = RULES[kind]
    holder_asks = rules.holder is Side.REQUESTING
    asks, decides = (town.ann, town.dana) if holder_asks else (town.dana, town.ann)
    between = (AGENCY, BRAND) if holder_asks else (BRAND, AGENCY)
    level = rules.only_level(Kind.AD_ACCOUNT) or LEVELS[Kind.AD_ACCOUNT][1]

    account = ACCOUNT if rules.owner else unowned(story.database, "act_7001", decides)

    def send():
        new = NewItem(kind=Kind.AD_ACCOUNT, tasks=level.tasks, asset_id=account)
        sides = dict(zip(("requesting_id", "deciding_id"), between, strict=True))
        term = Term.for_days(20) if rules.has_term else Term.without_end()
        if not rules.names_other:
            sides["deciding_id"] = None
        return story.submit(asks, new, kind=kind, term=term, **sides).request_id

    return SimpleNamespace(asks=asks, decides=decides, gives=level.tasks, send=send)


@pytest.fixture(params=list(RULES))
def asked(request, story, town):
    """A request of each kind."""
    return asking(story, town, request.param)


@pytest.fixture(params=[kind for kind, rules in RULES.items() if rules.owner is not None])
def shares(request, story, town):
    """A request of each kind that gives something with an asset of another business."""
    return asking(story, town, request.param)


def test_a_request_of_any_kind_reminds_those_who_decide_and_expires(story, town, asked):
    sent = asked.send()
    story.live(days=16, hours=6)
    assert story.nudged(asked.decides)
    assert not story.nudged(asked.asks)
    assert story.cards_for(Audience.EXPIRY, sent) == [asked.asks.user]
    assert story.card(sent).state is RequestState.EXPIRED
    again = asked.send()
    assert again != sent, "what has expired can be asked for again"


def test_what_a_request_that_shares_gives_is_in_force_until_it_is_undone(story, town, shares):
    sent = shares.send()
    story.decide(shares.decides, sent, Approve())
    view = story.card(sent)
    assert (view.items[0].held, view.items[0].grant.tasks) == (shares.gives, shares.gives)
    assert (view.items[0].grant.owner.id, view.items[0].grant.holder.id) == (BRAND, AGENCY)
    assert isinstance(story.undo(shares.decides, sent), Undone)
    assert story.card(sent).items[0].held == frozenset()


def test_what_a_request_that_shares_gave_is_warned_of_extended_and_ends(story, town, shares):
    sent = shares.send()
    story.decide(shares.decides, sent, Approve())
    grant = story.grant_of(sent)
    story.wait(days=13, hours=1)
    assert len(story.cards_for(Audience.ENDING, grant.id)) == 1
    longer = story.extend(town.ann, grant.id, days=5)
    story.decide(town.dana, longer.request_id, Approve())
    story.wait(days=8)
    assert (story.grant_of(sent).end_reason, story.card(sent).items[0].held) == (
        EndReason.REACHED,
        shares.gives,
    )
    story.end(town.dana, story.grant_of(longer.request_id).id, business=BRAND)
    assert story.card(sent).items[0].held == frozenset()


def test_the_record_of_a_request_of_any_kind_holds_and_is_exported(story, town, asked):
    sent = asked.send()
    story.decide(asked.decides, sent, Approve())
    story.wait(days=21)
    assert story.database.verify().sound
    with story.database.reading() as tx:
        told = "\n".join(as_csv(tx, business_id=AGENCY, since=None, until=None))
    for event in ("request.pending", "request.approved"):
        assert event in told, event
    assert all(one in told for one in asked.gives)
