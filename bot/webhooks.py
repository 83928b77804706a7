"""The journal, sent to a webhook of the operator's, such as a SIEM: the sender of SEND_EVENTS.

It is signed as the specification of Standard Webhooks 1.0 says, for which there are libraries in most
languages: `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, one for each
secret and set apart by a blank, so that a receiver can change from one secret to the next at its leisure.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import httpx

from bot import outbound
from bot.clock import Clock
from bot.services import webhooks
from bot.services.delivery import CALL_SECONDS, Delivery, Done, Mark, Obsolete, Outcome, Retry

if TYPE_CHECKING:
    from bot.store.database import Database

SHORTEST_WAIT = 5.0
LONGEST_WAIT = 300.0


def id_of(url: str) -> str | None:
    """Return the name of a receiver in the record: its address may hold a secret."""
    return hashlib.sha256(url.encode()).hexdigest()[:32] if url else None


def signature(secret: bytes, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of one message by one secret."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


class Webhook:
    """The sender. It never gives up: what the receiver does not take waits, and all that follows behind it.

    `secrets` all sign. Without a `url` nothing is sent. No redirect is followed, no answer is read.
    """

    def __init__(self, url: str, secrets: Sequence[bytes], database: Database, *, clock: Clock) -> None:
        self._url = url
        self._id = id_of(url)
        self._secrets = secrets
        self._database = database
        self._clock = clock
        self._client = outbound.client(seconds=CALL_SECONDS)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def send(self, delivery: Delivery, _: Mark) -> Outcome:
        """Send one batch of events, and return whether it was taken: answered with 2xx."""
        batch = None
        if delivery.subject_id == self._id:
            batch = await self._database.read(
                webhooks.find_batch, delivery.subject_id, last=int(delivery.about)
            )
        if batch is None:
            return Obsolete(why="nothing_to_send")
        body = _body(batch, delivery).encode()
        try:
            async with (
                asyncio.timeout(CALL_SECONDS),  # also if byte after byte comes
                self._client.stream(
                    "POST", self._url, content=body, headers=self._headers(delivery.key, body)
                ) as answer,
            ):
                status = answer.status_code
        except (httpx.HTTPError, TimeoutError) as error:
            return Retry(seconds=self._wait(delivery), why=type(error).__name__)
        if httpx.codes.is_success(status):
            return Done()
        return Retry(seconds=self._wait(delivery), why=f"http_{status}")

    def _wait(self, delivery: Delivery) -> float:
        """Wait half as long again as it has been tried already, within bounds."""
        tried = (self._clock.now() - delivery.put_at).total_seconds()
        return min(LONGEST_WAIT, max(SHORTEST_WAIT, tried / 2))

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        timestamp = int(self._clock.real().timestamp())
        signed = (
            signature(secret, message_id=message_id, timestamp=timestamp, body=body)
            for secret in self._secrets
        )
        return {
            "Content-Type": "application/json",
            "User-Agent": "Countersign",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signed),
        }


def _body(batch: webhooks.Batch, delivery: Delivery) -> str:
    put_at = json.dumps(delivery.put_at.isoformat())
    events = ",".join(batch.events)  # as they are hashed, to the byte
    return (
        f'{{"type":"journal.events","timestamp":{put_at}'
        f',"data":{{"first":{batch.first},"last":{batch.last},"events":[{events}]}}}}'
    )
