"""The model's rules about grants: what is in force, and how it ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from model_people import People
from model_records import KNOWN_TASKS, MOST_TEXT, Grant, Key, Kinds, Request, Tasks, User, end_of


class Grants(People):
    """What an approval activates, and what revoke, relinquish, undo and the clock end."""

    def held(self, asset: str, holder: str, *, at: datetime) -> Tasks:
        """Return what a business may do with an asset at a moment: all its live grants together."""
        live = (
            one.tasks
            for one in self.grants.values()
            if (one.asset, one.holder, one.state) == (asset, holder, "ACTIVE")
            and (one.end is None or at < one.end)
        )
        return frozenset[str]().union(*live)

    def most(self, asset: str, business: str) -> Tasks:
        """Return the most that a business's people can do with an asset: anything with its own."""
        kind, owner = self.assets.get(asset, ("", None))
        return KNOWN_TASKS[kind] if owner == business else self.held(asset, business, at=self.now)

    def put(self, place: tuple[str, str, str], tasks: Tasks) -> None:
        """Have a person be assigned these tasks; an event if that changes anything."""
        if self.assigned.get(place, frozenset()) == tasks:
            return
        self.events.append(("assigned" if tasks else "unassigned", place[2]))
        self.assigned[place] = tasks
        if not tasks:
            del self.assigned[place]

    def assign(self, asset: str, business: str, person: str, tasks: Tasks | None, *, by: User) -> Kinds:
        """Let a person of a business do exactly these tasks with an asset; None takes it away from them."""
        if not self.as_admin(by, business):
            return self.deny("not_allowed")
        place, most = (asset, business, person), self.most(asset, business)
        before = self.assigned.get(place, frozenset())
        if not most:
            return self.deny("not_held")
        if tasks is None:
            if not before:
                return self.deny("not_assigned")
            self.put(place, frozenset())
            return frozenset({"assigned"})
        if not tasks or not tasks <= KNOWN_TASKS[self.assets[asset][0]]:
            return frozenset({"invalid"})
        if (business, person) not in self.members:
            return self.deny("person")
        if not tasks <= most:
            return self.deny("beyond")
        if not tasks <= before:
            if self.businesses[business].status != "ACTIVE":
                return self.deny("businesses")
            if not (self.is_own(business, person) and self.as_member(self.people[person].user, business)):
                return self.deny("not_assignable")
        self.put(place, tasks)
        return frozenset({"assigned"})

    def activate(self, request: Request) -> None:
        """Give what an approved request gives: a grant an item, and its people assigned."""
        assert request.given is not None
        holder, owner = request.requesting, request.deciding
        for n, item in enumerate(request.items):
            if not item.current or item.asset is None:
                continue
            end = end_of(request.given, start=self.now)
            self.grants[request.id, n] = Grant(
                request.id, n, item.asset, holder, owner, item.current, self.now, end
            )
            self.events.append(("grant", (request.id, n), "PENDING", "ACTIVE", 2))
            for person in request.content.people:
                key = (item.asset, holder, person)
                goes_on = request.extends is not None and key in self.assigned  # with what they have
                if self.is_own(holder, person) and not goes_on:
                    self.put(key, self.assigned.get(key, frozenset()) | item.current)
            self.held_changed(item.asset, holder)

    def held_changed(self, asset: str, holder: str) -> None:
        """Revise the holder's open requests whose cards say what it has of the asset."""
        for one in self.requests.values():
            extends = self.grants.get(one.extends) if one.extends else None
            about = {extends.asset} if extends else {item.asset for item in one.items}
            if one.is_open and one.requesting == holder and asset in about:
                self.revise(one)

    def end_grant(self, grant: Grant, reason: str, *, by: str | None = None, tell: bool = True) -> None:
        """End a grant, and with it what people could do by it alone, and the requests to extend it."""
        key = (grant.request, grant.position)
        self.events.append(("grant", key, "ACTIVE", "ENDING", grant.version + 1))
        self.events.append(("grant", key, "ENDING", "ENDED", grant.version + 2))
        grant.state, grant.end_reason, grant.version = "ENDED", reason, grant.version + 2
        left = self.held(grant.asset, grant.holder, at=self.now)
        before = dict(self.assigned)
        for place, tasks in before.items():
            if place[:2] == (grant.asset, grant.holder):
                self.assigned[place] = tasks & left
                if not tasks & left:
                    del self.assigned[place]
        if self.assigned != before:
            self.events.append(("trimmed", (grant.asset, grant.holder)))
        for one in self.requests.values():
            if one.is_open and one.extends == key:
                self.move(
                    one, "EXPIRED" if reason == "REACHED" else "CANCELLED", by=by, tell=reason == "REACHED"
                )
        self.held_changed(grant.asset, grant.holder)
        if tell:
            self.tell_of_end(grant)

    def tell_of_end(self, grant: Grant) -> None:
        self.notices += [(grant.request, one, "ended") for one in ("REQUESTER", "AUTHOR", "APPROVERS")]

    def move(self, request: Request, to: str, *, by: str | None, tell: bool = True) -> None:
        """Move a request to another state; tell both the requester and the author of its end."""
        self.events.append(("request", request.id, request.state, to, request.version + 1))
        request.state, request.version = to, request.version + 1
        minutes = self.businesses[request.deciding].undo_minutes
        if to == "APPROVED" and minutes:
            request.undo_until = self.now + timedelta(minutes=minutes)
        audiences = ["APPROVERS"] if to == "IN_REVIEW" else ["REQUESTER", "AUTHOR"]
        if to == "CANCELLED" and by == request.requester:
            audiences = ["AUTHOR"]  # nobody is told what they did themselves
        self.notices += [(request.id, audience, to.lower()) for audience in audiences if tell]

    def revoke(self, keys: Sequence[Key], *, business: str, by: User, note: str = "") -> Kinds:
        """End grants that the business gave: all of them, or none."""
        own = [key for key in keys if key in self.grants and self.grants[key].owner == business]
        return self._end_own(keys, own, "REVOKED", business=business, by=by, note=note)

    def relinquish(self, keys: Sequence[Key], *, business: str, by: User, note: str = "") -> Kinds:
        """End grants that the business holds: all of them, or none."""
        own = [key for key in keys if key in self.grants and self.grants[key].holder == business]
        return self._end_own(keys, own, "RELINQUISHED", business=business, by=by, note=note)

    def _end_own(
        self, keys: Sequence[Key], own: Sequence[Key], reason: str, *, business: str, by: User, note: str
    ) -> Kinds:
        if not self.as_admin(by, business):
            return self.deny("not_allowed")
        if not own or set(own) != set(keys):
            return self.deny("unknown")
        found = [self.grants[key] for key in dict.fromkeys(own)]
        if any(one.state != "ACTIVE" for one in found):
            return self.deny("over")
        if len(note) > MOST_TEXT:
            return frozenset({"invalid"})
        for one in found:
            self.end_grant(one, reason, by=self.linked(by)[0].id)
        return frozenset({"ended"})

    def let_end(self, key: Key, *, by: User) -> Kinds:
        """Say that a grant may end as planned, so that nobody is warned of it."""
        grant = self.grants.get(key)
        if grant is None or not self.as_admin(by, grant.holder):
            return self.deny("not_allowed", "unknown")  # outsiders are not told that there is one
        if grant.state != "ACTIVE":
            return self.deny("over")
        self.events.append(("let_end", key))
        return frozenset({"let_end"})
