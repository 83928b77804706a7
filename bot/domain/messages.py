"""For whom a message is, and what a notice tells."""

from __future__ import annotations

from enum import StrEnum


class Audience(StrEnum):
    """For whom a copy of a card is: it decides what the copy shows.

    DECIDERS: the owner's admins. ASKER: the person who asked. PREPARER: the employee who prepared
    it. SENDERS: the asking business's admins, who send or drop what was prepared. DIGEST: one decider,
    all that waits for them (the subject is a digest). EXPIRY: the person who asked, a day before it
    expires. ENDING: who holds a grant (the subject), before it ends.
    """

    APPROVERS = "APPROVERS"
    REQUESTER = "REQUESTER"
    AUTHOR = "AUTHOR"
    SENDERS = "SENDERS"
    DIGEST = "DIGEST"
    EXPIRY = "EXPIRY"
    ENDING = "ENDING"
