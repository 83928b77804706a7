"""The fast machine's rules about the directory: settings, members, and what Slack says of people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import model_town as town
from hypothesis import strategies as st
from hypothesis.stateful import rule
from make import slack_user
from model_draws import ALL_USERS, MOSTLY, Draws
from model_look import look
from model_machine import Call
from model_records import Kinds

from bot.domain.actors import OPERATOR, ApiSharing, Role, WhoMayAsk
from bot.domain.reviews import Silence
from bot.services import directory, settings

HOURS = ("09:00-17:00", "Sun-Thu 08:00-16:30", "Mon-Sat 22:00-23:30", "Wed 00:00-23:59")


class DirectoryRules(Draws):
    """Policies, roles, members, Slack's flags and verification."""

    @rule(data=st.data())
    def the_directory_changes(self, data: st.DataObject) -> None:
        """One rule for all of these, so that decisions are drawn more often than changes of the directory."""
        changes = [
            self.policy_changes,
            self.policy_changes,
            lambda data: self.run(self.role_call(data)),
            lambda data: self.run(self.role_call(data)),
            self.a_member_is_removed,
            self.a_member_is_added,
            self.slack_reports_a_change,
            self.slack_reports_a_change,
            self.the_operator_verifies,
        ]
        data.draw(st.sampled_from(changes))(data)

    def policy_changes(self, data: st.DataObject, **wanted: Any) -> None:
        """Change a few values, some out of range or from an old version; `wanted` are the brand's."""
        business = town.BRAND if wanted else data.draw(st.sampled_from(town.BUSINESSES))
        own = self.model.businesses[business]
        today = self.clock.now().date()
        values: dict[str, Any] = {
            "quorum": data.draw(st.sampled_from([1, 1, 2, 2, 3, 0, 11])),
            "expires_days": data.draw(st.sampled_from([14, 7, 2, 1, 0, 366])),
            "undo_minutes": data.draw(st.sampled_from([10, 10, 0, 1440, -1])),
            "who_may_ask": data.draw(st.sampled_from(["ANYONE", "ANYONE", "LISTED", "NOBODY"])),
            "api_sharing": data.draw(st.sampled_from(["AT_ONCE", "AFTER_ACCEPTANCE"])),
            "hours": data.draw(st.sampled_from(HOURS)),
            "channel": data.draw(st.sampled_from([town.ROOMS[business], town.ROOMS[business], None])),
        }
        off = tuple(today + timedelta(days=n) for n in data.draw(st.sets(st.integers(0, 4), max_size=2)))
        changed = data.draw(st.sets(st.sampled_from(sorted(values)), max_size=2))
        values = {name: value for name, value in values.items() if name in changed} | wanted
        if "days_off" not in values and data.draw(st.booleans()):
            values["days_off"] = ",".join(sorted(day.isoformat() for day in off))
        after = {**vars(own), **values}
        expected_version = own.policy_version if data.draw(MOSTLY) else own.policy_version - 1
        by = town.USERS["Dana"] if wanted else self.some_user(data, self.admin_users(business))
        policy = settings.Policy(
            channel_id=after["channel"],
            quorum=after["quorum"],
            expires_days=after["expires_days"],
            undo_minutes=after["undo_minutes"],
            who_may_ask=WhoMayAsk(after["who_may_ask"]),
            api_sharing=ApiSharing(after["api_sharing"]),
            hours=after["hours"],
            days_off=tuple(date.fromisoformat(day) for day in after["days_off"].split(",") if day),
            review_days=after["review_days"],
            review_silence=Silence(after["review_silence"]),
        )
        self.run(
            self.call(
                settings.change_policy,
                business,
                policy,
                by=by,
                expected_version=expected_version,
                predict=lambda _: self.model.change_policy(
                    business, by=by, expected_version=expected_version, **values
                ),
            )
        )

    def a_member_is_removed(self, data: st.DataObject) -> None:
        business = data.draw(st.sampled_from(town.BUSINESSES))
        members = [person for of, person in self.model.members if of == business]
        person = data.draw(st.sampled_from(members))
        by = self.some_user(data, self.admin_users(business))
        self.run(
            self.call(
                settings.remove_member,
                business,
                person,
                by=by,
                predict=lambda _: self.model.change_member(business, person, role=None, by=by),
            ),
            exact=False,
        )

    def a_member_is_added(self, data: st.DataObject) -> None:
        business = data.draw(st.sampled_from(town.BUSINESSES))
        role = data.draw(st.sampled_from(["ADMIN", "EMPLOYEE"]))
        user = data.draw(st.sampled_from(ALL_USERS[:-1]))
        by = self.some_user(data, self.admin_users(business))

        def predict(_: Any) -> Kinds:
            known = {one.id for one in self.model.people.values()}
            found = [row.id for row in self.rows() if row.id not in known]
            return self.model.add_member(business, user, role=role, by=by, new_id=found[0] if found else "")

        self.run(
            self.call(
                settings.add_member,
                business,
                team_id=user[0],
                user_id=user[1],
                name="Somebody",
                role=Role(role),
                by=by,
                predict=predict,
            )
        )
        for one in self.model.people.values():
            self.slack.setdefault(one.user, "")

    def rows(self) -> list[Any]:
        return look(
            self.database, self.model, now=self.clock.now(), real=self.clock.real(), before=None
        ).people

    def slack_reports_a_change(self, data: st.DataObject) -> None:
        """An event from Slack, maybe late: the truth may be something else by then."""
        user = data.draw(st.sampled_from(ALL_USERS[:-2]))
        slack_flag = data.draw(
            st.sampled_from(["deactivated", "deactivated", "guest", "stranger", "", "", ""])
        )
        if data.draw(st.booleans()):
            self.slack[user] = slack_flag
        known = any(one.user == user for one in self.model.people.values())

        def predict(_: Any) -> Kinds:
            if known and slack_flag:
                self.model.slack_reports(user, slack_flag)
            return frozenset({repr(None)})

        flags = {flag: flag == slack_flag for flag in town.FLAGS}
        call = Call(
            directory.user_changed,
            (slack_user(user[1], **flags),),
            {"team_id": user[0], "now": self.clock.now()},
            predict,
        )
        self.run(call)
        self.last = []

    def the_operator_verifies(self, data: st.DataObject) -> None:
        business = data.draw(st.sampled_from(town.BUSINESSES))
        verified = data.draw(st.sampled_from([True, True, True, False]))
        is_change = self.model.businesses[business].verified != verified

        def predict(_: Any) -> Kinds:
            self.model.verify(business, verified=verified)
            return frozenset({repr(is_change)})

        self.run(
            Call(
                directory.verify_business,
                (business,),
                {"verified": verified, "by": OPERATOR, "now": self.clock.now()},
                predict,
            )
        )
        self.last = []
