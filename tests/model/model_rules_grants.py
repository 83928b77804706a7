"""The fast machine's rules about grants that end, nudges and comments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import model_town as town
from hypothesis import strategies as st
from hypothesis.stateful import multiple, precondition, rule
from model_answers import new_id
from model_draws import MOSTLY, Draws
from model_machine import REQUESTS
from model_records import Kinds

from bot.domain.requests import Term
from bot.services import grants, nudges, requests
from bot.services.results import Sent


class GrantRules(Draws):
    """What is done with a grant, and what is said about an open request."""

    # --- grants

    @precondition(lambda self: self.model.grants)
    @rule(data=st.data())
    def somebody_revokes_or_relinquishes(self, data: st.DataObject) -> None:
        key = self.some_grant(data)
        grant = self.model.grants[key]
        more = data.draw(st.lists(st.sampled_from(list(self.model.grants)), max_size=2))
        business = data.draw(st.sampled_from([grant.owner, grant.holder, *town.BUSINESSES]))
        keys = [key, *more] if data.draw(st.booleans()) else [key]
        by, note = self.some_user(data, self.admin_users(business)), self.some_text(data, empty=True)
        if business == grant.owner:
            verb, predict = grants.revoke, self.model.revoke
        else:
            verb, predict = grants.relinquish, self.model.relinquish
        self.run(
            self.call(
                verb,
                [self.grant_ids[one] for one in keys],
                business_id=business,
                by=by,
                note=note,
                predict=lambda _: predict(keys, business=business, by=by, note=note),
            )
        )

    @precondition(lambda self: self.model.grants)
    @rule(data=st.data())
    def somebody_lets_a_grant_end(self, data: st.DataObject) -> None:
        key = self.some_grant(data)
        by = self.some_user(data, self.admin_users(self.model.grants[key].holder))
        self.run(
            self.call(
                grants.let_end,
                self.grant_ids[key],
                by=by,
                predict=lambda _: self.model.let_end(key, by=by),
            )
        )

    @precondition(lambda self: self.model.grants)
    @rule(target=REQUESTS, data=st.data(), days=st.sampled_from([1, 7, 30, 0, 3651, 3650]))
    def somebody_requests_an_extension(self, data: st.DataObject, days: int) -> Any:
        key = self.some_grant(data)
        self.maybe_wait_until(data, self.model.grants[key].end)
        by = self.some_user(data, self.admin_users(self.model.grants[key].holder))
        reason = self.some_text(data)
        (answer,) = self.run(
            self.call(
                requests.extend,
                self.grant_ids[key],
                term=Term.for_days(days),
                reason=reason,
                by=by,
                predict=lambda answer: self.model.extend(
                    key, days=days, reason=reason, by=by, new_id=new_id(answer)
                ),
            )
        )
        return answer.request_id if isinstance(answer, Sent) else multiple()

    # --- people

    @rule(data=st.data())
    def an_admin_assigns_or_takes_away(self, data: st.DataObject) -> None:
        """Of what a business owns or holds, and of what it does not; to its own people and to others."""
        business = data.draw(st.sampled_from(town.BUSINESSES))
        held = sorted({one.asset for one in self.model.grants.values() if one.holder == business})
        asset = data.draw(st.sampled_from([*held, *held, *self.model.assets]))
        members = sorted(person for of, person in self.model.members if of == business)
        person = data.draw(st.sampled_from([*members, *members, *sorted(self.model.people)]))
        most = sorted(self.model.most(asset, business) if data.draw(MOSTLY) else ["MANAGE", "ANALYZE", "FLY"])
        chosen = data.draw(st.sets(st.sampled_from(most)) if most else st.just(set()))
        tasks = None if data.draw(st.sampled_from([True, False, False])) else frozenset(chosen)
        by = self.some_user(data, self.admin_users(business), near=business)
        verb, more = (
            (grants.unassign_person, {}) if tasks is None else (grants.assign_person, {"tasks": tasks})
        )
        self.run(
            self.call(
                verb,
                person,
                business_id=business,
                asset_id=asset,
                by=by,
                predict=lambda _: self.model.assign(asset, business, person, tasks, by=by),
                **more,
            )
        )

    # --- nudges and comments

    @precondition(lambda self: self.open_requests())
    @rule(data=st.data(), what=st.sampled_from(["reminded", "reminded", "snoozed", "acknowledged"]))
    def two_working_days_and_an_answer_to_a_nudge(self, data: st.DataObject, what: str) -> None:
        """Nudges are sent, then somebody reminds, snoozes or acknowledges, and the hours go on."""
        for _ in range(2):
            for _ in range(9):
                self.push(timedelta(hours=1))
                self.sweep_now()
            self.answer_a_nudge(data, what)

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data(), what=st.sampled_from(["snoozed", "acknowledged", "reminded"]))
    def somebody_answers_a_nudge(self, data: st.DataObject, what: str) -> None:
        self.answer_a_nudge(data, what)

    def answer_a_nudge(self, data: st.DataObject, what: str) -> None:
        request, _ = self.current_card(data)
        verb = {"snoozed": nudges.snooze, "acknowledged": nudges.acknowledge, "reminded": nudges.remind}[what]
        of = self.model.requests.get(request)
        by = (
            self.some_user(data, self.admin_users(of.requesting))
            if of and what == "reminded"
            else self.some_approver(data, request)
        )

        def predict(answer: object) -> Kinds:
            return self.model.on_open(what, request, by=by, people=getattr(answer, "people", 1))

        self.run(self.call(verb, request, by=by, predict=predict))

    @rule(data=st.data(), request=REQUESTS)
    def somebody_comments(self, data: st.DataObject, request: str) -> None:
        of = self.model.requests[request]
        by = self.some_user(data, [*self.admin_users(of.requesting), *self.admin_users(of.deciding)])
        text = self.some_text(data)
        self.run(
            self.call(
                requests.comment,
                request,
                text,
                by=by,
                predict=lambda _: self.model.comment(request, text.strip(), by=by),
            )
        )
