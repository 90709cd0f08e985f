"""Short notes to ourselves that travel through a browser: encrypted, signed, and worthless after a while.

Fernet under keys derived from the vault's: the first key seals, all open, so a rotation breaks no sign-in under way.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ml_connector.store.keys import Key
from ml_connector.store.vault import Vault

LIFETIME = timedelta(minutes=15)
"""Long enough to sign in to Shopify or Zoho first; a note is good once anyway."""

_LONGEST = 4_000


class SealBroken(ValueError):
    """The text is not a note of ours, is one for something else, or is too old."""


def _nonce() -> str:
    return secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class Note:
    """What a sign-in has to remember while the browser is elsewhere.

    Attributes:
        purpose: What it is good for, and nothing else: `shopify`, `zoho`, `cookie`, `choose`, `ticket`.
        then: Where to go on afterwards: `zoho`, or empty.
        set_up: Whether a new connection rests until the last step of the console's set-up.
        nonce: Good once.
    """

    purpose: str
    connection: str
    shop: str = ""
    region: str = ""
    organization_id: str = ""
    then: str = ""
    set_up: bool = False
    nonce: str = field(default_factory=_nonce)


class Seals:
    """Seals notes and opens them again."""

    def __init__(self, vault: Vault, now: Callable[[], datetime]) -> None:
        self._vault = vault
        self._now = now

    def seal(self, note: Note) -> str:
        """*note* as text of letters, digits, - and _, which nobody on the way writes in another way."""
        return self._fernet().encrypt_at_time(msgspec.json.encode(note), self._seconds()).decode().rstrip("=")

    def open(self, text: str, purpose: str, *, within: timedelta = LIFETIME) -> Note:
        """The note in *text*.

        Raises:
            SealBroken: not ours, altered, for another purpose, or older than *within*.
        """
        if not text.isascii() or len(text) > _LONGEST:
            raise SealBroken("not a note of ours")
        plain = self._opened(text, within)
        if plain is None:
            # sealed by another process under a key that was added since we started
            self._vault.reload()
            plain = self._opened(text, within)
        if plain is None:
            raise SealBroken("not a note of ours, or too old")
        note = msgspec.json.decode(plain, type=Note)
        if note.purpose != purpose:
            raise SealBroken(f"a note for {note.purpose}, not for {purpose}")
        return note

    def _opened(self, text: str, within: timedelta) -> bytes | None:
        try:
            padded = text + "=" * (-len(text) % 4)
            return self._fernet().decrypt_at_time(padded, int(within.total_seconds()), self._seconds())
        except InvalidToken:
            return None

    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(_derived(key)) for key in self._vault.ring.keys])

    def _seconds(self) -> int:
        return int(self._now().timestamp())


def _derived(key: Key) -> bytes:
    """A key for notes only, so that what a browser carries says nothing about the vault's."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"ml-connector notes through a browser")
    return base64.urlsafe_b64encode(derived.derive(key.material))
