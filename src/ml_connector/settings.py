"""The settings: read once, at the edge, from the environment or an `.env` file, and passed on as values.

Every name has the prefix ML_CONNECTOR_. What is written here is also the documentation: docs/settings.md is made from
it, and a test holds the two together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote

PREFIX = "ML_CONNECTOR_"


@dataclass(frozen=True, slots=True)
class Problem:
    """One setting that cannot be used, by its full name."""

    name: str
    sentence: str


class SettingsError(Trouble):
    """Settings that cannot be used, all of them at once.

    Attributes:
        problems: One for each setting, in the order of the documentation.
    """

    code = "settings"
    wrote = Wrote.NO
    remedy = Remedy.PERSON
    acts = Acts.OPERATOR

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(
            " ".join(problem.sentence for problem in problems),
            fix="Change it in the environment or in .env; docs/settings.md explains each setting.",
        )
        self.problems = problems


def _setting(default: object, meaning: str, *, takes: str, unit: str = "", **limits: Any) -> Any:
    """A field with what a person needs to know: meaning, unit, and what it takes."""
    return Field(default, description=meaning, json_schema_extra={"takes": takes, "unit": unit}, **limits)


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
LogFormat = Annotated[Literal["auto", "text", "json"], BeforeValidator(_lower)]


class Settings(BaseSettings):
    """Everything an installation can be told. Printing it shows that a secret is set, not what it is."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

    data_dir: Path = _setting(
        Path(".ml-connector"),
        "The folder of the embedded PostgreSQL and of the key file. Relative to where the command is started.",
        takes="a folder",
    )
    database_url: SecretStr | None = _setting(
        None,
        "Unset: PostgreSQL embedded in `DATA_DIR`. Set: that PostgreSQL, 14 or newer, by a direct or session-pooled "
        "address (not a transaction pool), with CREATE on that database (BullMQ makes its schema `bullmq`). `doctor` "
        "checks both.",
        takes="an address like postgresql://user:password@host:5432/name",
    )
    redis_url: SecretStr | None = _setting(
        None,
        "Unset: BullMQ on the same PostgreSQL. Set: BullMQ on that Redis or Valkey.",
        takes="an address like redis://host:6379/0, rediss://… or unix:///path",
    )
    secret_key: SecretStr | None = _setting(
        None,
        "Encrypts the connections' secrets. Several keys, comma separated: the first encrypts, all decrypt. Unset: "
        "made in `DATA_DIR/secret.key` (mode 0600, one key a line, newest first), only while the database holds no "
        "key's fingerprint; otherwise the command ends with status 3 and names the fingerprint that is needed.",
        takes="32 bytes in base64url, or several such keys separated by commas",
    )
    public_url: str = _setting(
        "http://127.0.0.1:8000",
        "Where browsers, Shopify and Zoho reach us.",
        takes="an http or https address without query",
    )
    host: str = _setting("127.0.0.1", "The address we listen on.", takes="a host name or address")
    port: int = _setting(
        8000,
        "The port we listen on; 0 lets the system choose.",
        takes="a whole number from 0 to 65535",
        ge=0,
        le=65535,
    )
    shopify_client_id: str | None = _setting(
        None, "The Shopify app used for installs through the console.", takes="the app's client id"
    )
    shopify_client_secret: SecretStr | None = _setting(
        None, "Its secret; also accepted as what signs webhooks.", takes="the app's client secret"
    )
    zoho_client_id: str | None = _setting(
        None, "The Zoho client used for connecting through the console.", takes="the client's id"
    )
    zoho_client_secret: SecretStr | None = _setting(None, "Its secret.", takes="the client's secret")
    shopify_api_version: str = _setting(
        "2026-04",
        "The version of Shopify's Admin API; our queries are valid for every version still supported.",
        takes="a version like 2026-04, or unstable",
        pattern=r"^(20\d\d-(01|04|07|10)|unstable)$",
    )
    shopify_endpoint: str = _setting(
        "https://{shop}",
        "Another place for the shop's API and OAuth, for sandboxes; `{shop}` is filled in where present.",
        takes="an https address, with or without {shop}",
    )
    zoho_accounts_endpoint: str | None = _setting(
        None,
        "Unset: the region's accounts server. Set: this one for all regions, for sandboxes.",
        takes="an https address",
    )
    zoho_api_endpoint: str | None = _setting(
        None,
        "Unset: `api_domain` of the token answer, if it is one of Zoho's. Set: this one, for sandboxes.",
        takes="an https address",
    )
    allow_http_endpoints: bool = _setting(
        False,
        "Allows plain HTTP for the three endpoints above, which is refused otherwise.",
        takes="true or false",
    )
    worker_concurrency: int = _setting(
        16,
        "How many jobs one worker process has in flight.",
        takes="a whole number from 1 to 1000",
        unit="jobs",
        ge=1,
        le=1000,
    )
    sweep_every_s: int = _setting(
        300,
        "The time between two sweeps of a connection, which find orders that nobody announced.",
        takes="a whole number of seconds, at least 1",
        unit="seconds",
        ge=1,
    )
    retention_days: int = _setting(
        90,
        "How long raw deliveries and exchanges are kept; at least 7, because Shopify repeats for 4 hours. Pruned in "
        "small batches. Operations, documents and outcomes stay. A connection may set its own in its policy.",
        takes="a whole number of days, at least 7",
        unit="days",
        ge=7,
    )
    smtp_url: SecretStr | None = _setting(
        None,
        "The mail server for summaries and alerts. `?from=` and `to=` (commas between several) say from whom, and to "
        "whom besides a connection's own recipients. Encrypted as soon as the server offers it; a password is not sent "
        "without.",
        takes="an address like smtp://user:password@host:587/?from=a@example.com&to=b@example.com, or smtps://…",
    )
    notify_urls: SecretStr | None = _setting(
        None,
        "Where else summaries and alerts go, in the notation of Apprise.",
        takes="Apprise addresses separated by spaces or commas",
    )
    log_level: LogLevel = _setting(
        "info", "What is logged: this and everything more serious.", takes="debug, info, warning or error"
    )
    log_format: LogFormat = _setting(
        "auto", "`auto`: for people on a terminal, JSON otherwise.", takes="auto, text or json"
    )

    @property
    def notices(self) -> tuple[str, ...]:
        """The Apprise addresses. A comma inside an address stays: only one before a new address separates."""
        if self.notify_urls is None:
            return ()
        words = re.split(r"\s+|,\s*(?=[A-Za-z][A-Za-z0-9+.-]*://)", self.notify_urls.get_secret_value())
        return tuple(word for word in words if word)

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        return _with_scheme(value, "postgresql", "postgres")

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: SecretStr | None) -> SecretStr | None:
        return _with_scheme(value, "redis", "rediss", "unix")

    @field_validator("smtp_url")
    @classmethod
    def _is_smtp(cls, value: SecretStr | None) -> SecretStr | None:
        return _with_scheme(value, "smtp", "smtps")

    @field_validator("public_url", "shopify_endpoint", "zoho_accounts_endpoint", "zoho_api_endpoint")
    @classmethod
    def _is_web_address(cls, value: str | None) -> str | None:
        return None if value is None else _web_address(value)

    @model_validator(mode="after")
    def _plain_http_only_when_allowed(self) -> Self:
        endpoints = ("shopify_endpoint", "zoho_accounts_endpoint", "zoho_api_endpoint")
        plain = [name for name in endpoints if (getattr(self, name) or "").startswith("http://")]
        if plain and not self.allow_http_endpoints:
            raise _PlainHttp(plain)
        return self

    def shown(self) -> dict[str, str]:
        """Every setting by its full name as text for people; a secret only as set or not set."""
        return {full_name(name): _shown(getattr(self, name)) for name in type(self).model_fields}

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return [(name, _shown(getattr(self, name))) for name in type(self).model_fields]

    def __str__(self) -> str:
        return "\n".join(f"{name}={value}" for name, value in self.shown().items())


