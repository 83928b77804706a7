"""The model's rules about people: who somebody is, who may act for a business, and its settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from model_records import DAY, Business, Draft, Grant, Key, Kinds, Person, Request, Tasks, User

MOST_TOLD = 10  # members who get a card when a business has no admin left


@dataclass
class People:
    """All that the model keeps, and the rules that need no more than people and businesses.

    `events`, `cards` and `notices` are what the last verb must have recorded, posted and told.
    """

    now: datetime
    businesses: dict[str, Business] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    members: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)  # (role, shared)
    left_shared: dict[tuple[str, str], bool] = field(
        default_factory=dict
    )  # whether who left was a shared login
    made_admin: dict[tuple[str, str], dict[str, datetime]] = field(default_factory=dict)  # by whom, when
    assets: dict[str, tuple[str, str | None]] = field(default_factory=dict)  # kind, owner
    requests: dict[str, Request] = field(default_factory=dict)
    grants: dict[Key, Grant] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    assigned: dict[tuple[str, str, str], Tasks] = field(default_factory=dict)  # asset, holder, person
    events: list[tuple[Any, ...]] = field(default_factory=list)
    cards: list[tuple[str, str, str]] = field(default_factory=list)  # subject, audience, channel or user
    notices: list[tuple[str, str, str]] = field(default_factory=list)  # subject, audience, about what

    def deny(self, *reasons: str) -> Kinds:
        """Answer no for any of these reasons. A denial is an event; a field error is only an answer."""
        if reasons != ("invalid",):
            self.events.append(("denied",))
        return frozenset(reasons)

    # --- who somebody is

    def linked(self, user: User) -> list[Person]:
        """Return the people that a Slack user is. Those who have left every business do not count."""
        belong = {person for _, person in self.members}
        return [one for one in self.people.values() if one.user == user and one.id in belong]

    def belongs(self, user: User, business: str) -> bool:
        return any((business, one.id) in self.members for one in self.linked(user))

    def is_known(self, person: Person) -> bool:
        """Whether what Slack said of somebody is no older than a day: else it gives no power."""
        return person.confirmed is not None and self.now - person.confirmed <= DAY

    def not_there(self, user: User) -> str:
        """What somebody is told who acts on what is not there, or not for them: why they have no power."""
        people = self.linked(user)
        one = people[0] if len(people) == 1 else None
        has_power = not people or (one is not None and one.slack_flag == "" and self.is_known(one))
        return "unknown" if has_power else "not_allowed"

    def as_member(self, user: User, business: str | None) -> Person | None:
        """Return the person if they are known to be a member now: what Slack said is not too old."""
        person = self.at_home(user, business)
        return person if person and self.is_known(person) else None

    def at_home(self, user: User, business: str | None) -> Person | None:
        """Return the person if they are a member, in the business's workspace, and Slack flags nothing."""
        people = self.linked(user)
        own = self.businesses.get(business or "")
        if own is None or len(people) != 1 or not self.belongs(user, own.id):
            return None
        return people[0] if user[0] == own.team and people[0].slack_flag == "" else None

    def is_own(self, business: str, person: str) -> bool:
        """Whether a member is one person at home there, as far as Slack said, and no shared login."""
        role_and_shared = self.members.get((business, person))
        user = self.people[person].user if person in self.people else ("", "")
        own = self.businesses.get(business)
        is_one = len(self.linked(user)) == 1 and own is not None and user[0] == own.team
        is_flagged = is_one and self.people[person].slack_flag not in ("", None)
        return role_and_shared is not None and is_one and not is_flagged and not role_and_shared[1]

    def as_admin(self, user: User, business: str | None) -> Person | None:
        """Return the person if they may act for the business: a member, ADMIN, and no shared login."""
        person = self.as_member(user, business)
        return person if person and self.members[business or "", person.id] == ("ADMIN", False) else None

    def admins(self, business: str, *, excluding: str = "") -> list[Person]:
        """Return those who may act for a business and are not members of `excluding`."""
        at_home = (self.at_home(one.user, business) for one in self.people.values())
        found = (one for one in at_home if one and self.members[business, one.id] == ("ADMIN", False))
        return [one for one in {p.id: p for p in found}.values() if (excluding, one.id) not in self.members]

    def touched_by(self, request: Request) -> set[User]:
        """Return the Slack users who requested or drafted it."""
        return {self.people[one].user for one in (request.requester, request.author) if one}

    def approvers(self, request: Request) -> list[Person]:
        """Return those who may decide: admins of the deciding business who had no part in the request."""
        return [
            one
            for one in self.admins(request.deciding, excluding=request.requesting)
            if one.user not in self.touched_by(request) and not self.belongs(one.user, request.requesting)
        ]

    # --- open requests whose cards change without a step of their own

    def revise(self, request: Request) -> None:
        """Give an open request a new version, because what else its card shows has changed."""
        request.version += 1
        self.events.append(("revised", request.id))

    def approver_changed(self, person: str, *, left: str | None = None) -> None:
        """Revise the open requests that somebody approved whose right to do so may have changed."""
        deciding = {business for business, one in self.members if one == person} | {left}
        for request in self.requests.values():
            approved = request.decisions.get((request.round, person))
            if request.is_open and request.deciding in deciding and approved:
                self.revise(request)

    # --- who is told

    def to_notify(self, business: str, *, excluding: str = "") -> list[Person]:
        """Return its admins; if there are none, up to ten other members in its workspace."""
        home = self.businesses[business].team
        others = [
            one
            for one in self.people.values()
            if (business, one.id) in self.members and one.user[0] == home and one.slack_flag in {"", None}
            if len(self.linked(one.user)) == 1
        ]
        return self.admins(business, excluding=excluding) or others[:MOST_TOLD]

    def post(self, subject: str, business: str, audience: str, *, excluding: str = "") -> None:
        """Post a card in the business's channel, or without one to each person who is to be told."""
        channel = self.businesses[business].channel
        places = [channel] if channel else [p.user[1] for p in self.to_notify(business, excluding=excluding)]
        self.cards += [(subject, audience, place) for place in places]

    # --- settings and members

    def change_policy(self, business: str, *, by: User, expected_version: int, **values: Any) -> Kinds:
        own = self.businesses[business]
        if not self.as_admin(by, business):
            return self.deny("not_allowed")
        ranges = {"quorum": (1, 10), "expires_days": (1, 365), "undo_minutes": (0, 1440)}
        if any(not low <= values[name] <= high for name, (low, high) in ranges.items() if name in values):
            return frozenset({"invalid"})
        if expected_version != own.policy_version:
            return self.deny("stale")
        after = {**vars(own), **values}
        askers = ("NOBODY", "LISTED", "ANYONE")
        is_wider = askers.index(after["who_may_ask"]) > askers.index(own.who_may_ask)
        is_looser = {
            "quorum": after["quorum"] < own.quorum,
            "who_may_ask": is_wider,
            "api_sharing": (own.api_sharing, after["api_sharing"]) == ("AFTER_ACCEPTANCE", "AT_ONCE"),
            "expires_days": after["expires_days"] > own.expires_days,
            "undo_minutes": after["undo_minutes"] > own.undo_minutes,
        }
        looser = {name: after[name] for name in is_looser if is_looser[name]}
        confirms = own.proposal is not None and self.is_confirmed(own, by=by, looser=looser)
        waits = bool(looser) and own.quorum > 1 and not confirms
        own.proposal = (by, self.linked(by)[0].id, looser, self.now) if waits else None
        for name, value in values.items():
            if not (waits and name in looser):
                setattr(own, name, value)
        for request in self.requests.values():
            if request.is_open and request.deciding == business and request.quorum < own.quorum:
                request.quorum = own.quorum
                self.revise(request)
        kinds = self.record_change(own, "policy")
        if looser:
            self.events.append(("loosened", own.id))
        if looser and not confirms:
            subject = f"{own.id}@{own.policy_version}"
            self.cards += [(subject, "SUBMITTERS", one.user[1]) for one in self.admins(own.id)]
        return kinds

    def is_confirmed(self, own: Business, *, by: User, looser: dict[str, Any]) -> bool:
        """Say whether another admin wants the same within a week, none whom the first has made one.

        Of whom it is not known who they are now, that counts for nothing.
        """
        assert own.proposal is not None
        proposer, person, wanted, at = own.proposal
        is_another = proposer != by and not self.are_one(own.id, person, self.linked(by)[0].id)
        counts = is_another and self.is_known(self.people[person])
        return self.now < at + timedelta(days=7) and counts and looser == wanted

    def are_one(self, business: str, one: str, other: str) -> bool:
        """Say whether two people are linked by who made whom an admin of the business in the last week."""
        made = [
            {person, maker}
            for (of, person), makers in self.made_admin.items()
            for maker, at in makers.items()
            if of == business and self.now - at < timedelta(days=7)
        ]
        linked = {one}
        for _ in made:
            linked = linked.union(*(pair for pair in made if pair & linked))
        return other in linked

    def make_admin(self, business: str, person: str, *, by: User) -> None:
        """Keep by whom somebody was made an admin, and by whom that one was."""
        maker = self.linked(by)[0].id
        self.made_admin[business, person] = {
            **self.made_admin.get((business, maker), {}),
            maker: self.now,
        }

    def voices(self, business: str, people: set[str]) -> int:
        """Return as how many these people count: those who are one, as one."""
        groups: list[str] = []
        for person in sorted(people):
            if not any(self.are_one(business, person, one) for one in groups):
                groups.append(person)
        return len(groups)

    def welcome(self, person: str) -> None:
        """Tell somebody who acts for a business of the drafts that wait there, by the oldest of them."""
        for own in self.businesses:
            waiting = [one for one in self.drafts.values() if (one.requesting, one.state) == (own, "WAITING")]
            if waiting and any(one.id == person for one in self.admins(own)):
                oldest = min(waiting, key=lambda one: (one.expires, one.id))
                self.notices.append((oldest.id, "SUBMITTERS", "drafts"))

    def record_change(self, own: Business, what: str) -> Kinds:
        """Record a change of settings or members; each is a new version of the policy."""
        own.policy_version += 1
        self.events.append((what, own.id))
        return frozenset({"changed"})

    def change_member(self, business: str, person: str, *, role: str | None, by: User) -> Kinds:
        """Make a member ADMIN or EMPLOYEE, or (None) remove them."""
        if not self.as_admin(by, business):
            return self.deny("not_allowed")
        if (business, person) not in self.members:
            return self.deny("person")
        before, shared = self.members[business, person]
        others = [one for one in self.admins(business) if one.id != person]
        if before == "ADMIN" and role != "ADMIN" and not others:
            return self.deny("last_admin")
        if role == before:
            return frozenset({"changed"})
        if role != "ADMIN":
            self.made_admin.pop((business, person), None)
        elif before != "ADMIN":
            self.make_admin(business, person, by=by)
        if role is not None:
            self.members[business, person] = (role, shared)
            self.welcome(person)
            self.approver_changed(person)
            return self.record_change(self.businesses[business], "role")
        del self.members[business, person]
        self.left_shared[business, person] = shared
        self.approver_changed(person, left=business)
        for key in [one for one in self.assigned if one[1:] == (business, person)]:
            del self.assigned[key]
        return self.record_change(self.businesses[business], "removed")

    def add_member(self, business: str, user: User, *, role: str, by: User, new_id: str) -> Kinds:
        if not self.as_admin(by, business):
            return self.deny("not_allowed")
        known = [one for one in self.people.values() if one.user == user]
        is_stranger = any(one.slack_flag == "stranger" for one in known)
        if user[0] != self.businesses[business].team or len(known) > 1 or is_stranger:
            return self.deny("elsewhere")
        person = known[0].id if known else new_id
        if self.members.get((business, person), ("", False))[0] == "ADMIN" != role:
            return self.deny("admin_already")
        if (business, person) in self.members:
            return self.change_member(business, person, role=role, by=by)
        self.people.setdefault(person, Person(person, user, None))
        is_elsewhere = any(shared for (_, who), (_, shared) in self.members.items() if who == person)
        self.members[business, person] = (
            role,
            is_elsewhere or self.left_shared.get((business, person), False),
        )
        if role == "ADMIN":
            self.make_admin(business, person, by=by)
        self.welcome(person)
        self.approver_changed(person)
        return self.record_change(self.businesses[business], "added")

    def slack_reports(self, user: User, slack_flag: str) -> None:
        """Slack says of a user that they are deactivated, a guest, a bot, a stranger, or none of these."""
        for one in self.people.values():
            if one.user == user:
                one.confirmed = self.now
            if one.user == user and one.slack_flag != slack_flag:
                one.slack_flag = slack_flag
                self.events.append(("flags", one.id))
                self.welcome(one.id)
                self.approver_changed(one.id)

    def verify(self, business: str, *, verified: bool) -> None:
        """The operator says whether a business is who it says it is."""
        own = self.businesses[business]
        if own.verified != verified:
            own.verified = verified
            self.record_change(own, "verified" if verified else "unverified")
            self.notices.append((f"{business}+{business}", "SUBMITTERS", "verification"))
