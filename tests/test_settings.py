from __future__ import annotations

import base64
import os

import pytest

from bot.errors import Misconfigured
from bot.settings import Settings, StoreSettings, read_settings
from bot.store.drivers import driver_for

SOUND = {
    "COUNTERSIGN_BOT_TOKENS": "xoxb-1,xoxb-2",
    "COUNTERSIGN_APP_TOKEN": "xapp-1-A012AB-34-ff",
}
BOTH = "COUNTERSIGN_WEBHOOK_URL and COUNTERSIGN_WEBHOOK_SECRETS"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"5" * 24).decode()
HTTP = {**SOUND, "COUNTERSIGN_MODE": "http", "COUNTERSIGN_SIGNING_SECRET": "5" * 32}

INSTALLED = {
    "COUNTERSIGN_BOT_TOKENS": None,
    "COUNTERSIGN_CLIENT_ID": "12.34",
    "COUNTERSIGN_CLIENT_SECRET": "5" * 32,
    "COUNTERSIGN_URL": "https://access.example.com",
    "COUNTERSIGN_META_KEYS": "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=",
}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("COUNTERSIGN_"):
            monkeypatch.delenv(name)


def read(monkeypatch: pytest.MonkeyPatch, values: dict[str, str | None]) -> Settings:
    for name, value in values.items():
        if value is not None:
            monkeypatch.setenv(name, value)
    return read_settings(Settings)


def test_socket_mode_needs_only_its_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, SOUND)
    assert [one.get_secret_value() for one in settings.bot_tokens] == ["xoxb-1", "xoxb-2"]
    assert settings.its_app_id == "A012AB"


def test_where_people_add_the_app_no_token_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, {**SOUND, **INSTALLED})
    assert settings.bot_tokens == ()
    assert "5555" not in repr(settings)


