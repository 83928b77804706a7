"""The two walks that the product is about, each from its first word to its last."""

from __future__ import annotations

import make
import pytest
from flow_steps import (
    buttons,
    cards,
    events,
    held,
    menu_choice,
    notices,
    opens,
    press,
    read,
    sends,
    thread,
    types,
)
from world import World

from bot.store import tables


@pytest.mark.covers("B1")
async def test_from_a_slash_command_to_a_card(walk: World) -> None:
    # Ann, an admin of the agency, types one line in her own Slack.
    said = await types(walk, walk.ann, "request act_1001 general user for 30d because Spring launch")

    # She alone is told at once that it is sent, by its reference, and how many can decide.
    (row,) = walk.rows(tables.Request)
    assert row.ref in said
    assert "Sent to Acme Shoes" in said
    assert "(2 admins)" in said

    # The brand's admins have one card in their approvals channel: who, what, why, for how long.
    card = walk.card_in(walk.brand_room)
    assert card is not None
    shown = read(card)
    for words in (
        "Northwind",
        make.AGENCY,
        "Ann",
        "Acme Main",
        make.ACCOUNT,
        "General user",
        "Spring launch",
    ):
        assert words in shown, words
    assert "30 days" in shown
    assert {"approve", "adjust", "decline"} <= buttons(card)

    # Ann follows it on a card of her own, from which she can take it back.
    (own,) = cards(walk, walk.ann)
    assert row.ref in read(own)
    assert buttons(own) == {"cancel", "remind", "comment"}

    # Nobody has access yet, and the journal has its one event.
    assert held(walk) == set()
    (event,) = events(walk)
    assert (event.kind, event.to_state, event.source) == ("request.pending", "PENDING", "COMMAND")


@pytest.mark.covers("P5", "P15", "B7")
async def test_from_a_click_to_access_and_its_end(walk: World) -> None:
    card = await walk.send_request("request act_1001 general user for 30d because Spring launch")
    (own,) = cards(walk, walk.ann)

    # Dana, an admin of the brand, presses Approve: the access is there.
    await press(walk, walk.dana, card, "approve")
    assert held(walk) == {"ADVERTISE", "ANALYZE"}
    assert "Approved:" in walk.told(walk.dana)

    # Both cards follow, say until when, and have nothing left to decide; Ann is told as well.
    for shown in (card, own):
        assert "Approved by Dana" in shown.text
        assert "Access until" in shown.text
        assert not buttons(shown) & {"approve", "adjust", "decline", "cancel"}
    assert any("Approved by Dana of Acme Shoes: " in one for one in notices(walk, walk.ann))

    # Each side finds it in its list.
    assert "Acme Main" in await types(walk, walk.ann, "list shared")
    given = await types(walk, walk.dana, "list given")
    assert "Acme Main" in given
    assert "shared with Northwind" in given

    # Dov, another admin of the brand, revokes it: first he sees what would end, then it ends at once.
    await types(walk, walk.dov, "revoke act_1001")
    preview = walk.slack.top_view(walk.dov)
    assert preview is not None
    assert "Revoke from Northwind" in read(preview)
    assert held(walk) == {"ADVERTISE", "ANALYZE"}
    await walk.slack.set_value(walk.dov, preview, "note", "The campaign is over")
    after = await sends(walk, walk.dov, preview)
    assert "this access of Northwind to Acme Main has ended" in after
    assert held(walk) == set()

    # Both sides are told, the cards say so, and neither list has it any more.
    assert any(
        "revoked the access" in one and "The campaign is over" in one for one in notices(walk, walk.ann)
    )
    assert any("revoked the access" in one for one in thread(walk, card))
    assert "revoked by Dov" in card.text
    assert "revoked by Acme Shoes" in own.text
    assert "Acme Main" not in await types(walk, walk.ann, "list shared")
    assert "Acme Main" not in await types(walk, walk.dana, "list given")

    # What happened stands in the history that Ann opens from her card.
    history = await opens(walk, walk.ann, own, "more", selected=menu_choice(own, "history"))
    for words in ("asked", "approved", "The campaign is over"):
        assert words in read(history), words
    assert [one.kind for one in events(walk)] == [
        "request.pending",
        "request.approved",
        "grant.active",
        "grant.ending",
        "grant.ended",
    ]
