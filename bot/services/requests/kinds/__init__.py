"""What is particular to a kind of request: may it be made, what an approval does, and what undoes that."""

from bot.services.requests.kinds.registry import KINDS, Proposal, ProposedItem

__all__ = ["KINDS", "Proposal", "ProposedItem"]
