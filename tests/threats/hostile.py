"""Hostile values, shared by the tests: bodies, headers, texts, ids, addresses and shapes of payloads."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


UNSIGNED = (
    b"",
    b"{}",
    b"ssl_check=1",
    b"ssl_check=1&token=x",
    b"payload=%7B%22type%22%3A%22block_actions%22%7D",
    b"command=%2Faccess&text=help&ssl_check=1",
    b'{"type":"url_verification","challenge":"x"}',
)


BODIES = (
    b"",
    b"\xff\xfe",
    b"{",
    b"[]",
    b"5",
    b"{}",
    b"payload=",
    b"payload=%5B%5D",
    b"payload=%ff",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"payload=" + b"%5B" * 50_000,
    b"&".join(b"a=1" for _ in range(1000)),
    b'{"type":"block_actions"}',
    b'{"type":["block_actions"]}',
    b'{"type":"event_callback","event":null}',
    b'{"type":"dialog_submission","callback_id":"x"}',
    b'{"command":[]}',
    b"payload=%7B%7D&payload=%7B%7D",
    b"command=%2Faccess&payload=5",
    b"command=%2Faccess&team_id=TBRAND&user_id=U%00&api_app_id=A",
    b"command=%2Faccess&command=%2Faccess",
    b'{"command":"/access","text":' + b"9" * 5000 + b"}",
    b'{"type":"event_callback","event":{"type":"x"},"event_id":"\\ud800"}',
    b'{"type":"event_callback","event":{"type":"x"},"event_id":"E","team_id":"T","api_app_id":"\\ud800"}',
    b'{"type":"block_actions","user":{"id":"U","team_id":"T"},"actions":[{"action_id":"a"}],"api_app_id":NaN}',
    b'\xef\xbb\xbf{"type":"url_verification","challenge":"x"}',
    b"{" + b'"a":1,' * 100_000 + b'"b":2}',
)


JUNK: tuple[Any, ...] = (None, 5, -1.5, True, "", "x" * 5000, [], [1], {}, {"id": []}, "\u202e<!channel>")


REFERENCES: dict[str, Any] = {
    "nothing": "",
    "no value": None,
    "a bare id, as in an earlier release": "123456789012345",
    "an id and a verb, as in an earlier release": "approve:123456789012345:1",
    "half of JSON": '{"r":"1"',
    "a list": '["1",1]',
    "a number": "5",
    "a number and no text": 5,
    "an object and no text": {"r": "1", "v": 1},
    "one field too many": '{"r":"1","v":1,"all":true}',
    "one field too few": '{"r":"1"}',
    "an id that is a number": '{"r":1,"v":1}',
    "an id in other digits": '{"r":"١٢٣","v":1}',
    "an id with an emoji": '{"r":"1😀","v":1}',
    "an id with NUL": '{"r":"1\\u0000","v":1}',
    "an id of half a character": '{"r":"\\ud800","v":1}',
    "an id of twenty-one digits": '{"r":"' + "1" * 21 + '","v":1}',
    "an id with a path": '{"r":"../1","v":1}',
    "a version that is true": '{"r":"1","v":true}',
    "a version that is a word": '{"r":"1","v":"1"}',
    "a version that is a fraction": '{"r":"1","v":1.0}',
    "a version below none": '{"r":"1","v":-1}',
    "a version of many digits": '{"r":"1","v":' + "9" * 1900 + "}",
    "a version that is no number": '{"r":"1","v":NaN}',
    "2,000 characters": "x" * 2000,
    "100 kB": "x" * 100_000,
    "a nest of a thousand lists": "[" * 1000 + "]" * 1000,
    "a nest that never ends": '{"r":' * 5000,
    "a mention": "<!channel>",
}


ACTIONS = ("launch", "APPROVE", "approve ", "approve\0", "😀", "a" * 255, "__class__", "<!channel>")


PRESSES: tuple[tuple[tuple[Any, ...], Any], ...] = (
    (("api_app_id",), "A0OTHER"),
    (("api_app_id",), "A\ud800"),
    (("api_app_id",), ""),
    (("team", "id"), "TOTHER"),
    (("team", "id"), "T\0"),
    (("team", "id"), None),
    (("user", "id"), "U\0"),
    (("user", "id"), "U" * 1000),
    (("user", "team_id"), "T\ud800"),
    (("user",), None),
    (("user",), "UDANA"),
    (("actions",), []),
    (("actions",), {"0": {}}),
    (("actions",), [None]),
    (("actions", 0, "action_id"), ""),
    (("actions", 0, "action_id"), ["approve"]),
    (("type",), "block_actionz"),
    (("type",), None),
    (("channel",), "CBRAND"),
    (("channel",), {"id": "C\0"}),
    (("enterprise",), {"id": 5}),
    (("view",), "V1"),
    (("trigger_id",), 5),
    (("response_url",), {"x": 1}),
)
"""Where in a press, and what is put there; none of them may be acknowledged."""


EVENTS: dict[str, Json] = {
    "an event that we do not take": {"type": "emoji_changed"},
    "an event with the name of a command": {"type": "/access"},
    "a reply to nothing": {
        "type": "message",
        "user": "UDANA",
        "channel": "CBRAND",
        "thread_ts": "1.1",
        "text": "x",
    },
    "a reply of odd types": {"type": "message", "user": "UDANA", "channel": [], "thread_ts": {}, "text": 5},
    "a reply with NUL": {
        "type": "message",
        "user": "UDANA",
        "channel": "C\0",
        "thread_ts": "1\0",
        "text": "\0",
    },
    "an edited message": {
        "type": "message",
        "subtype": "message_changed",
        "message": None,
        "channel": "CBRAND",
    },
    "a user who is none": {"type": "user_change", "user": None},
    "a user who is a word": {"type": "user_change", "user": "UDANA"},
    "a user without an id": {"type": "user_change", "user": {"deleted": True}},
    "a user whose id is a list": {"type": "user_change", "user": {"id": ["UDANA"], "deleted": True}},
    "a user with NUL in the id": {"type": "user_change", "user": {"id": "U\0", "deleted": True}},
    "a user of half a character": {"type": "user_change", "user": {"id": "U\ud800", "deleted": True}},
    "a user in a zone with NUL": {"type": "user_change", "user": {"id": "UX", "tz": "Europe/\0"}},
    "a home without its user": {"type": "app_home_opened", "tab": "home"},
    "a home of a list": {"type": "app_home_opened", "tab": "home", "user": ["UDANA"]},
    "a home of NUL": {"type": "app_home_opened", "tab": "home", "user": "U\0"},
    "a home of half a character": {"type": "app_home_opened", "tab": "home", "user": "U\ud800"},
    "a tab that is none": {"type": "app_home_opened", "tab": ["home"], "user": "UDANA"},
    "tokens that are none": {"type": "tokens_revoked", "tokens": None},
    "tokens of people": {"type": "tokens_revoked", "tokens": {"oauth": ["UDANA"], "bot": []}},
    "tokens that are a list": {"type": "tokens_revoked", "tokens": ["bot"]},
}


TEXTS = (
    "<!channel> <!here> <!everyone> <!subteam^S123|@admins>",
    "<@UDANA> <@UDANA|Dana> @here @channel #general <#CBRAND|approvals>",
    "<https://evil.example|https://www.facebook.com/settings>",
    "https://evil.example/x?y=1&z=2 mailto:a@evil.example",
    "*Approved* by _Dana_ ~no~ `code` ```block``` > quote\n> *Approved* on 1 May",
    ":rotating_light: :white_check_mark: 😀👩‍👩‍👧‍👦",
    "<!date^1392734382^{date_short}|approved>",
    "&lt;!channel&gt; &amp;lt; &#60;!here&#62;",
    "\u202eevil\u202c \u200b<\u200b!channel> \u2066x\u2069 \0\x1b[31m",
    "{ref} {0.__class__} %s %(x)s ${HOME} {{7*7}}",
    "</script><script>alert(1)</script> '; DROP TABLE request; --",
    '"}],"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"<!channel>"}}]',
)


QUERIES = {
    "10 kB": "a" * 10_000,
    "100 kB of wildcards": "%_\\" * 33_000,
    "NUL": "\0",
    "half a character": "\ud83d",
    "a mention": "<!channel>",
    "digits of another script": "١٢٣٤٥",
    "an apostrophe": "' OR '1'='1",
    "a number": 5,
    "nothing": None,
    "everything": "%",
    "a hidden name": "Hidden",
    "a hidden asset": "act_3003",
}


# `{us}` is Slack's own origin, `{them}` somebody else's, `{their_host}` that without its scheme.
ADDRESSES = {
    "another host": "{them}/x",
    "another port": "{us}0/x",
    "a user": "http://user@{our_host}/x",
    "our origin as a user": "{us}@{their_host}/x",
    "a backslash": "{us}\\@{their_host}/x",
    "a host that begins like ours": "{us}.evil.example/x",
    "a fragment": "{us}#@{their_host}/x",
    "no path": "{us}",
    "another scheme": "https://{our_host}/x",
    "a file": "file:///etc/passwd",
    "punycode": "http://xn--hooks-slack-ucb.com/x",
    "capitals": "HTTP://{our_host}/x",
    "a tab": "\t{them}/x",
    "a line break": "{us}/x\r\nHost: evil",
    "the machine by a number": "http://2130706433:80/x",
    "the machine by IPv6": "http://[::1]:80/x",
    "where clouds keep secrets": "http://169.254.169.254/latest/meta-data",
    "nothing": "",
}


METADATA: dict[str, Any] = {
    "nothing": "",
    "no JSON": "junk",
    "an empty object": "{}",
    "a list": "[]",
    "a number": 5,
    "a nest that never ends": "[" * 100_000,
    "half a reference": '{"r":"1"}',
    "an id that is a number": '{"r":1,"v":1}',
    "an id with NUL": '{"r":"1\\u0000","v":1}',
    "a version below none": '{"r":"1","v":-1}',
    "3,000 characters": "x" * 3000,
}
"""Private metadata that no modal of ours carries."""


LENGTHS = (501, 100_000)
"""Characters: more than any field for words takes."""

EMPTY: tuple[Any, ...] = (None, "", " \n\t ", "\0\u200b\u202e\u2066\ufeff\u2800", ["x"])
"""What is no word at all."""
