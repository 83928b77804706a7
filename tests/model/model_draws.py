"""What Hypothesis draws for the fast machine: people, texts, requests, and verbs to run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import model_town as town
from hypothesis import strategies as st
from model_answers import new_id, typed, typed_term
from model_machine import Call, Machine
from model_records import KNOWN_TASKS, Item, NewRequest, Request, Tasks, User

from bot.domain.actors import Role
from bot.domain.requests import Approve, Decline
from bot.services import requests, settings

TEXTS = (
    "Spring launch",
    "<!channel> <@U123> <https://evil.example|Approved by Dana>",
    "*APPROVED* by _everyone_ `code` :tada: &lt;",
    "multi\nline > quote @here",
    "ünï © 漢字 👩‍👩‍👧",
    "x" * 500,
    "'; DROP TABLE request; --",
)
BAD_TEXTS = ("", "   ", "y" * 501)
ALL_USERS = (*dict.fromkeys(town.USERS.values()), town.VERA, ("TNOWHERE", "UANN"))
MOSTLY = st.sampled_from([True] * 5 + [False])
LEVELS = {
    "AD_ACCOUNT": [{"MANAGE", "ADVERTISE", "ANALYZE"}, {"ADVERTISE", "ANALYZE"}, {"ANALYZE"}],
    "PAGE": [{"MANAGE", "CREATE_CONTENT", "MODERATE", "ADVERTISE", "ANALYZE"}, {"ADVERTISE", "ANALYZE"}],
    "PIXEL": [{"ADVERTISE", "ANALYZE", "EDIT", "UPLOAD"}, {"ADVERTISE", "ANALYZE"}],
    "INSTAGRAM_ACCOUNT": [{"ADVERTISE", "ANALYZE"}, {"ANALYZE", "CONTENT"}],
}


class Draws(Machine):
    """Values that are mostly right and sometimes wrong: `some_x` draws an x, `x_call` a verb to run."""

    # --- people, texts, requests

    def some_user(self, data: st.DataObject, allowed: list[User], *, near: str = "") -> User:
        """Draw mostly somebody who may, sometimes an admin there who may not, sometimes anybody."""
        almost = [
            self.model.people[person].user
            for (business, person), (role, _) in self.model.members.items()
            if business == near and role == "ADMIN" and self.model.people[person].user not in allowed
        ]
        match data.draw(st.sampled_from([0, 0, 0, 0, 1, 1, 2])):
            case 0 if allowed:
                return data.draw(st.sampled_from(allowed))
            case 1 if almost:
                return data.draw(st.sampled_from(almost))
        return data.draw(st.sampled_from(ALL_USERS))

    def admin_users(self, business: str) -> list[User]:
        """Return the Slack users who may act for a business."""
        return [one.user for one in self.model.admins(business)]

    def some_approver(self, data: st.DataObject, request_id: str) -> User:
        request = self.model.requests.get(request_id)
        if request is None:
            return self.some_user(data, [])
        return self.some_user(
            data, [one.user for one in self.model.approvers(request)], near=request.deciding
        )

    def some_text(self, data: st.DataObject, *, empty: bool = False) -> str:
        if not data.draw(MOSTLY):
            return data.draw(st.sampled_from(BAD_TEXTS))
        return data.draw(st.sampled_from([*TEXTS, *([""] if empty else [])]))

    def some_item(self, data: st.DataObject, owner: str) -> Item:
        kind_of = {asset: kind for asset, (kind, by) in town.ASSETS.items() if by == owner}
        if data.draw(MOSTLY) and kind_of:
            asset: str | None = data.draw(st.sampled_from(sorted(kind_of)))
        else:
            asset = data.draw(st.sampled_from([None, None, *town.ASSETS]))
        kind = town.ASSETS[asset][0] if asset else data.draw(st.sampled_from(sorted(KNOWN_TASKS)))
        tasks = frozenset(data.draw(st.sampled_from(LEVELS[kind])))
        odd = data.draw(st.sampled_from([None] * 12 + ["none", "unknown", "few"]))
        if odd:
            tasks = {"none": frozenset(), "unknown": tasks | {"TELEPORT"}, "few": tasks - {"ANALYZE"}}[odd]
        words = None if asset else data.draw(st.sampled_from(["the <!here> account", "main *page*", "  "]))
        return Item(kind, tasks, asset, words)

    def some_term(self, data: st.DataObject) -> tuple[str, Any]:
        now = self.clock.now()
        days = st.sampled_from([1, 1, 2, 7, 7, 30, 30, 3650, 0, 3651]).map(lambda n: ("DAYS", n))
        until = st.sampled_from([1 / 24, 1, 3, 20, 100, -1, 4000]).map(
            lambda n: ("UNTIL", now + timedelta(days=n))
        )
        return data.draw(st.one_of(days, days, until, st.just(("OPEN_END", None))))

    def some_request(self, data: st.DataObject) -> NewRequest:
        deciding_id = data.draw(st.sampled_from([town.BRAND] * 4 + [town.OTHER, town.AGENCY, "10000009999"]))
        requesting_id = data.draw(st.sampled_from([town.AGENCY] * 4 + [town.OTHER] * 2 + [town.BRAND]))
        number = data.draw(st.sampled_from([1, 1, 1, 2, 2, 3, 4, 0, 26]))
        if number == 26:
            items = tuple(Item("PAGE", frozenset({"ANALYZE"}), None, f"page {n}") for n in range(26))
        else:
            items = tuple(self.some_item(data, deciding_id) for _ in range(number))
        people = [person for business, person in self.model.members if business == requesting_id]
        whom = data.draw(st.lists(st.sampled_from([*people, *people, town.person_id("Emil")]), max_size=2))
        return NewRequest(
            requesting_id,
            deciding_id,
            items,
            self.some_text(data),
            self.some_term(data),
            tuple(dict.fromkeys(whom)),
        )

    def open_requests(self) -> list[Request]:
        return [one for one in self.model.requests.values() if one.is_open]

    def current_card(self, data: st.DataObject) -> tuple[str, int]:
        """Draw an open request and its version, if there is one."""
        found = self.open_requests() or list(self.model.requests.values())
        one = data.draw(st.sampled_from(found)) if found else None
        return (one.id, one.version) if one else ("999999999999999", 1)

    def some_grant(self, data: st.DataObject) -> tuple[str, int]:
        """Draw the key of a grant, mostly an active one; there must be one."""
        active = [key for key, one in self.model.grants.items() if one.state == "ACTIVE"]
        keys = active if active and data.draw(MOSTLY) else list(self.model.grants)
        return data.draw(st.sampled_from(keys))

    # --- verbs

    def submit_call(self, content: NewRequest, *, by: User) -> Call:
        return self.call(
            requests.submit,
            typed(content),
            by=by,
            predict=lambda answer: self.model.submit(content, by=by, new_id=new_id(answer)),
        )

    def some_submit_call(self, data: st.DataObject) -> Call:
        content = self.some_request(data)
        members = [
            one.user
            for one in self.model.people.values()
            if self.model.as_member(one.user, content.requesting)
        ]
        return self.submit_call(content, by=self.some_user(data, members))

    def approve_call(
        self,
        data: st.DataObject,
        request_id: str,
        expected_version: int,
        *,
        plain: bool,
        by: User | None = None,
    ) -> Call:
        by = by or self.some_approver(data, request_id)
        request = self.model.requests.get(request_id)
        given: dict[int, Tasks] = {}
        bound: dict[int, str] = {}
        term, note = None, ""
        for n, item in enumerate(request.items if request else ()):
            if item.words is not None and data.draw(st.booleans()):
                fits = [
                    asset
                    for asset, (kind, by_) in town.ASSETS.items()
                    if kind == item.kind and by_ == request.deciding
                ]
                bound[n] = data.draw(st.sampled_from((fits * 4) + sorted(town.ASSETS)))
            if not plain and data.draw(st.booleans()):
                some = KNOWN_TASKS[item.kind] if data.draw(st.integers(0, 2)) == 0 else item.current
                given[n] = frozenset(data.draw(st.sets(st.sampled_from(sorted(some or {"ANALYZE"})))))
        if not plain:
            if data.draw(st.booleans()):
                term = self.some_term(data)
            if data.draw(st.integers(0, 9)) == 0:
                given[9] = frozenset({"ANALYZE"})
            if data.draw(st.integers(0, 2)) == 0:  # another asset than was requested
                bound[0] = data.draw(st.sampled_from(["act_1002", "act_1001", "500000001", *town.ASSETS]))
            note = self.some_text(data, empty=True)
        verdict = Approve(
            given=given or None, bound=bound, term=typed_term(term) if term else None, note=note
        )
        return self.call(
            requests.decide,
            request_id,
            by=by,
            verdict=verdict,
            expected_version=expected_version,
            predict=lambda _: self.model.approve(
                request_id,
                by=by,
                expected_version=expected_version,
                given=given,
                bound=bound,
                term=term,
                note=note,
            ),
        )

    def decline_call(self, data: st.DataObject, request_id: str, expected_version: int) -> Call:
        by, note = self.some_approver(data, request_id), self.some_text(data, empty=True)
        return self.call(
            requests.decide,
            request_id,
            by=by,
            verdict=Decline(note=note),
            expected_version=expected_version,
            predict=lambda _: self.model.decline(
                request_id, by=by, expected_version=expected_version, note=note
            ),
        )

    def cancel_call(self, data: st.DataObject, request_id: str) -> Call:
        request = self.model.requests.get(request_id)
        by = (
            self.some_user(data, self.admin_users(request.requesting), near=request.requesting)
            if request
            else town.VERA
        )
        note = self.some_text(data, empty=True)
        return self.call(
            requests.cancel,
            request_id,
            by=by,
            note=note,
            predict=lambda _: self.model.cancel(request_id, by=by, note=note),
        )

    def undo_call(self, data: st.DataObject, request_id: str) -> Call:
        request = self.model.requests.get(request_id)
        by = (
            self.some_user(data, self.admin_users(request.deciding), near=request.deciding)
            if request
            else town.VERA
        )
        return self.call(
            requests.undo,
            request_id,
            by=by,
            predict=lambda _: self.model.undo(request_id, by=by),
        )

    def role_call(self, data: st.DataObject, business: str = "", person: str = "") -> Call:
        business = business or data.draw(st.sampled_from(town.BUSINESSES))
        members = [person for of, person in self.model.members if of == business]
        role = "EMPLOYEE" if person else data.draw(st.sampled_from(["EMPLOYEE", "EMPLOYEE", "ADMIN"]))
        person = person or data.draw(st.sampled_from([*members, town.person_id("Ann")]))
        by = self.some_user(data, self.admin_users(business))
        return self.call(
            settings.set_role,
            business,
            person,
            by=by,
            role=Role(role),
            predict=lambda _: self.model.change_member(business, person, role=role, by=by),
        )
