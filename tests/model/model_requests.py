"""The model's rules about requests and drafts: submit, decide, cancel, undo and extend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from model_grants import Grants
from model_records import (
    DAY,
    KNOWN_TASKS,
    MOST_DAYS,
    MOST_DRAFTS,
    MOST_ITEMS,
    MOST_OPEN,
    MOST_TEXT,
    Draft,
    Item,
    Key,
    Kinds,
    NewRequest,
    Request,
    Tasks,
    Term,
    User,
    end_of,
    is_later,
    is_risky,
)


class Requests(Grants):
    """What speaks against a request, and what becomes of one that nothing speaks against."""

    # --- what speaks against a request

    def is_bad_term(self, term: Term) -> bool:
        """Whether a term is over already, or longer than any may be."""
        kind, much = term
        if kind == "DAYS":
            return not 1 <= much <= MOST_DAYS
        return kind == "UNTIL" and not self.now < much <= self.now + timedelta(days=MOST_DAYS)

    def has_errors(self, content: NewRequest) -> bool:
        """Whether the modal would be answered with field errors."""
        named = [item.asset for item in content.items if item.asset]
        return (
            not 1 <= len(content.items) <= MOST_ITEMS
            or len(set(named)) < len(named)
            or any(not item.tasks or not item.tasks <= KNOWN_TASKS[item.kind] for item in content.items)
            or any(item.asset is None and not (item.words or "").strip() for item in content.items)
            or not 1 <= len(content.reason.strip()) <= len(content.reason) <= MOST_TEXT
            or self.is_bad_term(content.term)
        )

    def open_for(self, asset: str, holder: str, *, excluding: str = "") -> bool:
        """Whether another open request of the holder, no extension, is about the asset."""
        return any(
            one.is_open
            and one.extends is None
            and one.requesting == holder
            and one.id != excluding
            and any(item.asset == asset for item in one.items)
            for one in self.requests.values()
        )

    def against_asset(
        self, asset: str, kind: str, tasks: Tasks, *, owner: str, holder: str, excluding: str = ""
    ) -> set[str]:
        if self.assets.get(asset) != (kind, owner):
            return {"asset"}
        found = {"open"} if self.open_for(asset, holder, excluding=excluding) else set()
        return found | ({"held"} if tasks <= self.held(asset, holder, at=self.now) else set())

    def against_business(self, requesting: str, deciding: str) -> set[str]:
        one, other = self.businesses[requesting], self.businesses.get(deciding)
        if other is None or other is one or one.status != "ACTIVE" or other.status != "ACTIVE":
            return {"businesses"}
        known = requesting in other.listed
        may = {"ANYONE": known or one.verified, "LISTED": known, "NOBODY": False}[other.who_may_ask]
        if not (may and other.verified):
            return {"businesses"}
        between = [
            r
            for r in self.requests.values()
            if r.is_open and (r.requesting, r.deciding) == (requesting, deciding)
        ]
        return {"too_many"} if len(between) >= MOST_OPEN else set()

    def against_request(self, content: NewRequest) -> Kinds:
        if self.has_errors(content):
            return frozenset({"invalid"})
        found = self.against_business(content.requesting, content.deciding)
        for item in content.items:
            if item.asset:
                found |= self.against_asset(
                    item.asset, item.kind, item.tasks, owner=content.deciding, holder=content.requesting
                )
        if any((content.requesting, person) not in self.members for person in content.people):
            found.add("person")
        return frozenset(found)

    # --- submitting

    def submit(self, content: NewRequest, *, by: User, new_id: str) -> Kinds:
        """Open an admin's request; keep an employee's as a draft, for an admin to submit."""
        person = self.as_member(by, content.requesting)
        is_draft = person is not None and self.members[content.requesting, person.id] == ("EMPLOYEE", False)
        if person is None or not (is_draft or self.as_admin(by, content.requesting)):
            return self.deny("not_allowed")
        against = self.against_request(content)
        if against:
            return self.deny(*against)
        if not is_draft:
            return self.open_request(content, requester=person.id, author=None, new_id=new_id)
        waiting = [d for d in self.drafts.values() if (d.author, d.state) == (person.id, "WAITING")]
        if any(d.content == content and self.now < d.expires for d in waiting):
            return frozenset({"saved"})
        if len(waiting) >= MOST_DRAFTS:
            return self.deny("too_many")
        self.drafts[new_id] = Draft(new_id, content, person.id, self.now + 14 * DAY)
        self.events.append(("draft", new_id, None, "WAITING", 1))
        self.post(new_id, content.requesting, "SUBMITTERS")
        self.cards.append((new_id, "AUTHOR", person.user[1]))
        return frozenset({"saved"})

    def open_request(
        self,
        content: NewRequest,
        *,
        requester: str,
        author: str | None,
        new_id: str,
        extends: Key | None = None,
    ) -> Kinds:
        expires = self.now + self.businesses[content.deciding].expires_days * DAY
        if content.term[0] == "UNTIL":
            expires = min(expires, content.term[1])
        end = self.grants[extends].end if extends else None
        self.requests[new_id] = Request(
            new_id,
            content,
            requester,
            author,
            created=self.now,
            expires=min(expires, end or expires),
            items=list(content.items),
            required_approvals=0,
            quorum=self.businesses[content.deciding].quorum,
            extends=extends,
        )
        self.requests[new_id].required_approvals = self.required_approvals(
            self.requests[new_id], content.items
        )
        self.events.append(("request", new_id, None, "PENDING", 1))
        self.post(new_id, content.deciding, "APPROVERS", excluding=content.requesting)
        told = {"REQUESTER": requester, "AUTHOR": author}
        self.cards += [(new_id, role, self.people[one].user[1]) for role, one in told.items() if one]
        return frozenset({"sent"})

    @staticmethod
    def required_approvals(request: Request, given: Iterable[Item]) -> int:
        """Return how many approvals a request takes if these items are given."""
        return max(request.quorum, 2 if any(is_risky(one.kind, one.current) for one in given) else 1)

    # --- drafts of employees

    def handle_draft(
        self,
        what: str,
        draft: str,
        *,
        by: User,
        expected_version: int,
        new_id: str = "",
        content: NewRequest | None = None,
    ) -> Kinds:
        """Submit (SENT), drop (DROPPED) or change (WAITING) a draft that still waits."""
        one = self.drafts.get(draft)
        person = self.as_member(by, one.requesting) if one else None
        if one is None or person is None:
            return self.deny(self.not_there(by))
        if not (self.as_admin(by, one.requesting) or (by == self.people[one.author].user and what != "SENT")):
            return self.deny("not_allowed")
        if one.state != "WAITING" or self.now >= one.expires:
            return self.deny("over")
        if expected_version != one.version:
            return self.deny("stale")
        against = frozenset[str]() if what == "DROPPED" else self.against_request(content or one.content)
        if against:
            return self.deny(*against)
        if what == "SENT":
            self.open_request(one.content, requester=person.id, author=one.author, new_id=new_id)
        one.content = content or one.content
        self.move_draft(one, what, by=person.id)
        return frozenset({{"SENT": "sent", "DROPPED": "dropped", "WAITING": "saved"}[what]})

    def move_draft(self, one: Draft, to: str, *, by: str | None) -> None:
        self.events.append(("draft", one.id, one.state, to, one.version + 1))
        one.state, one.version = to, one.version + 1
        if to != "WAITING" and by != one.author:
            self.notices.append((one.id, "AUTHOR", to.lower()))

    # --- deciding

    def against_deciding(self, request: Request | None, *, by: User, expected_version: int) -> Kinds:
        if request is None:
            return frozenset({self.not_there(by)})
        person = self.as_admin(by, request.deciding)
        if person is None or person not in self.approvers(request):
            return frozenset({"not_allowed"})
        own = self.businesses[request.deciding]
        if own.status != "ACTIVE" or not own.verified:
            return frozenset({"businesses"})
        if not request.is_open or self.now >= request.expires:
            return frozenset({"over"})
        return frozenset({"stale"}) if expected_version != request.version else frozenset()

    def decline(self, request_id: str, *, by: User, expected_version: int, note: str = "") -> Kinds:
        request = self.requests.get(request_id)
        no = self.against_deciding(request, by=by, expected_version=expected_version)
        if no or request is None:
            return self.deny(*no)
        if len(note) > MOST_TEXT:
            return frozenset({"invalid"})
        approver = self.linked(by)[0].id
        # Somebody who approved and then declines does so in the next round: both decisions are kept.
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
    ) -> Kinds:
        """Approve as it stands, or less (`given`, `term`); `bound` names assets for what is described.

        A change starts a new round, in which earlier approvals do not count.
        """
        request = self.requests.get(request_id)
        no = self.against_deciding(request, by=by, expected_version=expected_version)
        if no or request is None:
            return self.deny(*no)
        if len(note) > MOST_TEXT:
            return frozenset({"invalid"})
        requested, fixed, now = request.content.term, request.given or request.content.term, self.now
        longest = requested if is_later(end_of(fixed, start=now), end_of(requested, start=now)) else fixed
        given, bound, chosen = given or {}, bound or {}, term or longest
        # An item that is declined is bound to no asset.
        lines = [
            replace(item, given=tasks, asset=bound.get(n, item.asset) if tasks else item.asset)
            for n, item in enumerate(request.items)
            for tasks in [given.get(n, item.current)]
        ]
        against = self.against_giving(request, lines)
        if not {*given, *bound} <= set(range(len(lines))):
            against.add("wider")
        against |= self.against_term(request, chosen, longest)
        if against:
            return self.deny(*against)
        approver = self.linked(by)[0].id
        same = chosen == longest and all(
            (a.current, a.asset) == (b.current, b.asset) for a, b in zip(lines, request.items, strict=True)
        )
        the_round = request.round + (request.state == "IN_REVIEW" and not same)
        approved_by = {who for (n, who), approves in request.decisions.items() if n == the_round and approves}
        if any(one.id in approved_by and not self.is_known(one) for one in self.approvers(request)):
            return self.deny("not_allowed")  # whether their approval counts is not known
        eligible = {one.id for one in self.admins(request.deciding, excluding=request.requesting)}
        others = (approved_by & eligible) - {approver}
        if any(self.are_one(request.deciding, approver, one) for one in others):
            return self.deny("one_voice")
        approvals = self.voices(request.deciding, {*(approved_by & eligible), approver})
        required_approvals = self.required_approvals(request, lines)
        if approver in approved_by and approvals < required_approvals:
            return self.deny("approved_already")
        request.decisions[the_round, approver] = True
        request.items, request.given = lines, chosen
        request.round, request.approvals = the_round, approvals
        request.required_approvals = required_approvals
        if approvals < required_approvals and chosen[0] == "UNTIL":
            request.expires = min(request.expires, chosen[1])  # after that there is nothing to approve
        self.move(request, "APPROVED" if approvals >= required_approvals else "IN_REVIEW", by=approver)
        if request.state == "APPROVED":
            self.activate(request)
        return frozenset({request.state})

    def against_term(self, request: Request, chosen: Term, longest: Term) -> set[str]:
        """Return what speaks against giving it for so long: an extension ends later than what it extends."""
        found = {"invalid"} if self.is_bad_term(chosen) else set()
        end = end_of(chosen, start=self.now)
        if is_later(end, end_of(longest, start=self.now)):
            found.add("wider")
        extended = self.grants[request.extends].end if request.extends else None
        return found | ({"held"} if extended is not None and not is_later(end, extended) else set())

    def against_giving(self, request: Request, lines: Sequence[Item]) -> set[str]:
        """Return what speaks against giving these lines for the request's items."""
        found: set[str] = set()
        owner, holder = request.deciding, request.requesting
        if self.businesses[holder].status != "ACTIVE":
            found.add("businesses")
        for line, before in zip(lines, request.items, strict=True):
            if not line.current <= before.current:
                found.add("wider")
            if not line.current:
                continue
            if line.asset is None:
                found.add("unbound")
            elif before.asset not in {None, line.asset}:
                found.add("wider")
            elif before.words is not None:
                found |= self.against_asset(
                    line.asset, line.kind, line.current, owner=owner, holder=holder, excluding=request.id
                )
            elif self.assets[line.asset][1] != owner:
                found.add("asset")
        if not any(line.current for line in lines):
            found.add("nothing")
        named = [line.asset for line in lines if line.asset]
        if len(set(named)) < len(named):
            found.add("invalid")
        return found

    # --- after the decision

    def cancel(self, request_id: str, *, by: User, note: str = "") -> Kinds:
        request = self.requests.get(request_id)
        if request is None:
            return self.deny(self.not_there(by))
        person = self.as_admin(by, request.requesting)
        if person is None:
            return self.deny("not_allowed")
        if not request.is_open or self.now >= request.expires:
            return self.deny("over")
        if len(note) > MOST_TEXT:
            return frozenset({"invalid"})
        self.move(request, "CANCELLED", by=person.id)
        return frozenset({"CANCELLED"})

    def undo(self, request_id: str, *, by: User) -> Kinds:
        """Take an approval back in its undo window, with all that it gave."""
        request = self.requests.get(request_id)
        if request is None:
            return self.deny(self.not_there(by))
        if self.as_admin(by, request.deciding) not in self.approvers(request):
            return self.deny("not_allowed")
        if request.undo_until is None or self.now >= request.undo_until:
            return self.deny("over")
        given = [one for one in self.grants.values() if one.request == request.id]
        if given and all(one.state == "ENDED" for one in given):
            return self.deny("over")
        request.undo_until, request.undone, request.version = None, True, request.version + 1
        self.events.append(("undone", request.id, request.version))
        self.notices += [(request.id, one, "undone") for one in ("REQUESTER", "AUTHOR", "APPROVERS")]
        self.take_back(request.id, by=self.linked(by)[0].id)
        return frozenset({"undone"})

    def take_back(self, request_id: str, *, by: str) -> None:
        """End what an undone approval gave, and what approved extensions of that gave."""
        for key, grant in self.grants.items():
            if grant.request != request_id:
                continue
            if grant.state == "ACTIVE":
                self.end_grant(grant, "UNDONE", by=by, tell=False)
            for extension in [one.id for one in self.requests.values() if one.extends == key]:
                resting = [one for one in self.grants.values() if one.request == extension]
                for one in [one for one in resting if one.state == "ACTIVE"]:
                    self.tell_of_end(one)
                self.take_back(extension, by=by)

    def extend(self, key: Key, *, days: int, reason: str, by: User, new_id: str) -> Kinds:
        """Request what a grant gives for more days after its end."""
        grant = self.grants.get(key)
        person = self.as_admin(by, grant.holder) if grant else None
        if grant is None or person is None:
            return self.deny("not_allowed", "unknown")
        if grant.state != "ACTIVE" or (grant.end is not None and grant.end <= self.now):
            return self.deny("over")
        if grant.end is None:
            return self.deny("held")
        if any(one.is_open and one.extends == key for one in self.requests.values()):
            return self.deny("open")
        if not 1 <= days <= MOST_DAYS:
            return frozenset({"invalid"})
        until = grant.end + days * DAY
        people = [  # who was taken off it stays off it
            one
            for one in self.requests[grant.request].content.people
            if (grant.holder, one) in self.members and (grant.asset, grant.holder, one) in self.assigned
        ]
        kind = self.assets[grant.asset][0]
        content = NewRequest(
            grant.holder,
            grant.owner,
            (Item(kind, grant.tasks, grant.asset),),
            reason,
            ("UNTIL", until),
            tuple(people),
        )
        if self.has_errors(content):
            return frozenset({"invalid"})
        against = self.against_business(grant.holder, grant.owner)
        if grant.tasks <= self.held(grant.asset, grant.holder, at=until - timedelta(seconds=1)):
            against.add("held")
        if against:
            return self.deny(*against)
        return self.open_request(content, requester=person.id, author=None, new_id=new_id, extends=key)
