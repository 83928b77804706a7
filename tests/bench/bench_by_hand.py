"""A floor for the verbs: submit and approve as SQL written by hand, for SQLite alone.

It writes the same rows to the same tables with the same checks, one chain of hashes, a savepoint for each
verb and one commit for all that wait. It leaves out what makes the product general: one verb for all its
cases, two databases, denials. The `bare_…` verbs leave out the checks and the chain too.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import queue
import random
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

import make
from bench_seed import Place

Verb = Callable[["Hand", sqlite3.Cursor], Any]

_DAY = 86_400_000_000
_BATCH = 64


class Hand:
    """One thread that runs the verbs that wait, commits them together and answers."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=wal")
        self._connection.execute("PRAGMA synchronous=2")
        self._connection.execute("PRAGMA foreign_keys=1")
        self._waiting: queue.SimpleQueue[tuple[Verb, asyncio.Future[Any]] | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run)
        self.seq, self.hash = 0, ""
        self._thread.start()

    async def write(self, verb: Verb) -> Any:
        answer = self._loop.create_future()
        self._waiting.put((verb, answer))
        return await answer

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        cursor = self._connection.cursor()
        execute = cursor.execute
        while (one := self._waiting.get()) is not None:
            taken = [one]
            while len(taken) < _BATCH and not self._waiting.empty():
                if (one := self._waiting.get()) is None:
                    self._waiting.put(None)
                    break
                taken.append(one)
            execute("BEGIN IMMEDIATE")
            self.seq, self.hash = execute("SELECT seq, hash FROM journal_head WHERE id = 1").fetchone()
            answers: list[tuple[asyncio.Future[Any], Any]] = []
            try:
                for verb, answer in taken:
                    execute("SAVEPOINT verb")
                    answers.append((answer, verb(self, cursor)))
                    execute("RELEASE SAVEPOINT verb")
                execute("UPDATE journal_head SET seq = ?, hash = ? WHERE id = 1", (self.seq, self.hash))
                execute("COMMIT")
            except Exception as error:  # noqa: BLE001 - callers would wait for their answers without end
                execute("ROLLBACK")
                self._loop.call_soon_threadsafe(_fail, [answer for _, answer in taken], error)
                continue
            self._loop.call_soon_threadsafe(_answer, answers)


