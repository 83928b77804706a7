"""The fast machine's rules about the outbox and the journal: a worker by hand, restarts, tampering."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import model_town as town
from hypothesis import strategies as st
from hypothesis.stateful import consumes, multiple, precondition, rule
from make import slack_user
from model_draws import MOSTLY
from model_invariants import check, v5_no_dead_lease
from model_machine import CLAIMED, ROOM, Machine

from bot.domain.actors import OPERATOR
from bot.services import delivery as deliveries
from bot.services.context import act
from bot.store.database import Database

_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"


class OutboxRules(Machine):
    """A worker that claims and delivers step by step, and somebody who changes a copy of the journal."""

    # --- the outbox

    @rule(target=CLAIMED, most=st.sampled_from([1, 3, 8]))
    def a_worker_claims(self, most: int) -> Any:
        found = self.write(act, deliveries.claim, most=most, now=self.clock.now(), real=self.clock.real())
        self.settle()
        return multiple(*found)

    @rule(effect=consumes(CLAIMED), data=st.data())
    def a_worker_delivers(self, effect: deliveries.Delivery, data: st.DataObject) -> None:
        """Mark, send and finish one effect with any answer of Slack; the worker's lease may have run out."""
        assert self.before is not None
        row = next((one for one in self.before.effects if one.id == effect.id), None)
        is_leased = (
            row is not None
            and row.state == "SENDING"
            and (row.attempt, row.lease_until) == (effect.attempt, effect.lease_until)
        )
        marked = False
        is_post = effect.kind in ("POST_CARD", "POST_NOTICE")
        if is_post and effect.marked_at is None and data.draw(MOSTLY):
            marked = self.write(deliveries.mark, effect, real=self.clock.real())
            assert marked == is_leased, "v5: a worker that lost its lease sends"
            if data.draw(st.integers(0, 4)) == 0:
                self.settle()
                return  # killed between the mark and the answer
        outcome = self.outcome(data, effect, marked=marked or effect.marked_at is not None)
        finished = self.write(
            act, deliveries.finish, effect, outcome, now=self.clock.now(), real=self.clock.real()
        )
        assert finished == is_leased, "v5: a worker that lost its lease wrote something"
        is_asked_again = any(
            one.kind == "CHECK_PERSON" and one.subject_id == effect.subject_id and one.state == "WAITING"
            for one in self.before.effects
        )
        if (
            finished
            and isinstance(outcome, deliveries.Done)
            and outcome.user is not None
            and not is_asked_again  # then what is asked later tells more
        ):
            user = (effect.team_id, outcome.user.user_id)
            self.model.slack_reports(user, self.slack[user])
        self.settle()

    def outcome(
        self, data: st.DataObject, effect: deliveries.Delivery, *, marked: bool
    ) -> deliveries.Outcome:
        """Draw what the sending came to: mostly done, sometimes anything else that can happen."""
        if effect.kind == "CHECK_PERSON":
            user = self.model.people[effect.subject_id].user
            flags = {flag: flag == self.slack[user] for flag in town.FLAGS}
            return deliveries.Done(user=slack_user(user[1], zone="Europe/Berlin", **flags))
        self.numbers += 1
        assert self.before is not None
        versions = {
            row.id: row.version for name in ("requests", "grants", "drafts") for row in self.before.rows[name]
        }
        shown = versions.get(effect.subject_id, 0)
        done = (
            deliveries.Done(ts=f"17.{self.numbers:06d}", channel_id=f"D{effect.card_id}", shown=shown)
            if effect.kind == "POST_CARD"
            else deliveries.Done(shown=shown if effect.kind == "UPDATE_CARD" else 0)
        )
        others: list[deliveries.Outcome] = [
            deliveries.Retry(seconds=5, why="ratelimited"),
            deliveries.Unknown(why="timeout", sent=marked),
            deliveries.Rejected(why="channel_not_found", elsewhere=True),
            deliveries.Rejected(why="invalid_blocks"),
        ]
        if marked and effect.marked_at is not None:
            others += [deliveries.NotFound(), deliveries.Unverifiable(why="missing_scope")] * 2
        if effect.kind == "UPDATE_CARD":
            others.append(deliveries.Gone(why="message_not_found"))
        return data.draw(st.sampled_from([done] * 6 + others))

    @rule(data=st.data())
    def the_outbox_waits_or_is_retried_or_restarted(self, data: st.DataObject) -> None:
        how = [
            lambda _: self.clock.push_real(timedelta(seconds=data.draw(st.sampled_from([1, 31, 70, 600])))),
            self.the_operator_retries,
            self.the_process_is_killed_and_starts_again,
        ]
        data.draw(st.sampled_from(how))(data)

    def the_operator_retries(self, data: st.DataObject) -> None:
        assert self.before is not None
        stuck = self.database.read_sync(deliveries.stuck, limit=10_000)
        known = {one.id for one in self.before.effects if one.state in ("PARKED", "DEAD")}
        assert {one.id for one in stuck} == known, "i28, v1: an effect that nobody could send is not listed"
        if stuck:
            effect = data.draw(st.sampled_from(stuck))
            assert self.write(act, deliveries.retry, effect.id, by=OPERATOR, now=self.clock.now())
            self.model.events.append(("retried", str(effect.id)))
        self.settle()

    def the_process_is_killed_and_starts_again(self, _: st.DataObject) -> None:
        """What was committed is there; what was claimed stays leased until the lease runs out."""
        self.database.close()
        self.database = Database.open(self.place, clock=self.clock)
        self.clock.push_real(timedelta(seconds=31))
        self.settle()
        found = self.write(act, deliveries.claim, most=1000, now=self.clock.now(), real=self.clock.real())
        del found  # and it is killed again with all of these claimed
        now = self.settle()
        check(now, (v5_no_dead_lease,))

    # --- the journal

    @precondition(lambda self: self.place.startswith("sqlite") and self.before.events)
    @rule(data=st.data())
    def somebody_tampers_with_a_copy(self, data: st.DataObject) -> None:
        """I9. What is changed, dropped or added in the journal by other means than ours is found."""
        assert self.before is not None
        seq = data.draw(st.integers(1, len(self.before.events)))
        how = data.draw(
            st.sampled_from(
                [
                    "UPDATE event SET kind = kind || 'x' WHERE seq = ?",
                    "UPDATE event SET actor = '{}' WHERE seq = ?",
                    "UPDATE event SET at = at + 1 WHERE seq = ?",
                    "UPDATE event SET version = coalesce(version, 0) + 1 WHERE seq = ?",
                    "DELETE FROM event WHERE seq = ?",
                    "DELETE FROM event WHERE seq >= ?",
                ]
            )
        )
        with tempfile.TemporaryDirectory(dir=ROOM) as folder:
            copy = Path(folder) / "copy.db"
            place = self.place.removeprefix("sqlite:///")
            with closing(sqlite3.connect(place)) as kept, closing(sqlite3.connect(copy)) as other:
                kept.backup(other)
                for (name,) in other.execute(_TRIGGERS).fetchall():
                    other.execute(f"DROP TRIGGER {name}")
                other.execute(how, (seq,))
                other.commit()
            with Database.open(f"sqlite:///{copy}", clock=self.clock) as tampered:
                assert not tampered.verify().sound, f"i9: not found: {how} at {seq}"
        assert self.database.verify().sound
