"""A contract's end and access that Meta keeps: what waits there is shortened too; nothing is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from make import AGENCY, BRAND, PIXEL, item
from meta_world import AtMeta

from bot.domain.assets import Kind
from bot.domain.contracts import Phase
from bot.domain.denials import DenialReason
from bot.domain.messages import EffectKind, Notice
from bot.domain.requests import Approve, Term
from bot.sandbox.meta import GraphError
from bot.services import grants, partnerships
from bot.slack.lines import plain
from bot.slack.text import en as texts
from bot.store import tables

EDGE = "/agencies"
DAY = timedelta(days=1)
NO = GraphError(200, "no")


def ends(acme: AtMeta) -> list:
    return [row.ends_at for row in acme.story.rows(tables.Grant)]


def state(acme: AtMeta, *, on: float, days: int = 14) -> Any:
    ends_at = acme.story.clock.now() + on * DAY
    contract = {"ends_at": ends_at, "days": days}
    return acme.story.do(partnerships.set_contract, BRAND, AGENCY, by=acme.town.dana, **contract)


def phase(acme: AtMeta) -> Phase:
    return acme.story.read(partnerships.contract_between, business_id=BRAND, other_id=AGENCY).phase


def closing_reports(acme: AtMeta) -> int:
    return sum(Notice.CONTRACT_CLOSED in row.about for row in acme.story.effects(EffectKind.POST_NOTICE))


@pytest.mark.parametrize("fault", ["outage", "refused"])
async def test_what_waits_for_meta_until_the_contract_ends_follows_it_to_an_earlier_day(
    acme: AtMeta, fault: str
):
    acme.approve(item(Kind.PIXEL, PIXEL))  # which makes them partners
    first = state(acme, on=60).ends_at
    await acme.work()
    if fault == "outage":
        acme.meta.faults.outage()
    else:
        acme.meta.faults.refuse(NO, "POST", EDGE)
    sent = acme.approve(term=Term.till(first))
    await acme.work()
    (grant,) = acme.story.rows(tables.Grant, request_id=sent.request_id)
    assert (grant.state, grant.ends_at) == ("PENDING" if fault == "outage" else "FAILED", first)
    earlier = state(acme, on=20).ends_at
    acme.meta.faults.clear()
    acme.story.do(grants.try_again, sent.request_id, by=acme.town.dana)
    await acme.later(minutes=10)
    (grant,) = acme.story.rows(tables.Grant, request_id=sent.request_id)
    assert (grant.state, grant.ends_at) == ("ACTIVE", earlier)


async def test_what_comes_into_force_in_an_off_boarding_ends_with_it(acme: AtMeta):
    acme.meta.faults.outage()
    acme.approve(term=Term.without_end())
    acme.approve(item(Kind.PIXEL, PIXEL), term=Term.for_days(3))
    await acme.work()
    removed_at = state(acme, on=2).ends_at + 14 * DAY
    await acme.later(days=2.1)
    assert ends(acme) == [removed_at, removed_at]
    acme.meta.faults.clear()
    await acme.later(minutes=10)
    assert acme.states() == ["ACTIVE", "ACTIVE"]
    assert sorted(ends(acme)) == [acme.story.clock.now() + 3 * DAY, removed_at], "three days stay three"
    await acme.later(days=14)
    assert (acme.states(), acme.there()) == (["ENDED", "ENDED"], set())


async def test_what_meta_never_gave_is_over_with_the_off_boarding(acme: AtMeta):
    acme.meta.faults.refuse(NO, "POST", EDGE)
    acme.approve(term=Term.without_end())
    await acme.work()
    state(acme, on=2, days=3)
    await acme.later(days=2.1)
    assert (acme.states(), phase(acme), closing_reports(acme)) == (["FAILED"], Phase.OFFBOARDING, 0)
    await acme.later(days=3)
    await acme.later(minutes=2)
    assert (acme.states(), phase(acme), closing_reports(acme)) == (["ENDED"], Phase.CLOSED, 2)


async def test_an_off_boarding_is_not_done_while_access_is_still_there_at_meta(acme: AtMeta):
    acme.approve(term=Term.without_end())
    await acme.work()
    state(acme, on=2, days=0)
    acme.meta.faults.refuse(NO, "DELETE", EDGE, times=1_000)
    for _ in range(4):
        await acme.later(days=1)
    assert (acme.states(), phase(acme), closing_reports(acme)) == (["STUCK"], Phase.REMOVING, 0)
    acme.meta.faults.clear()
    await acme.later(minutes=6)
    await acme.later(minutes=2)
    assert (acme.states(), phase(acme), closing_reports(acme)) == (["ENDED"], Phase.CLOSED, 2)


@pytest.mark.covers("P11", "G5", "G7")
async def test_what_meta_keeps_beyond_an_off_boarding_holds_nothing_up_that_is_given_after_it(acme: AtMeta):
    story, town = acme.story, acme.town
    acme.approve(term=Term.without_end())
    await acme.work()
    state(acme, on=2, days=3)
    acme.meta.faults.refuse(NO, "DELETE", EDGE, times=1_000)
    await acme.later(days=2.1)
    sent = story.submit(town.ann, item(Kind.PIXEL, PIXEL))
    assert story.card(sent.request_id).cut_at == story.begins + 5 * DAY
    version = story.card(sent.request_id).version
    await acme.later(days=3)
    assert (acme.states(), phase(acme)) == (["STUCK"], Phase.REMOVING)
    assert story.card(sent.request_id).version == version + 1, "who approves it has seen that it goes on"
    assert story.card(sent.request_id).cut_at is None
    story.decide(town.dana, sent.request_id, Approve())
    await acme.work()
    new = story.grant_of(sent.request_id)
    assert new.ends_at == story.clock.now() + 30 * DAY
    longer = story.extend(town.ann, new.id)
    story.decide(town.dana, longer.request_id, Approve())
    assert story.grant_of(longer.request_id).ends_at == new.ends_at + 30 * DAY
    no = state(acme, on=20)
    assert (no.reason, no.at) == (DenialReason.CONTRACT_ENDED, None)
    assert "still being removed" in plain(texts.errors.denial(no))
    assert story.card(sent.request_id).version == version + 2, "nothing else has changed"
