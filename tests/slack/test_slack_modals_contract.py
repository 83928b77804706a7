from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from slack_make import assert_openable, filled, grant, modal_words, party

from bot.domain.contracts import Phase
from bot.domain.messages import Notice
from bot.services.results import Contracted
from bot.services.views.access import GrantView
from bot.services.views.businesses import ContractView, PartnershipView
from bot.services.views.parties import Rows
from bot.slack import modals
from bot.slack.cards import contract_notice
from bot.slack.modals.inputs import as_of, end_of_day
from bot.slack.replies import answer

ELSEWHERE = datetime(2026, 3, 31, 23, 59, tzinfo=ZoneInfo("America/Los_Angeles"))
OWN, OTHER = party(id="1", name="Acme"), party(id="2", name="Northwind")
STATED = ContractView(
    own=OWN,
    other=OTHER,
    ends_at=ELSEWHERE,
    days=14,
    removed_at=ELSEWHERE,
    said_by=OTHER,
    stated_at=None,
    phase=Phase.RUNS,
    closed_at=None,
    left=0,
    ended=Rows(rows=(), total=0, more=False),
)


@pytest.mark.covers("P11", "G2")
@pytest.mark.parametrize(
    ("typed", "chosen", "ends_at"),
    [
        ("", None, ELSEWHERE),
        ("", "2026-04-02", datetime(2026, 4, 2, 21, 59, tzinfo=UTC)),
        ("2026-04-01", None, datetime(2026, 4, 1, 21, 59, tzinfo=UTC)),
    ],
    ids=["nothing changed", "another day chosen", "its day was typed"],
)
def test_who_changes_only_the_days_leaves_the_end_as_it_was_stated_in_another_zone(typed, chosen, ends_at):
    view = modals.contract_modal(OWN, OTHER, STATED, zone="Europe/Berlin", until=typed)
    assert_openable(view)
    entries = {"days": "20"} | ({"until": chosen} if chosen else {})
    read = modals.read_contract(filled(view, entries))
    assert not isinstance(read, dict)
    assert (read.ends_at, read.days) == (ends_at, 20)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_day_that_a_closing_report_names_is_over_before_anything_ended_wherever_it_is_read(zone):
    ends_at = datetime(2026, 12, 31, 23, 59, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    closed = replace(
        STATED,
        ends_at=ends_at,
        removed_at=ends_at,
        phase=Phase.CLOSED,
        closed_at=ends_at,
        ended=Rows(rows=(grant(),), total=3, more=True),
    )
    said = contract_notice(closed, Notice.CONTRACT_CLOSED).text
    assert "all that you shared then is removed" in said, "something may have been given since"
    (named,) = re.findall("And 2 more: `?/access partner 2 on ([0-9-]+)`? shows what was shared", said)
    for reader in ("America/New_York", "Europe/Berlin", "Etc/GMT+12"):
        looked_at = end_of_day(named, zone=reader)
        assert looked_at is not None
        assert ends_at - timedelta(days=3) < looked_at < ends_at


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "What you share ends with it."),
        (1, "Then 1 day remains to end access by hand"),
        (14, "Then 14 days remain to end access by hand"),
    ],
)
def test_a_contract_says_how_many_days_remain_after_it(days, said):
    view = replace(STATED, days=days)
    for what in (Notice.CONTRACT_SET, Notice.CONTRACT_ENDS):
        assert said in contract_notice(view, what).text
    removed_at = ELSEWHERE + timedelta(days=days)
    contract = Contracted(other="Northwind", ends_at=ELSEWHERE, days=days, removed_at=removed_at, is_own=True)
    assert said in answer(contract).text


@pytest.mark.covers("G7")
@pytest.mark.parametrize("phase", [Phase.OFFBOARDING, Phase.REMOVING, Phase.CLOSED])
def test_of_what_is_gone_by_then_it_is_not_said_that_it_is_being_removed(phase):
    said = contract_notice(replace(STATED, phase=phase, left=0), Notice.CONTRACT_ENDED).text
    assert "Nothing is left of what you shared then." in said
    assert "being removed" not in said


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1969, 12, 31), date(2026, 3, 1)])
def test_what_was_shared_can_be_looked_up_as_of_any_day_that_has_been(day):
    now = datetime(2026, 4, 1, tzinfo=UTC)
    at = as_of(day, zone="Europe/Berlin", now=now)
    assert at is not None
    nothing: Rows[GrantView] = Rows(rows=(), total=0, more=False)
    both = {"own": OWN, "other": OTHER, "going_on": 0, "open_requests": 0}
    view = PartnershipView(**both, at=at, since=None, grants=nothing)
    which = modals.PartnerPage(own_id=OWN.id, other_id=OTHER.id, on=day)
    assert_openable(modals.partner_modal(view, which, now=now, zone="Europe/Berlin"))


def test_a_partner_s_page_quotes_why_access_was_asked_for_and_not_that_nobody_said_so():
    grants = (grant(reason="Spring “26”"), grant(reason=""))
    shared = Rows(rows=grants, total=2, more=False)
    both = {"own": OWN, "other": OTHER, "going_on": 1, "open_requests": 0}
    view = PartnershipView(**both, at=None, since=None, grants=shared)
    which = modals.PartnerPage(own_id=OWN.id, other_id=OTHER.id)
    words = modal_words(modals.partner_modal(view, which, now=datetime(2026, 4, 1, tzinfo=UTC)))
    assert "“Spring “26”” Decided by" in words
    assert "No reason given. Decided by" in words
