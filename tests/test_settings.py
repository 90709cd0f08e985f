"""What may be set, what happens when it is wrong, and that nothing secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from ml_connector.settings import Settings, SettingsError, full_name, load_settings

SECRET = "7Yp-not-to-be-seen"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which nobody has set anything."""
    for name in Settings.model_fields:
        monkeypatch.delenv(full_name(name), raising=False)
    monkeypatch.chdir(tmp_path)


# as interface.md promises them
DEFAULTS = {
    "data_dir": Path(".ml-connector"),
    "database_url": None,
    "redis_url": None,
    "secret_key": None,
    "public_url": "http://127.0.0.1:8000",
    "host": "127.0.0.1",
    "port": 8000,
    "shopify_client_id": None,
    "shopify_client_secret": None,
    "zoho_client_id": None,
    "zoho_client_secret": None,
    "shopify_api_version": "2026-04",
    "shopify_endpoint": "https://{shop}",
    "zoho_accounts_endpoint": None,
    "zoho_api_endpoint": None,
    "allow_http_endpoints": False,
    "worker_concurrency": 16,
    "sweep_every_s": 300,
    "retention_days": 90,
    "smtp_url": None,
    "notify_urls": None,
    "log_level": "info",
    "log_format": "auto",
}


def test_with_nothing_set_every_setting_has_its_promised_default() -> None:
    settings = load_settings()

    assert {name: getattr(settings, name) for name in Settings.model_fields} == DEFAULTS


def test_the_environment_wins_over_the_file_and_what_is_given_over_both(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("ML_CONNECTOR_PORT=1\nML_CONNECTOR_HOST=file\nML_CONNECTOR_LOG_LEVEL=error\nOTHER=x\n")
    monkeypatch.setenv("ML_CONNECTOR_PORT", "2")
    monkeypatch.setenv("ML_CONNECTOR_HOST", "environment")

    settings = load_settings(port=3)

    assert (settings.port, settings.host, settings.log_level) == (3, "environment", "error")


def test_an_empty_value_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_CONNECTOR_DATABASE_URL", "")
    monkeypatch.setenv("ML_CONNECTOR_PORT", "")

    settings = load_settings()

    assert (settings.database_url, settings.port) == (None, 8000)


def test_settings_do_not_change() -> None:
    settings = load_settings()

    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 9  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value", "takes"),
    [
        ("port", "eight", "a whole number from 0 to 65535"),
        ("port", "65536", "a whole number from 0 to 65535"),
        ("retention_days", "6", "a whole number of days, at least 7"),
        ("sweep_every_s", "0", "a whole number of seconds, at least 1"),
        ("worker_concurrency", "0", "a whole number from 1 to 1000"),
        ("database_url", f"mysql://u:{SECRET}@h/d", "an address like postgresql://"),
        ("redis_url", f"http://{SECRET}", "an address like redis://"),
        ("smtp_url", f"mail.example:{SECRET}", "an address like smtp://"),
        ("public_url", "shop.example", "an http or https address"),
        ("public_url", "https://shop.example/?x=1", "an http or https address"),
        ("zoho_api_endpoint", f"https://user:{SECRET}@zoho.example", "an https address"),
        ("shopify_api_version", "2026-05", "a version like 2026-04"),
        ("allow_http_endpoints", "perhaps", "true or false"),
        ("log_level", "loud", "debug, info, warning or error"),
        ("log_format", "xml", "auto, text or json"),
    ],
)
def test_an_unfit_value_is_named_with_what_is_taken_and_never_quoted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, takes: str
) -> None:
    monkeypatch.setenv(full_name(name), value)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert f"{full_name(name)} takes {takes}" in caught.value.text
    assert SECRET not in f"{caught.value} {caught.value!r} {caught.value.problems}"


def test_all_problems_are_said_at_once_in_the_order_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_CONNECTOR_LOG_LEVEL", "loud")
    monkeypatch.setenv("ML_CONNECTOR_PORT", "eight")

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert [problem.name for problem in caught.value.problems] == ["ML_CONNECTOR_PORT", "ML_CONNECTOR_LOG_LEVEL"]


@pytest.mark.parametrize("name", ["shopify_endpoint", "zoho_accounts_endpoint", "zoho_api_endpoint"])
def test_plain_http_is_refused_unless_somebody_says_that_it_is_meant(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(full_name(name), "http://127.0.0.1:9000/")
    with pytest.raises(SettingsError, match="ML_CONNECTOR_ALLOW_HTTP_ENDPOINTS=true") as caught:
        load_settings()

    allowed = load_settings(allow_http_endpoints=True)

    assert [problem.name for problem in caught.value.problems] == [full_name(name)]
    assert getattr(allowed, name) == "http://127.0.0.1:9000"


def test_our_own_address_may_be_plain_http() -> None:
    assert load_settings(public_url="http://shop.example:8000/").public_url == "http://shop.example:8000"


def test_an_endpoint_keeps_the_place_for_the_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_CONNECTOR_SHOPIFY_ENDPOINT", "https://sandbox.example/{shop}")

    assert load_settings().shopify_endpoint == "https://sandbox.example/{shop}"


def test_a_comma_inside_a_notice_address_does_not_end_it() -> None:
    settings = load_settings(notify_urls="mailtos://u:p@mail?to=a@x,b@x, slack://token\nmsteams://t")

    assert settings.notices == ("mailtos://u:p@mail?to=a@x,b@x", "slack://token", "msteams://t")


def test_what_was_not_set_is_an_empty_list() -> None:
    assert load_settings().notices == ()


def test_printing_shows_that_a_secret_is_set_and_not_what_it_is() -> None:
    settings = load_settings(
        database_url=f"postgresql://u:{SECRET}@h/d",
        redis_url=f"redis://:{SECRET}@h",
        secret_key=SECRET,
        shopify_client_secret=SECRET,
        zoho_client_secret=SECRET,
        smtp_url=f"smtp://u:{SECRET}@h",
        notify_urls=f"slack://{SECRET}",
    )

    printed = f"{settings} {settings!r} {settings.shown()}"

    assert SECRET not in printed
    assert settings.shown()["ML_CONNECTOR_SECRET_KEY"] == "set"
    assert load_settings().shown()["ML_CONNECTOR_SECRET_KEY"] == "not set"


def test_a_file_that_is_no_text_is_said_by_its_name() -> None:
    Path(".env").write_bytes(b"ML_CONNECTOR_HOST=\xff\xfe")

    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        load_settings()
