from __future__ import annotations

from world import World


async def test_help_is_answered_in_the_ack(world: World) -> None:
    delivered = await world.command(world.ann, "help")

    assert delivered.ok, delivered
    assert "request" in world.told(world.ann)


async def test_a_request_in_one_line_becomes_a_card_for_the_owners_admins(world: World) -> None:
    card = await world.send_request()

    assert "Northwind" in card.text
    assert card.metadata["event_type"] == "countersign"
    assert set(card.metadata["event_payload"]) == {"key"}
    assert len(world.dms(world.ann)) == 1
