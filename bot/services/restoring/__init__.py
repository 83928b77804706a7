"""A store that was restored from a copy: nothing is said again, and what was revoked stays so."""

from bot.services.restoring.known import Known, known_since
from bot.services.restoring.settle import Access, Settled, begin, end_of, finish, hold_back

__all__ = ["Access", "Known", "Settled", "begin", "end_of", "finish", "hold_back", "known_since"]
