"""The fast machine: verbs against the store, predicted by the model, and looked at after every step."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, multiple, rule
from model_machine import BEGINNINGS, REQUESTS
from model_rules_directory import DirectoryRules
from model_rules_grants import GrantRules
from model_rules_outbox import OutboxRules
from model_rules_requests import RequestRules


class Verbs(RequestRules, GrantRules, DirectoryRules, OutboxRules):
    """All rules together, those of the clock, and how a run begins."""

    @initialize(target=REQUESTS, begins=st.sampled_from(BEGINNINGS), data=st.data())
    def begin(self, begins: datetime, data: st.DataObject) -> Any:
        """Choose a date and a quorum, submit a few requests, approve some: later rules need both."""
        self.push(begins - self.clock.now())
        self.policy_changes(data, quorum=data.draw(st.sampled_from([1, 1, 2, 3])))
        number = data.draw(st.integers(1, 4))
        begun = [one for _ in range(number) if (one := self.submit_valid(data))]
        for one in begun:
            if data.draw(st.booleans()):
                self.approve_in_turn(data, one)
        return multiple(*begun)

    @rule(
        much=st.sampled_from([1, 599, 601, 3600, 3600, 8 * 3600, 86400, 86400, 3 * 86400]),
        sweeps=st.booleans(),
    )
    def time_passes(self, much: int, *, sweeps: bool) -> None:
        self.push(timedelta(seconds=much))
        if sweeps:
            self.sweep_now()

    @rule(off=st.sampled_from([-1, 0, 1]))
    def time_passes_to_what_is_next_due(self, off: int) -> None:
        """To the microsecond, or one before or after it."""
        due = self.model.next_due()
        if due is not None:
            self.push(due - self.clock.now() + timedelta(microseconds=off))

    @rule(hours=st.sampled_from([0, 0, 0, 6, 24, 48]))
    def hours_pass_one_by_one(self, hours: int) -> None:
        self.sweep_now()
        for _ in range(hours):
            self.push(timedelta(hours=1))
            self.sweep_now()

    @rule(silent=st.booleans())
    def slack_falls_silent_or_is_heard_again(self, *, silent: bool) -> None:
        self.is_slack_silent = silent
        self.push(timedelta(0))

    @rule(much=st.sampled_from([1, 60, 3600, 86400]))
    def the_clock_goes_back(self, much: int) -> None:
        self.push(-timedelta(seconds=much))
