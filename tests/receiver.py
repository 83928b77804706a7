"""What takes the journal, as a SIEM does, on this machine: it checks signatures and the chain by itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

SECRET = base64.b64encode(b"a secret of 32 bytes, or longer?").decode()
NEXT_SECRET = base64.b64encode(b"the secret that comes after that").decode()


@dataclass
class Receiver:
    """It answers with `statuses` in turn, then with 204, and keeps what it took by the id of the message."""

    statuses: list[int] = field(default_factory=list)
    secrets: list[str] = field(default_factory=lambda: [SECRET])
    """With any of these, in base64, a message must be signed."""
    url: str = ""
    tried: list[str] = field(default_factory=list)
    """The id of each message that came, in order."""
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Receiver]:
        app = web.Application(client_max_size=10_000_000)
        app.router.add_post("/{path:.*}", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            assert runner.addresses
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/journal"
            yield self
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        message_id = request.headers["webhook-id"]
        self.tried.append(message_id)
        signed = f"{message_id}.{request.headers['webhook-timestamp']}.".encode() + body
        given = request.headers["webhook-signature"].split(" ")
        for secret in self.secrets:
            ours = base64.b64encode(hmac.digest(base64.b64decode(secret), signed, hashlib.sha256)).decode()
            if f"v1,{ours}" not in given:
                return web.Response(status=401)
        status = self.statuses.pop(0) if self.statuses else 204
        if status == 204:
            message = json.loads(body)
            assert self.taken.setdefault(message_id, message) == message, "the same when it comes again"
        return web.Response(status=status, headers={"Location": self.url} if status == 307 else {})

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events that were taken, each with its hash, in the order in which they came."""
        return [one for message in self.taken.values() for one in message["data"]["events"]]

    def check(self) -> int:
        """Check the chain from what was taken alone; return the last number."""
        digest = ""
        for number, one in enumerate(self.events, start=1):
            event = one["event"]
            assert event["seq"] == number, "none is left out, none comes twice"
            if digest:
                assert event["prev"] == digest
            canonical = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            digest = hashlib.sha256(canonical.encode()).hexdigest()
            assert one["hash"] == digest
        return len(self.events)
