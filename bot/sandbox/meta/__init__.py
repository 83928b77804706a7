"""A strict Graph API on your own machine, for what the bot executes at Meta. It knows nothing of the bot.

    meta = LocalMeta(clock)
    meta.add_business("10000000001", "Acme Shoes")
    meta.add_asset("act_1001", AssetKind.AD_ACCOUNT, "Acme Main", owner="10000000001")
    token = meta.add_token("10000000001")
    async with meta.serve():
        ...  # call f"{meta.url}/v25.0/act_1001/agencies" with the token in the Authorization header

`faults` breaks it on purpose, `delay` has readers see changes late, `review` decides as a second admin does.
"""

from bot.sandbox.meta.faults import Fault, Faults
from bot.sandbox.meta.graph import Graph
from bot.sandbox.meta.local_meta import Call, LocalMeta
from bot.sandbox.meta.model import DEFAULT_SCOPES, AssetKind, GraphError, Token

__all__ = [
    "DEFAULT_SCOPES",
    "AssetKind",
    "Call",
    "Fault",
    "Faults",
    "Graph",
    "GraphError",
    "LocalMeta",
    "Token",
]
