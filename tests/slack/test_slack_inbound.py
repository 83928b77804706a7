from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.wire.inbound import OddShape, envelope_key, read_bytes

VALUES = st.recursive(st.text() | st.integers() | st.none(), lambda some: st.lists(some, max_size=3))
QUOTED = st.lists(
    st.sampled_from(
        ["%", "%4", "%41", "%zz", "%C3", "%C3%A9", "%5C", "\\", "\\x41", "\\n", "+", "é", "a", '"']
    )
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_a_press_is_read_as_it_was_written(payload: dict[str, object]) -> None:
    raw = urlencode({"payload": json.dumps(payload, ensure_ascii=False)}, errors="surrogatepass").encode()
    if any("\ud800" <= sign <= "\udfff" for sign in json.dumps(payload, ensure_ascii=False)):
        with pytest.raises(OddShape):
            read_bytes(raw)
    else:
        assert read_bytes(raw) == payload


@given(QUOTED)
def test_however_oddly_it_is_quoted_it_is_read_as_any_form(pieces: list[str]) -> None:
    raw = "payload=%7B%22a%22%3A%22" + "".join(pieces) + "%22%7D"
    try:
        said = json.loads(dict(parse_qsl(raw, errors="strict"))["payload"])
    except ValueError:
        with pytest.raises(OddShape):
            read_bytes(raw.encode())
    else:
        assert read_bytes(raw.encode()) == said


@pytest.mark.parametrize("odd", [None, 7, "", {"id": "1"}])
def test_an_envelope_without_an_id_is_no_second_delivery_of_another_without_one(odd: object) -> None:
    with pytest.raises(OddShape):
        envelope_key(odd)
    assert envelope_key("a") != envelope_key("b")