def _answer(answers: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for answer, result in answers:
        answer.set_result(result)


def _fail(answers: list[asyncio.Future[Any]], error: Exception) -> None:
    for answer in answers:
        if not answer.done():
            answer.set_exception(error)


# --- submit


def submit(place: Place, key: str) -> Verb:
    def verb(hand: Hand, cursor: sqlite3.Cursor) -> str:
        execute = cursor.execute
        now = time.time_ns() // 1000
        execute(_INBOX, (key, now + _DAY // 144))
        if cursor.rowcount != 1:
            raise AssertionError("a key came twice")
        people = execute(_PRINCIPAL, (make.AGENCY_TEAM, place.user)).fetchall()
        requesting = execute(_BUSINESS, (place.agency,)).fetchone()
        owner = execute(_BUSINESS, (make.BRAND,)).fetchone()
        (open_between,) = execute(_OPEN_BETWEEN, (place.agency, make.BRAND)).fetchone()
        listed = execute(_LISTED, (make.BRAND, place.agency)).fetchone()
        asset = execute(_ASSET, (place.asset,)).fetchone()
        taken = execute(_OPEN_FOR, (place.asset, place.agency)).fetchone()
        held = execute(_HELD, (place.asset, place.agency)).fetchall()
        if (
            len(people) != 1
            or any(people[0][1:5])
            or people[0][5:] != (place.agency, "ADMIN", 0)
            or (requesting[2], requesting[3], requesting[4]) != ("ACTIVE", 1, make.AGENCY_TEAM)
            or owner[2] != "ACTIVE"
            or not (owner[9] == "ANYONE" or listed)
            or open_between >= 50
            or asset[1] != "AD_ACCOUNT"
            or asset[3] != make.BRAND
            or taken
            or held
        ):
            raise AssertionError("it may be requested")
        while True:
            ref = f"{random.choice(_WORDS)}-{random.randrange(10_000):04d}{random.randrange(10_000):04d}"
            if execute(_REF_TAKEN, (ref, ref)).fetchone() is None:
                break
        requester, request = people[0][0], _digits()
        execute(_NODE, (request, "REQUEST"))
        expires = now + owner[7] * _DAY
        had = execute(_HAD, (place.agency, make.BRAND, make.BRAND, place.agency, now)).fetchone()
        execute(
            _REQUEST,
            (
                *(request, ref, place.agency, make.BRAND, make.BRAND, place.agency),
                *(requester, "Spring launch", 30),
                *(now, expires, now + _DAY, expires - _DAY),
                *had,
            ),
        )
        execute(_ITEM, (request, place.agency, place.asset, "ADVERTISE,ANALYZE"))
        _event(
            hand,
            cursor,
            at=now,
            kind="request.pending",
            subject_kind="request",
            subject=request,
            business=place.agency,
            counterpart=make.BRAND,
            states=(None, "PENDING"),
            version=1,
            actor=_actor(make.AGENCY_TEAM, place.user, requester),
            source="COMMAND",
            key=key,
            data={
                "ref": ref,
                "items": [{"kind": "AD_ACCOUNT", "asset": place.asset, "tasks": "ADVERTISE,ANALYZE"}],
                "required_approvals": 1,
                "author": None,
                "extends": None,
            },
            text="Spring launch",
        )
        room = secrets.token_hex(8)
        execute(_CARD, (room, request, "APPROVERS", make.BRAND_TEAM, None, owner[5]))
        _effect(cursor, "POST_CARD", subject=request, card=room, team=make.BRAND_TEAM, now=now)
        direct = secrets.token_hex(8)
        execute(_CARD, (direct, request, "REQUESTER", make.AGENCY_TEAM, place.user, None))
        _effect(cursor, "POST_CARD", subject=request, card=direct, team=make.AGENCY_TEAM, now=now)
        if len(execute(_ADMINS, (make.BRAND, place.agency)).fetchall()) < 1:
            raise AssertionError("nobody can decide")
        for business in (place.agency, make.BRAND):
            execute(_HOMES, (business,)).fetchall()
        execute(_SETTLE, (f"request:{request}", key))
        return request

    return verb


# --- approve


def approve(request_id: str, key: str) -> Verb:
    def verb(hand: Hand, cursor: sqlite3.Cursor) -> int:
        execute = cursor.execute
        now = time.time_ns() // 1000
        execute(_INBOX, (key, now + _DAY // 144))
        if cursor.rowcount != 1:
            raise AssertionError("a key came twice")
        people = execute(_PRINCIPAL, (make.BRAND_TEAM, "UDANA")).fetchall()
        ref, state, version, requesting_id, expires = execute(_FIND_REQUEST, (request_id,)).fetchone()
        owner = execute(_BUSINESS, (make.BRAND,)).fetchone()
        ((position, asset_id, tasks),) = execute(_ITEMS, (request_id,)).fetchall()
        requesting = execute(_BUSINESS, (requesting_id,)).fetchone()
        asset = execute(_ASSET, (asset_id,)).fetchone()
        if (
            len({person[0] for person in people}) != 1
            or any(people[0][1:5])
            or (make.BRAND, "ADMIN", 0) not in [person[5:] for person in people]
            or any(person[5] == requesting_id for person in people)
            or state != "PENDING"
            or version != 1
            or expires <= now
            or (owner[2], owner[3], owner[4]) != ("ACTIVE", 1, make.BRAND_TEAM)
            or requesting[2] != "ACTIVE"
            or asset[3] != make.BRAND
        ):
            raise AssertionError("it may be approved")
        me = people[0][0]
        execute(_DECISION, (request_id, 1, me, 1, now))
        execute(_GIVE, (asset_id, tasks, request_id, position))
        execute(_MOVE, (30, now, me, now + 2 * _DAY, now + owner[8] * 60_000_000, request_id))
        if cursor.rowcount != 1:
            raise AssertionError("somebody else moved it")
        execute(_CLOSE_ITEMS, (request_id,))
        execute(_STOP_NUDGES, (request_id,))
        actor = _actor(make.BRAND_TEAM, "UDANA", me)
        _event(
            hand,
            cursor,
            at=now,
            kind="request.approved",
            subject_kind="request",
            subject=request_id,
            business=requesting_id,
            counterpart=make.BRAND,
            states=("PENDING", "APPROVED"),
            version=2,
            actor=actor,
            source="BUTTON",
            key=key,
            data={
                "ref": ref,
                "round": 1,
                "approvals": 1,
                "required_approvals": 1,
                "given": {"0": tasks},
            },
        )
        for card, team in execute(_CARDS, (request_id, request_id)).fetchall():
            _effect(cursor, "UPDATE_CARD", subject=request_id, card=card, team=team, now=now, version=2)
        for card, team in execute(_CARDS_FOR, (request_id, "REQUESTER")).fetchall():
            _effect(
                cursor,
                "POST_NOTICE",
                subject=request_id,
                card=card,
                team=team,
                now=now,
                version=2,
                about="approved",
            )
        for business in (requesting_id, make.BRAND):
            execute(_HOMES, (business,)).fetchall()
        execute(_FOR_WHOM, (request_id,)).fetchall()
        grant = _digits()
        execute(_NODE, (grant, "GRANT"))
        ends = now + 30 * _DAY
        parties = (requesting_id, make.BRAND)
        execute(_GRANT, (grant, request_id, position, asset_id, *parties, tasks, now, ends, ends - 7 * _DAY))
        _event(
            hand,
            cursor,
            at=now,
            kind="grant.active",
            subject_kind="grant",
            subject=grant,
            business=make.BRAND,
            counterpart=requesting_id,
            states=("PENDING", "ACTIVE"),
            version=2,
            actor=actor,
            source="BUTTON",
            key=key,
            data={"request": request_id, "asset": asset_id, "tasks": tasks, "reason": None},
        )
        execute(_SETTLE, (f"request:{request_id}", key))
        return 2

    return verb


# --- the rows alone


def bare_submit(place: Place, key: str) -> Verb:
    def verb(hand: Hand, cursor: sqlite3.Cursor) -> None:
        now = time.time_ns() // 1000
        execute = cursor.execute
        request = _digits()
        execute(_INBOX, (key, now))
        execute(_NODE, (request, "REQUEST"))
        person = f"5{int(place.user.removeprefix('UADMIN')):014d}"
        execute(
            _REQUEST,
            (
                *(request, f"R-{request}", place.agency, make.BRAND, make.BRAND, place.agency),
                *(person, "Spring launch", 30),
                *(now, now + 14 * _DAY, now + _DAY, now + 13 * _DAY),
                *(0, None, 0),
            ),
        )
        execute(_ITEM, (request, place.agency, place.asset, "ADVERTISE,ANALYZE"))
        _bare_event(hand, cursor, now=now, subject=request, kind="request.pending", text="Spring launch")
        for audience, team in (("APPROVERS", make.BRAND_TEAM), ("REQUESTER", make.AGENCY_TEAM)):
            card = secrets.token_hex(8)
            execute(_CARD, (card, request, audience, team, "U", None))
            _effect(cursor, "POST_CARD", subject=request, card=card, team=team, now=now)
        execute(_SETTLE, (f"request:{request}", key))

    return verb


def bare_approve(request_id: str, place: Place, key: str) -> Verb:
    def verb(hand: Hand, cursor: sqlite3.Cursor) -> None:
        now = time.time_ns() // 1000
        execute = cursor.execute
        me, grant = "400000000000004", _digits()
        execute(_INBOX, (key, now))
        execute(_DECISION, (request_id, 1, me, 1, now))
        execute(_GIVE, (place.asset, "ADVERTISE,ANALYZE", request_id, 0))
        execute(_MOVE, (30, now, me, now + 2 * _DAY, now + 600_000_000, request_id))
        execute(_CLOSE_ITEMS, (request_id,))
        _bare_event(hand, cursor, now=now, subject=request_id, kind="request.approved")
        for kind in ("UPDATE_CARD", "UPDATE_CARD", "POST_NOTICE"):
            _effect(cursor, kind, subject=request_id, card="0" * 16, team=make.BRAND_TEAM, now=now)
        execute(_NODE, (grant, "GRANT"))
        parties, times = (place.agency, make.BRAND), (now, now + 30 * _DAY, now + 23 * _DAY)
        execute(_GRANT, (grant, request_id, 0, place.asset, *parties, "ADVERTISE,ANALYZE", *times))
        _bare_event(hand, cursor, now=now, subject=grant, kind="grant.active")
        execute(_SETTLE, (f"request:{request_id}", key))

    return verb


def _bare_event(
    hand: Hand, cursor: sqlite3.Cursor, *, now: int, subject: str, kind: str, text: str | None = None
) -> None:
    hand.seq += 1
    values = (hand.seq, now, kind, "request", subject, make.BRAND, make.BRAND, None, "ACTIVE", 1)
    hashes = ("0" * 64, "0" * 64, "0" * 64)
    cursor.execute(_EVENT, (*values, "x" * 110, "BUTTON", "y" * 70, 1, "z" * 100, *hashes))
    if text:
        cursor.execute(_EVENT_TEXT, (hand.seq, "0" * 32, text))


# --- what both share


def _digits() -> str:
    return str(secrets.randbelow(9 * 10**14) + 10**14)


def _actor(team: str, user: str, person: str) -> dict[str, Any]:
    who = {"kind": "person", "team": team, "user": user, "person": person}
    return {**who, "enterprise": None, "role": "ADMIN"}


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _event(
    hand: Hand,
    cursor: sqlite3.Cursor,
    *,
    at: int,
    kind: str,
    subject_kind: str,
    subject: str,
    business: str,
    counterpart: str,
    states: tuple[str | None, str],
    version: int,
    actor: dict[str, Any],
    source: str,
    key: str,
    data: dict[str, Any],
    text: str | None = None,
) -> None:
    salt = secrets.token_hex(16)
    text_hash = text and hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()
    event = {
        "seq": hand.seq + 1,
        "at": at,
        "kind": kind,
        "subject_kind": subject_kind,
        "subject_id": subject,
        "business_id": business,
        "counterpart_id": counterpart,
        "from_state": states[0],
        "to_state": states[1],
        "version": version,
        "actor": actor,
        "source": source,
        "inbox_key": key,
        "policy_version": 1,
        "data": data,
        "text_hash": text_hash,
        "prev": hand.hash,
    }
    hand.seq, hand.hash = hand.seq + 1, hashlib.sha256(_canonical(event).encode()).hexdigest()
    event["actor"], event["data"] = _canonical(actor), _canonical(data)
    cursor.execute(_EVENT, (*event.values(), hand.hash))
    if text:
        cursor.execute(_EVENT_TEXT, (hand.seq, salt, text))


def _effect(
    cursor: sqlite3.Cursor,
    kind: str,
    *,
    subject: str,
    card: str,
    team: str,
    now: int,
    version: int = 1,
    about: str = "",
) -> None:
    lane = f"card:{card}"
    cursor.execute(_EFFECT, (secrets.token_hex(16), kind, subject, card, version, about, lane, team, now))


_WORDS = ("ASH", "BIRCH", "CEDAR", "ELM", "FIR", "LARCH", "MAPLE", "OAK", "PINE", "ROWAN")

_INBOX = "INSERT INTO inbox (key, subject, forget_at) VALUES (?, NULL, ?) ON CONFLICT DO NOTHING"
_SETTLE = "UPDATE inbox SET subject = ? WHERE key = ?"
_PRINCIPAL = """
    SELECT p.id, p.deactivated, p.guest, p.bot, p.stranger, m.business_id, m.role, m.shared
    FROM person p LEFT JOIN membership m ON m.person_id = p.id
    WHERE p.team_id = ? AND p.user_id = ? AND (m.person_id IS NOT NULL
        OR EXISTS (SELECT 1 FROM asset_admin WHERE person_id = p.id))
    ORDER BY p.id, m.business_id"""
_BUSINESS = """
    SELECT id, name, status, verified, team_id, channel_id, quorum, expires_days, undo_minutes, who_may_ask,
        policy_version FROM business WHERE id = ?"""
_OPEN_BETWEEN = """
    SELECT count(*) FROM request
    WHERE requesting_id = ? AND deciding_id = ? AND over_at IS NULL"""
_LISTED = "SELECT 1 FROM listing WHERE business_id = ? AND listed_id = ?"
_ASSET = """
    SELECT a.id, a.kind, a.name, a.owner_id, b.status FROM asset a LEFT JOIN business b ON a.owner_id = b.id
    WHERE a.id = ?"""
_OPEN_FOR = """
    SELECT r.id FROM item i JOIN request r ON i.request_id = r.id
    WHERE i.request_kind = 'ACCESS' AND i.asset_id = ? AND i.holder_id = ? AND i.is_open
        AND NOT i.is_extension AND i.asset_id IS NOT NULL"""
_HELD = """
    SELECT tasks, state, starts_at, ends_at FROM grant_
    WHERE asset_id = ? AND holder_id = ? AND state = 'ACTIVE'"""
_REF_TAKEN = "SELECT 1 FROM request WHERE ref = ? UNION ALL SELECT 1 FROM draft WHERE ref = ?"
_NODE = "INSERT INTO node (id, kind) VALUES (?, ?)"
_REQUEST = """
    INSERT INTO request (id, ref, kind, state, version, requesting_id, deciding_id, owner_id,
        holder_id, requester_id, reason, term_kind, term_days, round, approvals, required_approvals, quorum,
        created_at, expires_at, note, nudge_at, warn_at, past_requests, first_seen, live_assets)
    VALUES (?, ?, 'ACCESS', 'PENDING', 1, ?, ?, ?, ?, ?, ?, 'DAYS', ?, 1, 0, 1, 1, ?, ?, '', ?, ?, ?, ?, ?)"""
_HAD = """
    SELECT past.number, past.first_seen, (
        SELECT count(DISTINCT asset_id) FROM grant_ WHERE owner_id = ?3 AND holder_id = ?4
            AND state IN ('ACTIVE', 'ENDING', 'STUCK') AND (ends_at IS NULL OR ends_at > ?5))
    FROM (
        SELECT count(*) AS number, min(created_at) AS first_seen FROM request
        WHERE requesting_id = ?1 AND deciding_id = ?2 AND (kind = 'ACCESS' OR owner_id = ?3)) AS past"""
_ITEM = """
    INSERT INTO item (request_id, position, request_kind, holder_id, is_open, is_extension, kind, asset_id,
        tasks) VALUES (?, 0, 'ACCESS', ?, 1, 0, 'AD_ACCOUNT', ?, ?)"""
_EVENT = """
    INSERT INTO event (seq, at, kind, subject_kind, subject_id, business_id, counterpart_id, from_state,
        to_state, version, actor, source, inbox_key, policy_version, data, text_hash, prev, hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_EVENT_TEXT = "INSERT INTO event_text (seq, salt, text) VALUES (?, ?, ?)"
_CARD = """
    INSERT INTO card (id, subject_id, audience, team_id, user_id, channel_id, state, shown)
    VALUES (?, ?, ?, ?, ?, ?, 'WAITING', 0)"""
_EFFECT = """
    INSERT INTO effect (key, kind, subject_id, card_id, version, about, lane, team_id, state, due_at, attempt,
        reads, put_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'WAITING', 0, 0, 0, ?)"""
_ADMINS = """
    SELECT p.id, p.team_id, p.user_id, p.name
    FROM membership m JOIN person p ON m.person_id = p.id JOIN business b ON b.id = m.business_id
    WHERE m.business_id = ? AND m.role = 'ADMIN' AND m.shared IS 0 AND p.team_id = b.team_id
        AND p.deactivated IS 0 AND p.guest IS 0 AND p.bot IS 0 AND p.stranger IS 0
        AND NOT EXISTS (SELECT 1 FROM person o WHERE o.team_id = p.team_id AND o.user_id = p.user_id
            AND o.id != p.id AND (EXISTS (SELECT 1 FROM membership WHERE person_id = o.id)
                OR EXISTS (SELECT 1 FROM asset_admin WHERE person_id = o.id)))
        AND NOT EXISTS (SELECT 1 FROM membership t WHERE t.person_id = p.id AND t.business_id = ?)
    ORDER BY p.name, p.id"""
_HOMES = """
    SELECT h.team_id, h.user_id FROM membership m JOIN person p ON m.person_id = p.id
    JOIN home_tab h ON h.team_id = p.team_id AND h.user_id = p.user_id
    WHERE m.business_id = ? AND (p.deactivated IS NULL OR p.deactivated IS 0)
        AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.lane = 'home:' || h.team_id || ':' || h.user_id
            AND e.state = 'WAITING')"""
_FIND_REQUEST = "SELECT ref, state, version, requesting_id, expires_at FROM request WHERE id = ?"
_ITEMS = "SELECT position, asset_id, tasks FROM item WHERE request_id = ? ORDER BY position"
_DECISION = """
    INSERT INTO decision (request_id, round, person_id, approves, expected_version, note, at)
    VALUES (?, ?, ?, 1, ?, '', ?)"""
_GIVE = "UPDATE item SET asset_id = ?, given = ? WHERE request_id = ? AND position = ?"
_MOVE = """
    UPDATE request SET state = 'APPROVED', version = version + 1, given_kind = 'DAYS', given_days = ?,
        round = 1, approvals = 1, required_approvals = 1, over_at = ?, over_by = ?, note = '',
        nudge_at = ?,
        warn_at = NULL, undo_until = ? WHERE id = ? AND state = 'PENDING' AND version = 1"""
_CLOSE_ITEMS = "UPDATE item SET is_open = 0 WHERE request_id = ?"
_STOP_NUDGES = "UPDATE nudge SET due_at = NULL WHERE request_id = ? AND due_at IS NOT NULL"
_CARDS = """
    SELECT id, team_id FROM card WHERE state != 'FAILED' AND (subject_id = ?
        OR id IN (SELECT card_id FROM follow WHERE subject_id = ?))"""
_CARDS_FOR = (
    "SELECT id, team_id FROM card WHERE subject_id = ? AND audience = ? AND state != 'FAILED' ORDER BY id"
)
_FOR_WHOM = "SELECT person_id FROM request_person WHERE request_id = ? ORDER BY person_id"
_GRANT = """
    INSERT INTO grant_ (id, request_id, position, asset_id, holder_id, owner_id, tasks, state, version,
        starts_at, ends_at, warn_at, end_note, may_end)
    VALUES (?, ?, ?, ?, ?, ?, ?, 'ACTIVE', 2, ?, ?, ?, '', 0)"""
