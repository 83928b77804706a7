"""The journal: a million events are to be verified within ten seconds, and exported with the memory flat."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from datetime import timedelta

import make
from bench_frame import Figure, Share, interleaved, median, profiler, shares, size, store

from bot.clock import Clock
from bot.store import journal
from bot.store.database import Database, Tx

_A_VERB = 2000


def measure(*, quick: bool) -> list[Figure]:
    number = size(quick, full=200_000, small=20_000, smoke=400)
    rounds = size(quick, full=3, small=3, smoke=1)
    with store("sqlite") as url, Database.open(url, clock=Clock()) as database:
        fill(database, number)
        taken = interleaved(
            rounds, {"ours": lambda: verified(database, number), "floor": lambda: _read_and_hash(url, number)}
        )
    ours, floor = median(taken["ours"]), median(taken["floor"])
    return [
        Figure(
            name="verify",
            ours=number / ours,
            floor=number / floor,
            unit="events/s",
            floor_is="reading the rows with sqlite3 and hashing as many bytes",
        ),
        Figure(
            name="verify a million",
            ours=ours * 1_000_000 / number,
            unit="s",
            promise="<= 10 s",
            held=ours * 1_000_000 / number <= 10,
            note=f"extrapolated from {number:,} events",
        ),
    ]


def fill(database: Database, number: int) -> None:
    """Append events like those of approvals, one in three with what somebody typed."""
    began = Clock().now() - timedelta(days=300)

    def verb(tx: Tx, first: int, after: int) -> None:
        for position in range(first, after):
            journal.append(
                tx,
                journal.Event(
                    kind="request.approved",
                    subject_kind="request",
                    subject_id=f"{position:015d}",
                    business_id=make.AGENCY,
                    counterpart_id=make.BRAND,
                    from_state="PENDING",
                    to_state="APPROVED",
                    version=2,
                    actor={
                        "kind": "person",
                        "team": make.BRAND_TEAM,
                        "user": "UDANA",
                        "enterprise": None,
                        "person": "400000000000004",
                        "role": "ADMIN",
                    },
                    source="BUTTON",
                    policy_version=1,
                    data={
                        "ref": "BIRCH-1",
                        "round": 1,
                        "approvals": 1,
                        "required_approvals": 1,
                        "given": {"0": "ADVERTISE"},
                    },
                    text="Spring launch" if position % 3 == 0 else None,
                    at=began + timedelta(seconds=position),
                ),
            )

    waiting = [
        database.submit(verb, first, min(first + _A_VERB, number)) for first in range(0, number, _A_VERB)
    ]
    for one in waiting:
        one.result(600)


def verified(database: Database, number: int) -> float:
    """Verify a journal of so many events, and return the seconds."""
    began = time.perf_counter()
    verdict = database.verify()
    took = time.perf_counter() - began
    if not (verdict.sound and verdict.seq == number):
        raise AssertionError(str(verdict))
    return took


def _read_and_hash(url: str, number: int) -> float:
    began = time.perf_counter()
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    try:
        expected_version = 0
        for row in connection.execute("SELECT * FROM event LEFT JOIN event_text USING (seq) ORDER BY seq"):
            hashlib.sha256(str(row).encode()).hexdigest()
            expected_version += 1
    finally:
        connection.close()
    assert expected_version == number
    return time.perf_counter() - began


def profile(*, quick: bool) -> list[Share]:
    number = size(quick, full=20_000, small=5_000, smoke=200)
    profile = profiler()
    with store("sqlite") as url, Database.open(url, clock=Clock()) as database:
        fill(database, number)
        profile.enable()
        database.verify()
        profile.disable()
    return shares(profile, most=5)