@pytest.mark.covers("T1")
@pytest.mark.case("9.2")
@pytest.mark.parametrize(
    ("change", "variable"),
    [
        ({"COUNTERSIGN_BOT_TOKENS": None}, "COUNTERSIGN_BOT_TOKENS"),
        ({"COUNTERSIGN_BOT_TOKENS": " , "}, "COUNTERSIGN_BOT_TOKENS"),
        ({"COUNTERSIGN_BOT_TOKENS": "xoxp-1"}, "COUNTERSIGN_BOT_TOKENS"),
        ({**INSTALLED, "COUNTERSIGN_CLIENT_ID": "x"}, "COUNTERSIGN_CLIENT_ID"),
        ({**INSTALLED, "COUNTERSIGN_CLIENT_SECRET": None}, "COUNTERSIGN_CLIENT_SECRET"),
        ({**INSTALLED, "COUNTERSIGN_CLIENT_SECRET": "5" * 31}, "COUNTERSIGN_CLIENT_SECRET"),
        ({**INSTALLED, "COUNTERSIGN_URL": None}, "COUNTERSIGN_URL"),
        ({**INSTALLED, "COUNTERSIGN_URL": "http://access.example.com"}, "COUNTERSIGN_URL"),
        ({**INSTALLED, "COUNTERSIGN_URL": "https://access.example.com/x"}, "COUNTERSIGN_URL"),
        ({**INSTALLED, "COUNTERSIGN_META_KEYS": None}, "COUNTERSIGN_META_KEYS"),
        ({"COUNTERSIGN_SIGNING_SECRET": None}, "COUNTERSIGN_SIGNING_SECRET"),
        ({"COUNTERSIGN_SIGNING_SECRET": ""}, "COUNTERSIGN_SIGNING_SECRET"),
        ({"COUNTERSIGN_SIGNING_SECRET": " " * 40}, "COUNTERSIGN_SIGNING_SECRET"),
        ({"COUNTERSIGN_SIGNING_SECRET": "5" * 31}, "COUNTERSIGN_SIGNING_SECRET"),
        ({"COUNTERSIGN_MODE": "socket", "COUNTERSIGN_APP_TOKEN": None}, "COUNTERSIGN_APP_TOKEN"),
        ({"COUNTERSIGN_MODE": "socket", "COUNTERSIGN_APP_TOKEN": "xoxb-1"}, "COUNTERSIGN_APP_TOKEN"),
        ({"COUNTERSIGN_APP_TOKEN": None}, "COUNTERSIGN_APP_ID"),
        ({"COUNTERSIGN_MODE": "carrier pigeon"}, "COUNTERSIGN_MODE"),
        ({"COUNTERSIGN_SLACK_API_URL": "http://slack.example/api/"}, "COUNTERSIGN_SLACK_API_URL"),
        ({"COUNTERSIGN_SLACK_API_URL": "http://127.0.0.1.evil.example/"}, "COUNTERSIGN_SLACK_API_URL"),
        ({"COUNTERSIGN_SLACK_API_URL": "ftp://slack.com/"}, "COUNTERSIGN_SLACK_API_URL"),
        ({"COUNTERSIGN_PORT": "99999"}, "COUNTERSIGN_PORT"),
        ({"COUNTERSIGN_PORT": "x"}, "COUNTERSIGN_PORT"),
        ({"COUNTERSIGN_LOG_LEVEL": "loud"}, "COUNTERSIGN_LOG_LEVEL"),
        ({"COUNTERSIGN_SIGNING_SECRET": f'"{"5" * 32}"'}, "COUNTERSIGN_SIGNING_SECRET"),
        ({"COUNTERSIGN_SIGNING_SECRET": "5" * 31 + "\n5"}, "COUNTERSIGN_SIGNING_SECRET"),
        ({"COUNTERSIGN_BOT_TOKENS": "xoxb-1 xoxb-2"}, "COUNTERSIGN_BOT_TOKENS"),
        ({"COUNTERSIGN_BOT_TOKENS": "xoxb-1,xoxb-…"}, "COUNTERSIGN_BOT_TOKENS"),
        ({"COUNTERSIGN_APP_TOKEN": "xapp-1-A012AB-34 ff"}, "COUNTERSIGN_APP_TOKEN"),
        ({"COUNTERSIGN_APP_ID": "'A012AB'"}, "COUNTERSIGN_APP_ID"),
        ({"COUNTERSIGN_APP_ID": "A0OTHER"}, "COUNTERSIGN_APP_ID"),
        ({"COUNTERSIGN_HOST": " "}, "COUNTERSIGN_HOST"),
        ({"COUNTERSIGN_MIGRATE": "perhaps"}, "COUNTERSIGN_MIGRATE"),
        ({"COUNTERSIGN_SLACK_API_URL": "https:///api/"}, "COUNTERSIGN_SLACK_API_URL"),
        ({"COUNTERSIGN_SLACK_API_URL": "https://slack.com:x/api/"}, "COUNTERSIGN_SLACK_API_URL"),
        ({"COUNTERSIGN_SLACK_API_URL": "https://slack .com/api/"}, "COUNTERSIGN_SLACK_API_URL"),
        ({"COUNTERSIGN_SLACK_API_URL": "https://[slack/api/"}, "COUNTERSIGN_SLACK_API_URL"),
        ({"COUNTERSIGN_SLACK_API_URL": "https://slack.com/api/?a=1"}, "COUNTERSIGN_SLACK_API_URL"),
        (
            {"COUNTERSIGN_WEBHOOK_URL": "https://siem.example.com/x"},
            BOTH,
        ),
        (
            {"COUNTERSIGN_WEBHOOK_SECRETS": WEBHOOK_SECRET},
            BOTH,
        ),
        ({"COUNTERSIGN_WEBHOOK_URL": "http://siem.example.com/x"}, "COUNTERSIGN_WEBHOOK_URL"),
        ({"COUNTERSIGN_WEBHOOK_URL": "https://siem.example.com/x#555"}, "COUNTERSIGN_WEBHOOK_URL"),
        ({"COUNTERSIGN_WEBHOOK_URL": "https://me:555@siem.example.com/x"}, "COUNTERSIGN_WEBHOOK_URL"),
        (
            {"COUNTERSIGN_WEBHOOK_SECRETS": WEBHOOK_SECRET[6:]},
            "COUNTERSIGN_WEBHOOK_SECRETS",
        ),
        ({"COUNTERSIGN_WEBHOOK_SECRETS": f"{WEBHOOK_SECRET}, whsec_555"}, "COUNTERSIGN_WEBHOOK_SECRETS"),
        ({"COUNTERSIGN_DATABASE_URL": ""}, "COUNTERSIGN_DATABASE_URL"),
        ({"COUNTERSIGN_DATABASE_URL": "sqlite:///x.db?nonsense=1"}, "COUNTERSIGN_DATABASE_URL"),
        ({"COUNTERSIGN_DATABASE_URL": "sqlite://x.db/y.db"}, "COUNTERSIGN_DATABASE_URL"),
        ({"COUNTERSIGN_DATABASE_URL": "sqlite:///:memory:"}, "COUNTERSIGN_DATABASE_URL"),
        ({"COUNTERSIGN_DATABASE_URL": "sqlite:////"}, "COUNTERSIGN_DATABASE_URL"),
        ({"COUNTERSIGN_DATABASE_URL": "sqlite:///x\udcff.db"}, "COUNTERSIGN_DATABASE_URL"),
        ({"COUNTERSIGN_META_API_URL": "https://graph.example.com/\udcff"}, "COUNTERSIGN_META_API_URL"),
        ({"COUNTERSIGN_META_API_URL": "https://graph.facebook.com/"}, "COUNTERSIGN_META_API_URL"),
        ({"COUNTERSIGN_META_KEY": "x"}, "COUNTERSIGN_META_KEY"),
        ({"COUNTERSIGN_DATABASE_URI": "x"}, "COUNTERSIGN_DATABASE_URI"),
        ({"COUNTERSIGN_DATABASE_URL": "postgresql://me:555 5@h/d?nonsense=1"}, "COUNTERSIGN_DATABASE_URL"),
        ({"COUNTERSIGN_DATABASE_URL": "postgresql://me:555%005@h/d?nonsense=1"}, "COUNTERSIGN_DATABASE_URL"),
        ({"COUNTERSIGN_DATABASE_URL": "postgresql://me:555@h/d?nonsense=1"}, "COUNTERSIGN_DATABASE_URL"),
        ({"COUNTERSIGN_DATABASE_URL": "postgresql://me:55@5@h:x/d"}, "COUNTERSIGN_DATABASE_URL"),
        ({"COUNTERSIGN_DATABASE_URL": "postgresql://me:555@h"}, "COUNTERSIGN_DATABASE_URL"),
        ({"COUNTERSIGN_DATABASE_URL": "postgres://me:555@h/d"}, "COUNTERSIGN_DATABASE_URL"),
    ],
)
def test_what_is_wrong_is_named_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, str | None], variable: str
) -> None:
    with pytest.raises(Misconfigured) as raised:
        read(monkeypatch, {**HTTP, **change})
    assert str(raised.value).startswith(f"{variable}: ")
    assert len(str(raised.value).splitlines()) == 1
    for secret in ("5" * 31, "xoxp-1", "xapp-1", "555", "55@5"):
        assert secret not in str(raised.value)


