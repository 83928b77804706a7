"""Two businesses that share something: who they are to each other."""

from bot.services.partnerships.lists import list_partners

__all__ = ["list_partners"]
