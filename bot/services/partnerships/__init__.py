"""Two businesses that share something: who they are to each other."""

from bot.services.partnerships.contracts import bring_over, contract_between, contracts_due, set_contract
from bot.services.partnerships.ending import end_partnership, parting, why_nothing_ends
from bot.services.partnerships.lists import counted, list_partners
from bot.services.partnerships.record import find_partners, partnership
from bot.services.partnerships.status import status_between, status_changed

__all__ = [
    "bring_over",
    "contract_between",
    "contracts_due",
    "counted",
    "end_partnership",
    "find_partners",
    "list_partners",
    "parting",
    "partnership",
    "set_contract",
    "status_between",
    "status_changed",
    "why_nothing_ends",
]
