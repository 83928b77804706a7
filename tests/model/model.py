"""What Countersign owes, said a second time and on its own: who may do what, and what follows from it.

Plain Python, written from the promises in the README and not from the product, of which it imports nothing.
Each verb returns the kinds of answer that would be right (`OK` words, or the kinds of no), changes the
model as the right answer would, and leaves in `events`, `cards` and `notices` what must be recorded and who
must be told. Where several things stand against something at once, any of them may be the one that is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

User = tuple[str, str]  # workspace and Slack user
Tasks = frozenset[str]
Said = frozenset[str]
Term = tuple[str, Any]  # ("DAYS", 30), ("UNTIL", an instant), ("OPEN_END", None)

OPEN = ("PENDING", "IN_REVIEW")
EDGES = {
    "request": {
        None: {"PENDING"},
        "PENDING": {"IN_REVIEW", "APPROVED", "DECLINED", "CANCELLED", "EXPIRED"},
        "IN_REVIEW": {"IN_REVIEW", "APPROVED", "DECLINED", "CANCELLED", "EXPIRED"},
    },
    "grant": {"PENDING": {"ACTIVE"}, "ACTIVE": {"ENDING"}, "ENDING": {"ENDED"}},
    "draft": {None: {"WAITING"}, "WAITING": {"WAITING", "SENT", "DROPPED", "EXPIRED"}},
}
DAY = timedelta(days=1)
MOST_DAYS, MOST_ITEMS, MOST_TEXT, MOST_OPEN, MOST_DRAFT, MOST_COMMENTS = 3650, 25, 500, 50, 20, 20
KNOWN_TASKS = {  # the tasks of each kind's levels, and no more than the tests use
    "AD_ACCOUNT": frozenset({"MANAGE", "ADVERTISE", "ANALYZE"}),
    "PAGE": frozenset({"MANAGE", "CREATE_CONTENT", "MODERATE", "ADVERTISE", "ANALYZE"}),
    "PIXEL": frozenset({"ADVERTISE", "ANALYZE", "EDIT", "UPLOAD"}),
    "INSTAGRAM_ACCOUNT": frozenset({"ADVERTISE", "ANALYZE", "COMMUNITY_ACTIVITY", "CONTENT", "MESSAGES"}),
}


def end_of(term: Term, *, start: datetime) -> datetime | None:
    """When access that starts at `start` ends."""
    return start + timedelta(days=term[1]) if term[0] == "DAYS" else term[1]


def is_later(one: datetime | None, other: datetime | None) -> bool:
    """Whether `one` ends later than `other`; None never ends."""
    return other is not None and (one is None or one > other)


def is_risky(kind: str, tasks: Iterable[str]) -> bool:
    return kind == "AD_ACCOUNT" and "MANAGE" in tasks


@dataclass
class Business:
    id: str
    team: str
    channel: str | None
    quorum: int = 1
    expires_days: int = 14
    undo_minutes: int = 10
    who_may_ask: str = "ANYONE"
    hours: str = "09:00-17:00"
    days_off: str = ""
    status: str = "ACTIVE"
    verified: bool = True
    listed: frozenset[str] = frozenset()
    policy_version: int = 1


@dataclass
class Person:
    """`trouble` is what Slack says against them; None: it was not asked yet."""

    id: str
    user: User
    trouble: str | None = ""


@dataclass(frozen=True)
class Item:
    """One asset by its id, or in words; the tasks asked, and what a yes gave (None before one)."""

    kind: str
    tasks: Tasks
    asset: str | None = None
    words: str | None = None
    given: Tasks | None = None

    @property
    def so_far(self) -> Tasks:
        return self.tasks if self.given is None else self.given


@dataclass
class NewRequest:
    requesting: str
    owner: str
    items: tuple[Item, ...]
    reason: str
    term: Term
    people: tuple[str, ...] = ()


@dataclass
class Request:
    id: str
    ask: NewRequest
    requester: str
    author: str | None
    created: datetime
    expires: datetime
    items: list[Item]
    required_approvals: int
    extends: tuple[str, int] | None = None
    state: str = "PENDING"
    version: int = 1
    round: int = 1
    approvals: int = 0
    given: Term | None = None
    decisions: dict[tuple[int, str], bool] = field(default_factory=dict)
    undo_until: datetime | None = None
    undone: bool = False
    reminded: datetime | None = None
    comments: list[datetime] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass
class Grant:
    request: str
    position: int
    asset: str
    holder: str
    owner: str
    tasks: Tasks
    start: datetime
    end: datetime | None
    state: str = "ACTIVE"
    why: str | None = None
    version: int = 2


@dataclass
class Draft:
    id: str
    ask: NewRequest
    author: str
    expires: datetime
    state: str = "WAITING"
    version: int = 1


@dataclass
class Model:
    now: datetime
    businesses: dict[str, Business] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    members: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)  # (role, shared)
    assets: dict[str, tuple[str, str | None]] = field(default_factory=dict)  # kind, owner
    requests: dict[str, Request] = field(default_factory=dict)
    grants: dict[tuple[str, int], Grant] = field(default_factory=dict)
    draft: dict[str, Draft] = field(default_factory=dict)
    assigned: dict[tuple[str, str, str], Tasks] = field(default_factory=dict)  # asset, holder, person
    events: list[tuple[Any, ...]] = field(default_factory=list)
    cards: list[tuple[str, str, str]] = field(default_factory=list)  # subject, audience, channel or user
    notices: list[tuple[str, str, str]] = field(default_factory=list)  # subject, audience, about what

    # --- who somebody is

    def linked(self, user: User) -> list[Person]:
        """The people that a Slack user is; who belongs to no business any more is nobody."""
        belong = {person for _, person in self.members}
        return [one for one in self.people.values() if one.user == user and one.id in belong]

    def belongs(self, user: User, business: str) -> bool:
        return any((business, one.id) in self.members for one in self.linked(user))

    def hears(self, user: User, business: str | None) -> Person | None:
        """The person, if they are a member who is at home there and of whom Slack says nothing ill."""
        people = self.linked(user)
        own = self.businesses.get(business or "")
        if own is None or len(people) != 1 or not self.belongs(user, own.id):
            return None
        return people[0] if user[0] == own.team and people[0].trouble == "" else None

    def acts(self, user: User, business: str | None) -> Person | None:
        """The person, if they act as an ADMIN: heard, an admin, and no shared login."""
        person = self.hears(user, business)
        return person if person and self.members[business or "", person.id] == ("ADMIN", False) else None

    def admins(self, business: str, *, excluding: str = "") -> list[Person]:
        """Those whose yes would count, none of them a member of `excluding`."""
        found = (self.acts(one.user, business) for one in self.people.values())
        return [
            one for one in {p.id: p for p in found if p}.values() if (excluding, one.id) not in self.members
        ]

    def approvers(self, request: Request) -> list[Person]:
        own = (request.requester, request.author)
        able = self.admins(request.ask.owner, excluding=request.ask.requesting)
        return [
            one for one in able if one.id not in own and not self.belongs(one.user, request.ask.requesting)
        ]

    def to_tell(self, business: str, *, excluding: str = "") -> list[Person]:
        """Its admins; where none is left, up to ten other members at home there."""
        home = self.businesses[business].team
        others = [
            one
            for one in self.people.values()
            if (business, one.id) in self.members
            and one.user[0] == home
            and one.trouble not in {"deactivated", "bot"}
        ]
        return self.admins(business, excluding=excluding) or others[:10]

    # --- what is in force

    def held(self, asset: str, holder: str, *, at: datetime) -> Tasks:
        live = (
            one.tasks
            for one in self.grants.values()
            if (one.asset, one.holder, one.state) == (asset, holder, "ACTIVE")
            and (one.end is None or at < one.end)
        )
        return frozenset[str]().union(*live)

    def open_for(self, asset: str, holder: str, *, excluding: str = "") -> bool:
        return any(
            one.is_open
            and one.extends is None
            and one.ask.requesting == holder
            and one.id != excluding
            and any(item.asset == asset for item in one.items)
            for one in self.requests.values()
        )

    # --- asking

    def term_code(self, term: Term) -> bool:
        kind, much = term
        if kind == "DAYS":
            return not 1 <= much <= MOST_DAYS
        return kind == "UNTIL" and not self.now < much <= self.now + timedelta(days=MOST_DAYS)

    def is_flawed(self, ask: NewRequest) -> bool:
        named = [item.asset for item in ask.items if item.asset]
        return (
            not 1 <= len(ask.items) <= MOST_ITEMS
            or len(set(named)) < len(named)
            or any(not item.tasks or not item.tasks <= KNOWN_TASKS[item.kind] for item in ask.items)
            or any(item.asset is None and not (item.words or "").strip() for item in ask.items)
            or not 1 <= len(ask.reason.strip()) <= len(ask.reason) <= MOST_TEXT
            or self.term_code(ask.term)
        )

    def against_asset(
        self, asset: str, kind: str, tasks: Tasks, *, owner: str, holder: str, excluding: str = ""
    ) -> set[str]:
        if self.assets.get(asset) != (kind, owner):
            return {"asset"}
        found = {"open"} if self.open_for(asset, holder, excluding=excluding) else set()
        return found | ({"held"} if tasks <= self.held(asset, holder, at=self.now) else set())

    def against_business(self, requesting: str, owner: str) -> set[str]:
        one, other = self.businesses[requesting], self.businesses.get(owner)
        if other is None or other is one or one.status != "ACTIVE" or other.status != "ACTIVE":
            return {"businesses"}
        known = requesting in other.listed
        may = {"ANYONE": known or one.verified, "LISTED": known, "NOBODY": False}[other.who_may_ask]
        if not (may and other.verified):
            return {"businesses"}
        between = [
            r
            for r in self.requests.values()
            if r.is_open and (r.ask.requesting, r.ask.owner) == (requesting, owner)
        ]
        return {"too_many"} if len(between) >= MOST_OPEN else set()

    def against_request(self, ask: NewRequest) -> Said:
        if self.is_flawed(ask):
            return frozenset({"invalid"})
        found = self.against_business(ask.requesting, ask.owner)
        for item in ask.items:
            if item.asset:
                found |= self.against_asset(
                    item.asset, item.kind, item.tasks, owner=ask.owner, holder=ask.requesting
                )
        if any((ask.requesting, person) not in self.members for person in ask.people):
            found.add("person")
        return frozenset(found)

    def ask(self, ask: NewRequest, *, by: User, new_id: str) -> Said:
        person = self.hears(by, ask.requesting)
        drafts = person is not None and self.members[ask.requesting, person.id] == ("EMPLOYEE", False)
        if person is None or not (drafts or self.acts(by, ask.requesting)):
            return self.no("who")
        against = self.against_request(ask)
        if against:
            return self.no(*against)
        if not drafts:
            return self.send(ask, requester=person.id, author=None, new_id=new_id)
        waiting = [p for p in self.draft.values() if (p.author, p.state) == (person.id, "WAITING")]
        if len(waiting) >= MOST_DRAFT:
            return self.no("too_many")
        self.draft[new_id] = Draft(new_id, ask, person.id, self.now + 14 * DAY)
        self.events.append(("draft", new_id, None, "WAITING", 1))
        self.post(new_id, ask.requesting, "SUBMITTERS")
        self.cards.append((new_id, "AUTHOR", person.user[1]))
        return frozenset({"saved"})

    def post(self, subject: str, business: str, audience: str, *, excluding: str = "") -> None:
        channel = self.businesses[business].channel
        places = [channel] if channel else [p.user[1] for p in self.to_tell(business, excluding=excluding)]
        self.cards += [(subject, audience, place) for place in places]

    def send(
        self,
        ask: NewRequest,
        *,
        requester: str,
        author: str | None,
        new_id: str,
        extends: tuple[str, int] | None = None,
    ) -> Said:
        owner = self.businesses[ask.owner]
        expires = self.now + owner.expires_days * DAY
        if ask.term[0] == "UNTIL":
            expires = min(expires, ask.term[1])
        required_approvals = self.required_approvals(
            ask.owner, [(item.kind, item.tasks) for item in ask.items]
        )
        items = list(ask.items)
        self.requests[new_id] = Request(
            new_id, ask, requester, author, self.now, expires, items, required_approvals, extends=extends
        )
        self.events.append(("request", new_id, None, "PENDING", 1))
        self.post(new_id, ask.owner, "APPROVERS", excluding=ask.requesting)
        told = {"REQUESTER": requester, "AUTHOR": author}
        self.cards += [(new_id, role, self.people[one].user[1]) for role, one in told.items() if one]
        return frozenset({"sent"})

    def required_approvals(self, business: str, given: Iterable[tuple[str, Tasks]]) -> int:
        return max(self.businesses[business].quorum, 2 if any(is_risky(*one) for one in given) else 1)

    # --- what employees prepare

    def handle_draft(
        self,
        what: str,
        draft: str,
        *,
        by: User,
        expected_version: int,
        new_id: str = "",
        ask: NewRequest | None = None,
    ) -> Said:
        """`what` is SENT, DROPPED, or WAITING for a change of it."""
        one = self.draft.get(draft)
        person = self.hears(by, one.ask.requesting) if one else None
        if one is None or person is None:
            return self.no("unknown")
        if not (self.acts(by, one.ask.requesting) or (person.id == one.author and what != "SENT")):
            return self.no("who")
        if one.state != "WAITING" or self.now >= one.expires:
            return self.no("over")
        if expected_version != one.version:
            return self.no("expected_version")
        against = frozenset[str]() if what == "DROPPED" else self.against_request(ask or one.ask)
        if against:
            return self.no(*against)
        if what == "SENT":
            self.send(one.ask, requester=person.id, author=one.author, new_id=new_id)
        one.ask = ask or one.ask
        self.move_draft(one, what, by=person.id)
        return frozenset({{"SENT": "sent", "DROPPED": "dropped", "WAITING": "saved"}[what]})

    def move_draft(self, one: Draft, to: str, *, by: str | None) -> None:
        self.events.append(("draft", one.id, one.state, to, one.version + 1))
        one.state, one.version = to, one.version + 1
        if to != "WAITING" and by != one.author:
            self.notices.append((one.id, "AUTHOR", to.lower()))

    # --- deciding

    def against_deciding(self, request: Request | None, *, by: User, expected_version: int) -> Said:
        if request is None:
            return frozenset({"unknown"})
        person = self.acts(by, request.ask.owner)
        if person is None or person not in self.approvers(request):
            return frozenset({"who"})
        owner = self.businesses[request.ask.owner]
        if owner.status != "ACTIVE" or not owner.verified:
            return frozenset({"businesses"})
        if not request.is_open or self.now >= request.expires:
            return frozenset({"over"})
        return frozenset({"expected_version"}) if expected_version != request.version else frozenset()

    def decline(self, request_id: str, *, by: User, expected_version: int, note: str = "") -> Said:
        request = self.requests.get(request_id)
        no = self.against_deciding(request, by=by, expected_version=expected_version)
        if no or request is None:
            return self.no(*no)
        if len(note) > MOST_TEXT:
            return frozenset({"invalid"})
        approver = self.linked(by)[0].id
        # Who said yes and thinks again says no in a round of its own: both are kept.
        the_round = request.round + ((request.round, approver) in request.decisions)
        request.decisions[the_round, approver] = False
        self.move(request, "DECLINED", by=approver)
        return frozenset({"DECLINED"})

    def approve(
        self,
        request_id: str,
        *,
        by: User,
        expected_version: int,
        given: Mapping[int, Tasks] | None = None,
        bound: Mapping[int, str] | None = None,
        term: Term | None = None,
        note: str = "",
    ) -> Said:
        request = self.requests.get(request_id)
        no = self.against_deciding(request, by=by, expected_version=expected_version)
        if no or request is None:
            return self.no(*no)
        if len(note) > MOST_TEXT:
            return frozenset({"invalid"})
        requested, fixed, now = request.ask.term, request.given or request.ask.term, self.now
        longest = requested if is_later(end_of(fixed, start=now), end_of(requested, start=now)) else fixed
        given, bound, chosen = given or {}, bound or {}, term or longest
        # What is declined is bound to nothing.
        lines = [
            replace(item, given=tasks, asset=bound.get(n, item.asset) if tasks else item.asset)
            for n, item in enumerate(request.items)
            for tasks in [given.get(n, item.so_far)]
        ]
        against = self.against_giving(request, lines)
        if not {*given, *bound} <= set(range(len(lines))):
            against.add("wider")
        if self.term_code(chosen):
            against.add("invalid")
        if is_later(end_of(chosen, start=now), end_of(longest, start=now)):
            against.add("wider")
        if against:
            return self.no(*against)
        approver = self.linked(by)[0].id
        same = chosen == longest and all(
            (a.so_far, a.asset) == (b.so_far, b.asset) for a, b in zip(lines, request.items, strict=True)
        )
        the_round = request.round + (request.state == "IN_REVIEW" and not same)
        voted = {who for (n, who), approves in request.decisions.items() if n == the_round and approves}
        able = {one.id for one in self.admins(request.ask.owner, excluding=request.ask.requesting)}
        approvals = len((voted & able) | {approver})
        required_approvals = self.required_approvals(
            request.ask.owner, [(one.kind, one.so_far) for one in lines]
        )
        if approver in voted and approvals < required_approvals:
            return self.no("voted")
        request.decisions[the_round, approver] = True
        request.items, request.given = lines, chosen
        request.round, request.approvals, request.required_approvals = (
            the_round,
            approvals,
            required_approvals,
        )
        self.move(request, "APPROVED" if approvals >= required_approvals else "IN_REVIEW", by=approver)
        if request.state == "APPROVED":
            self.activate(request)
        return frozenset({request.state})

    def against_giving(self, request: Request, lines: Sequence[Item]) -> set[str]:
        found: set[str] = set()
        owner, holder = request.ask.owner, request.ask.requesting
        if self.businesses[holder].status != "ACTIVE":
            found.add("businesses")
        for line, before in zip(lines, request.items, strict=True):
            if not line.so_far <= before.so_far:
                found.add("wider")
            if not line.so_far:
                continue
            if line.asset is None:
                found.add("unbound")
            elif before.words is not None:
                found |= self.against_asset(
                    line.asset, line.kind, line.so_far, owner=owner, holder=holder, excluding=request.id
                )
            elif line.asset != before.asset:
                found.add("wider")
            elif self.assets[line.asset][1] != owner:
                found.add("asset")
        if not any(line.so_far for line in lines):
            found.add("nothing")
        named = [line.asset for line in lines if line.asset]
        if len(set(named)) < len(named):
            found.add("invalid")
        return found

    def move(self, request: Request, to: str, *, by: str | None) -> None:
        self.events.append(("request", request.id, request.state, to, request.version + 1))
        request.state, request.version = to, request.version + 1
        minutes = self.businesses[request.ask.owner].undo_minutes
        if to == "APPROVED" and minutes:
            request.undo_until = self.now + timedelta(minutes=minutes)
        audiences = ["APPROVERS"] if to == "IN_REVIEW" else ["REQUESTER", "AUTHOR"]
        if to == "CANCELLED" and by == request.requester:
            audiences = ["AUTHOR"]  # nobody is told what they did themselves
        self.notices += [(request.id, audience, to.lower()) for audience in audiences]

    def activate(self, request: Request) -> None:
        assert request.given is not None
        for n, item in enumerate(request.items):
            if not item.so_far or item.asset is None:
                continue
            end = end_of(request.given, start=self.now)
            holder, owner = request.ask.requesting, request.ask.owner
            self.grants[request.id, n] = Grant(
                request.id, n, item.asset, holder, owner, item.so_far, self.now, end
            )
            self.events.append(("grant", (request.id, n), "PENDING", "ACTIVE", 2))
            for person in request.ask.people:
                if (holder, person) in self.members:
                    key = (item.asset, holder, person)
                    self.assigned[key] = self.assigned.get(key, frozenset()) | item.so_far

    def cancel(self, request_id: str, *, by: User, note: str = "") -> Said:
        request = self.requests.get(request_id)
        if request is None:
            return self.no("unknown")
        person = self.acts(by, request.ask.requesting)
        if person is None:
            return self.no("who")
        if not request.is_open:
            return self.no("over")
        if len(note) > MOST_TEXT:
            return frozenset({"invalid"})
        self.move(request, "CANCELLED", by=person.id)
        return frozenset({"CANCELLED"})

    def undo(self, request_id: str, *, by: User) -> Said:
        request = self.requests.get(request_id)
        if request is None:
            return self.no("unknown")
        if not self.acts(by, request.ask.owner) or self.belongs(by, request.ask.requesting):
            return self.no("who")
        if request.undo_until is None or self.now >= request.undo_until:
            return self.no("over")
        request.undo_until, request.undone, request.version = None, True, request.version + 1
        self.events.append(("undone", request.id, request.version))
        self.notices += [(request.id, one, "undone") for one in ("REQUESTER", "AUTHOR", "APPROVERS")]
        for grant in self.grants.values():
            if grant.request == request.id and grant.state == "ACTIVE":
                self.end(grant, "UNDONE", tell=False)
        return frozenset({"undone"})

    # --- grants

    def end(self, grant: Grant, why: str, *, tell: bool = True) -> None:
        key = (grant.request, grant.position)
        self.events.append(("grant", key, "ACTIVE", "ENDING", grant.version + 1))
        self.events.append(("grant", key, "ENDING", "ENDED", grant.version + 2))
        grant.state, grant.why, grant.version = "ENDED", why, grant.version + 2
        left = self.held(grant.asset, grant.holder, at=self.now)
        for place, tasks in list(self.assigned.items()):
            if place[:2] == (grant.asset, grant.holder):
                self.assigned[place] = tasks & left
                if not tasks & left:
                    del self.assigned[place]
        if tell:
            self.notices += [(grant.request, one, "ended") for one in ("REQUESTER", "APPROVERS")]

    def end_access(self, keys: Sequence[tuple[str, int]], *, business: str, by: User, note: str = "") -> Said:
        if not self.acts(by, business):
            return self.no("who")
        found = [self.grants[key] for key in dict.fromkeys(keys) if key in self.grants]
        sides = {one.owner == business for one in found if business in (one.owner, one.holder)}
        own = [one for one in found if business in (one.owner, one.holder)]
        if not own or len(own) != len(set(keys)) or len(sides) > 1:
            return self.no("unknown")
        if any(one.state != "ACTIVE" for one in own):
            return self.no("over")
        if len(note) > MOST_TEXT:
            return frozenset({"invalid"})
        for one in own:
            self.end(one, "REVOKED" if one.owner == business else "RELINQUISHED")
        return frozenset({"ended"})

    def let_end(self, key: tuple[str, int], *, by: User) -> Said:
        grant = self.grants.get(key)
        if grant is None or not self.acts(by, grant.holder):
            return self.no("who", "unknown")  # outsiders learn not even that there is one
        if grant.state != "ACTIVE":
            return self.no("over")
        self.events.append(("let_end", key))
        return frozenset({"let_end"})

    def extend(self, key: tuple[str, int], *, days: int, reason: str, by: User, new_id: str) -> Said:
        grant = self.grants.get(key)
        person = self.acts(by, grant.holder) if grant else None
        if grant is None or person is None:
            return self.no("who", "unknown")
        if grant.state != "ACTIVE" or (grant.end is not None and grant.end <= self.now):
            return self.no("over")
        if grant.end is None:
            return self.no("held")
        if any(one.is_open and one.extends == key for one in self.requests.values()):
            return self.no("open")
        if not 1 <= days <= MOST_DAYS:
            return frozenset({"invalid"})
        until = grant.end + days * DAY
        people = self.requests[grant.request].ask.people
        kind = self.assets[grant.asset][0]
        ask = NewRequest(
            grant.holder,
            grant.owner,
            (Item(kind, grant.tasks, grant.asset),),
            reason,
            ("UNTIL", until),
            tuple(one for one in people if (grant.holder, one) in self.members),
        )
        if self.is_flawed(ask):
            return frozenset({"invalid"})
        against = self.against_business(grant.holder, grant.owner)
        if grant.tasks <= self.held(grant.asset, grant.holder, at=until - timedelta(seconds=1)):
            against.add("held")
        if against:
            return self.no(*against)
        return self.send(ask, requester=person.id, author=None, new_id=new_id, extends=key)

    # --- what is said to a nudge

    def on_open(self, what: str, request_id: str, *, by: User) -> Said:
        """Snooze, look into or remind."""
        request = self.requests.get(request_id)
        if request is None:
            return self.no("unknown")
        asks = what == "reminded"
        able = self.acts(by, request.ask.requesting if asks else request.ask.owner)
        if able is None or not (asks or able in self.approvers(request)):
            return self.no("who")
        if not request.is_open or self.now >= request.expires:
            return self.no("over")
        if asks:
            if request.reminded is not None and self.now < request.reminded + DAY:
                return self.no("too_many")
            request.reminded = self.now
        self.events.append((what, request.id))
        return frozenset({what})

    def comment(self, request_id: str, text: str, *, by: User) -> Said:
        request = self.requests.get(request_id)
        sides = (request.ask.requesting, request.ask.owner) if request else ()
        side = next((one for one in sides if self.hears(by, one)), None)
        if request is None or side is None:
            return self.no("unknown")
        if not self.acts(by, side):
            return self.no("who")
        if not 1 <= len(text) <= MOST_TEXT:
            return frozenset({"invalid"})
        if len([at for at in request.comments if at > self.now - DAY]) >= MOST_COMMENTS:
            return self.no("too_many")
        request.comments.append(self.now)
        self.events.append(("comment", request.id))
        self.notices += [(request.id, one, "comment") for one in ("REQUESTER", "AUTHOR", "APPROVERS")]
        return frozenset({"commented"})

    # --- settings and people

    def change_policy(self, business: str, *, by: User, expected_version: int, **values: Any) -> Said:
        own = self.businesses[business]
        if not self.acts(by, business):
            return self.no("who")
        ranges = {"quorum": (1, 10), "expires_days": (1, 365), "undo_minutes": (0, 1440)}
        if any(not low <= values[name] <= high for name, (low, high) in ranges.items() if name in values):
            return frozenset({"invalid"})
        if expected_version != own.policy_version:
            return self.no("expected_version")
        for name, value in values.items():
            setattr(own, name, value)
        return self.settled(own, "policy")

    def settled(self, own: Business, what: str) -> Said:
        own.policy_version += 1
        self.events.append((what, own.id))
        return frozenset({"changed"})

    def change_member(self, business: str, person: str, *, role: str | None, by: User) -> Said:
        """Make a member ADMIN or EMPLOYEE, or (None) remove them."""
        if not self.acts(by, business):
            return self.no("who")
        if (business, person) not in self.members:
            return self.no("person")
        before, shared = self.members[business, person]
        others = [one for one in self.admins(business) if one.id != person]
        if before == "ADMIN" and role != "ADMIN" and not others:
            return self.no("last_admin")
        if role is not None:
            self.members[business, person] = (role, shared)
            return self.settled(self.businesses[business], "role")
        del self.members[business, person]
        for key in [one for one in self.assigned if one[1:] == (business, person)]:
            del self.assigned[key]
        return self.settled(self.businesses[business], "removed")

    def add_member(self, business: str, user: User, *, role: str, by: User, new_id: str) -> Said:
        if not self.acts(by, business):
            return self.no("who")
        known = [one for one in self.people.values() if one.user == user]
        is_stranger = any(one.trouble == "stranger" for one in known)
        if user[0] != self.businesses[business].team or len(known) > 1 or is_stranger:
            return self.no("elsewhere")
        person = known[0].id if known else new_id
        if (business, person) in self.members:
            return self.change_member(business, person, role=role, by=by)
        self.people.setdefault(person, Person(person, user, None))
        self.members[business, person] = (role, False)
        return self.settled(self.businesses[business], "added")

    def slack_says(self, user: User, trouble: str) -> None:
        """Slack tells of a user: `trouble` is deactivated, guest, bot, stranger, or nothing."""
        for one in self.people.values():
            if one.user == user and one.trouble != trouble:
                one.trouble = trouble
                self.events.append(("flags", one.id))

    def verify(self, business: str, *, verified: bool) -> None:
        own = self.businesses[business]
        if own.verified != verified:
            own.verified = verified
            self.settled(own, "verified" if verified else "unverified")

    # --- time

    def sweep(self) -> None:
        """What the clock does: ends, expiries, what lapses, windows that close. Nudges are judged apart."""
        for grant in self.grants.values():
            if grant.state == "ACTIVE" and grant.end is not None and grant.end <= self.now:
                self.end(grant, "REACHED")
        for request in self.requests.values():
            if request.is_open and request.expires <= self.now:
                self.move(request, "EXPIRED", by=None)
            if request.undo_until is not None and request.undo_until <= self.now:
                request.undo_until = None
        for one in self.draft.values():
            if one.state == "WAITING" and one.expires <= self.now:
                self.move_draft(one, "EXPIRED", by=None)

    def next_due(self) -> datetime | None:
        """The next moment at which something ends, expires, lapses or closes."""
        moments: list[datetime | None] = [r.expires for r in self.requests.values() if r.is_open]
        moments += [r.undo_until for r in self.requests.values()]
        moments += [g.end for g in self.grants.values() if g.state == "ACTIVE"]
        moments += [p.expires for p in self.draft.values() if p.state == "WAITING"]
        return min((at for at in moments if at is not None and at > self.now), default=None)

    def no(self, *why: str) -> Said:
        """A no is an event too; what was typed wrongly is only said."""
        if why != ("invalid",):
            self.events.append(("denied",))
        return frozenset(why)