@pytest.mark.case("9.2")
def test_a_name_that_is_almost_a_settings_is_wrong_where_that_one_is_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COUNTERSIGN_METRIC", "true")
    monkeypatch.setenv("COUNTERSIGN_SERVICE_PORT", "3000")  # Kubernetes sets these by itself
    monkeypatch.setenv("COUNTERSIGN_PORT_3000_TCP_ADDR", "10.0.0.1")
    assert read_settings(StoreSettings).migrate, "no command needs it"
    with pytest.raises(Misconfigured, match="METRIC: there is no such setting; is COUNTERSIGN_METRICS meant"):
        read(monkeypatch, SOUND)
    monkeypatch.setenv("COUNTERSIGN_METRICS", "false")
    assert not read_settings(Settings).metrics, "it is there"


def test_what_copying_adds_around_a_value_is_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    around = {
        **HTTP,
        "COUNTERSIGN_DATABASE_URL": "SQLITE:///here.db",
        "COUNTERSIGN_PORT": "3001",
        "COUNTERSIGN_APP_ID": "A012AB",
        "COUNTERSIGN_HOST": "::1",
        "COUNTERSIGN_SLACK_API_URL": "https://slack-gov.com/api/",
    }
    plain = read(monkeypatch, {**around})
    assert read(monkeypatch, {name: f" {value}\r\n" for name, value in around.items()}) == plain


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    more = {
        "COUNTERSIGN_DATABASE_URL": "postgresql://me:canary@127.0.0.1/countersign",
        "COUNTERSIGN_WEBHOOK_URL": "https://siem.example.com/in?key=canary",
        "COUNTERSIGN_WEBHOOK_SECRETS": WEBHOOK_SECRET,
    }
    settings = read(monkeypatch, {**HTTP, **more})
    assert settings.webhook_keys == [b"5" * 24]
    assert settings.webhook_url == more["COUNTERSIGN_WEBHOOK_URL"], "some receivers have a query"
    for shown in (repr(settings), str(settings)):
        for secret in ("xoxb-1", "xapp-1", "5" * 32, "canary", WEBHOOK_SECRET):
            assert secret not in shown


def test_a_password_of_the_database_may_hold_blanks_and_other_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://me:a b/c@d?e#f%g@h/d"
    assert read(monkeypatch, {**HTTP, "COUNTERSIGN_DATABASE_URL": url}).database_url == url
    assert "a b" not in driver_for(url).place


def test_plain_http_is_for_a_slack_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, {**HTTP, "COUNTERSIGN_SLACK_API_URL": "http://127.0.0.1:8080/api"})
    assert settings.slack_api_url == "http://127.0.0.1:8080/api/"
