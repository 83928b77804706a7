"""The invariant about nudges: to whom, when, about what, and how often."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from model_look import Look, only
from model_records import OPEN

_EARLY = timedelta(hours=1)  # what is due within the hour goes with what is due now
_NUDGES = 3  # after one day, after three, and a day before it expires
_HOURS = re.compile(r"(?:(\w{3})(?:-(\w{3}))? )?(\d\d):(\d\d)-(\d\d):(\d\d)")
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def i21_nudges(look: Look) -> None:
    """I21. One digest a person and day, in working hours, of what waits for them, and not without end."""
    days = Counter((digest.person_id, digest.day) for digest in look.digests)
    assert all(number == 1 for number in days.values()), "two digests on one day"
    new = {digest.id: digest for digest in look.new_rows("digests", "id")}
    requests, people, businesses = (look.by_id(one) for one in ("requests", "people", "businesses"))
    for item in look.digest_items:
        if item.digest_id not in new:
            continue
        digest, row = new[item.digest_id], requests[item.request_id]
        if item.is_question:
            _question(look, digest, row)
            continue
        # Before this step, since the same sweep may have expired others.
        assert row.state in OPEN, "nudged about what is over"
        assert look.now < row.expires_at, "nudged about what has expired"
        eligible = [one.id for one in look.model.approvers(look.model.requests[row.id])]
        assert digest.person_id in eligible, "nudged about what they cannot decide"
        assert is_at_work(digest.created_at, people[digest.person_id], businesses[row.deciding_id]), (
            "nudged outside of working hours"
        )
        decided = [
            one
            for one in look.of("decisions", request_id=row.id, round=row.round)
            if one.person_id == digest.person_id
        ]
        assert not decided, "nudged about what they approved"
    asked = Counter(item.request_id for item in look.digest_items if item.is_question)
    assert all(number == 1 for number in asked.values()), "asked twice whether it works"
    told = Counter(
        (digest.person_id, item.request_id)
        for item in look.digest_items
        if not item.is_question
        for digest in look.of("digests", id=item.digest_id)
    )
    reminds = Counter(e.subject_id for e in look.events if e.kind == "request.reminded")
    snoozes = Counter(
        (json.loads(e.actor)["person"], e.subject_id) for e in look.events if e.kind == "request.snoozed"
    )
    for (person, request), number in told.items():
        most = _NUDGES + reminds[request] + snoozes[person, request]
        assert number <= most, f"nudged {number} times about one request, {most} would be enough"
    sent = Counter(
        (e.subject_id, json.loads(e.data)["digest"])
        for e in look.events
        if e.kind in {"request.nudged", "request.asked"}
    )
    assert sent == Counter((item.request_id, item.digest_id) for item in look.digest_items), (
        "nudges and events differ"
    )


def _question(look: Look, digest: Any, row: Any) -> None:
    """Whether access works: asked of the holder, when it has been in force for a while and goes on."""
    assert row.state == "APPROVED", "asked about what was not given"
    assert row.extends_id is None, "asked about what was only extended"
    assert digest.created_at >= row.over_at + timedelta(days=2) - _EARLY, "asked too soon"
    given = look.of("grants", request_id=row.id, state="ACTIVE")
    soon = look.now + timedelta(days=1)
    assert any(grant.ends_at is None or grant.ends_at > soon for grant in given), "asked about what is over"
    assert look.of("members", person_id=digest.person_id, business_id=row.holder_id), "asked somebody else"
    holder, person = look.by_id("businesses")[row.holder_id], look.by_id("people")[digest.person_id]
    assert is_at_work(digest.created_at, person, holder), "asked outside of working hours"


def is_at_work(at: datetime, person: Any, business: Any) -> bool:
    """Whether it is a working hour: the business's hours and days off, in the person's time zone."""
    local = at.astimezone(ZoneInfo(person.zone or business.zone))
    first, last, *numbers = only([_HOURS.fullmatch(business.hours)]).groups()
    start, end = _DAYS.index(first or "Mon"), _DAYS.index(last or first or "Fri")
    week = {(start + n) % 7 for n in range((end - start) % 7 + 1)}
    opens, closes = time(int(numbers[0]), int(numbers[1])), time(int(numbers[2]), int(numbers[3]))
    off = {date.fromisoformat(day) for day in business.days_off.split(",") if day}
    return local.weekday() in week and local.date() not in off and opens <= local.time() < closes
