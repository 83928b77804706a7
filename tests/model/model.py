"""What Countersign must do, written a second time: who may do what, and what follows from it.

Plain Python, written from the promises in the README and not from the product. The five files of the model
(`model.py`, `model_requests.py`, `model_grants.py`, `model_people.py`, `model_records.py`) import nothing of
the product. Each verb returns the kinds of answer that would be right, changes the model as the right answer
would, and leaves in `events`, `cards` and `notices` what must be recorded and who must be told. Where several
reasons speak against something at once, the answer may name any of them.
"""

from __future__ import annotations

from datetime import datetime

from model_records import DAY, MOST_COMMENTS, MOST_TEXT, Kinds, User
from model_requests import Requests


class Model(Requests):
    """The whole model: requests and grants, what is said about open ones, and what the clock does."""

    # --- nudges and comments

    def on_open(self, what: str, request_id: str, *, by: User, people: int = 1) -> Kinds:
        """Snooze, acknowledge or remind: `what` is the word of the event.

        Who has approved, or whose business cannot decide, has nothing to put off. Whom a reminder reaches is
        not predicted: if nobody (`people`), it is as if it was not sent.
        """
        request = self.requests.get(request_id)
        if request is None:
            return self.deny(self.not_there(by))
        is_reminder = what == "reminded"
        person = self.as_admin(by, request.requesting if is_reminder else request.deciding)
        if person is None or not (is_reminder or person in self.approvers(request)):
            return self.deny("not_allowed")
        own = self.businesses[request.deciding]
        if not is_reminder and (own.status != "ACTIVE" or not own.verified):
            return self.deny("businesses")
        if not request.is_open or self.now >= request.expires:
            return self.deny("over")
        if not is_reminder and request.decisions.get((request.round, person.id)):
            return self.deny("approved_already")
        if is_reminder:
            if request.reminded is not None and self.now < request.reminded + DAY:
                return self.deny("too_many")
            if not people:
                return frozenset({what})
            request.reminded = self.now
        self.events.append((what, request.id))
        return frozenset({what})

    def comment(self, request_id: str, text: str, *, by: User) -> Kinds:
        request = self.requests.get(request_id)
        sides = (request.requesting, request.deciding) if request else ()
        if request is None or not any(self.as_member(by, one) for one in sides):
            return self.deny(self.not_there(by))
        if not any(self.as_admin(by, one) for one in sides):
            return self.deny("not_allowed")
        if not 1 <= len(text) <= MOST_TEXT:
            return frozenset({"invalid"})
        if len([at for at in request.comments if at > self.now - DAY]) >= MOST_COMMENTS:
            return self.deny("too_many")
        request.comments.append(self.now)
        self.events.append(("comment", request.id))
        self.notices += [(request.id, one, "comment") for one in ("REQUESTER", "AUTHOR", "APPROVERS")]
        return frozenset({"commented"})

    # --- time

    def sweep(self) -> None:
        """End, expire and close what is due. Nudges are not predicted: invariant I21 judges them."""
        due = [g for g in self.grants.values() if g.state == "ACTIVE" and g.end and g.end <= self.now]
        due.sort(key=lambda one: (one.end, one.request, one.position))  # each may change the cards of others
        for grant in due:
            self.end_grant(grant, "REACHED", tell=False)
        for grant in due:
            if not grant.tasks <= self.held(grant.asset, grant.holder, at=self.now):
                self.tell_of_end(grant)  # else other grants give all of it, and nothing has changed
        for request in self.requests.values():
            if request.is_open and request.expires <= self.now:
                self.move(request, "EXPIRED", by=None)
            if request.undo_until is not None and request.undo_until <= self.now:
                request.undo_until = None
        for one in self.drafts.values():
            if one.state == "WAITING" and one.expires <= self.now:
                self.move_draft(one, "EXPIRED", by=None)

    def next_due(self) -> datetime | None:
        """Return the next moment at which something ends, expires or closes."""
        moments: list[datetime | None] = [r.expires for r in self.requests.values() if r.is_open]
        moments += [r.undo_until for r in self.requests.values()]
        moments += [g.end for g in self.grants.values() if g.state == "ACTIVE"]
        moments += [d.expires for d in self.drafts.values() if d.state == "WAITING"]
        return min((at for at in moments if at is not None and at > self.now), default=None)