class _PlainHttp(ValueError):
    """Endpoints without encryption, where nobody said that this is meant."""

    def __init__(self, names: list[str]) -> None:
        super().__init__("plain HTTP")
        self.names = names


def load_settings(*, env_file: Path | None = Path(".env"), **given: Any) -> Settings:
    """Read the settings: what is *given* first, then the environment, then *env_file* if it is there.

    Raises:
        SettingsError: With a sentence for each setting that cannot be used.
    """
    try:
        return Settings(_env_file=env_file, **given)  # type: ignore[call-arg]  # pydantic-settings takes it by name
    except ValidationError as error:
        raise SettingsError(_problems(error)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError((Problem(str(env_file), f"{env_file} cannot be read: {error}."),)) from error


def full_name(field: str) -> str:
    """A setting's name in the environment: `ML_CONNECTOR_PORT` for `port`."""
    return f"{PREFIX}{field.upper()}"


def _problems(error: ValidationError) -> tuple[Problem, ...]:
    found: dict[str, Problem] = {}
    for detail in error.errors():
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, _PlainHttp):
            found |= {name: _plain_http(name) for name in cause.names}
        else:
            name = str(detail["loc"][0])
            found[name] = _unfit(name, Settings.model_fields[name])
    return tuple(found[name] for name in Settings.model_fields if name in found)


def _unfit(name: str, field: FieldInfo) -> Problem:
    """Says what is taken and not what was given, which may be a secret in the wrong place."""
    extra = field.json_schema_extra
    takes = extra["takes"] if isinstance(extra, dict) else ""
    return Problem(full_name(name), f"{full_name(name)} takes {takes}; it is set to something else.")


def _plain_http(name: str) -> Problem:
    allow = full_name("allow_http_endpoints")
    sentence = f"{full_name(name)} is plain HTTP, which is for sandboxes only; {allow}=true says that it is one."
    return Problem(full_name(name), sentence)


def _with_scheme(value: SecretStr | None, *schemes: str) -> SecretStr | None:
    if value is not None and urlsplit(value.get_secret_value()).scheme not in schemes:
        raise ValueError("another scheme")
    return value


def _web_address(value: str) -> str:
    """The address without its closing slash; whitespace, a query or user information make it unfit."""
    parts = urlsplit(value.strip())
    if (
        parts.scheme not in {"http", "https"}
        or not parts.netloc
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
    ):
        raise ValueError("no web address")
    return value.strip().rstrip("/")


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "set"
    return "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
