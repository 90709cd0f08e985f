"""Encrypts and opens secrets: AES-256-GCM, bound to the place where each is kept.

A ciphertext carries its nonce; the key's fingerprint stands in the column beside it. The place (table, kind,
connection) is associated data, so a ciphertext copied to another row or another connection does not open there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ml_connector.store.errors import KeyInvalid, KeyMissing
from ml_connector.store.keys import Key, Keyring, KeySource

_NONCE_BYTES = 12
_FORMAT = b"\x01"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is kept."""

    table: str
    kind: str
    connection_id: int = 0

    @property
    def bound(self) -> bytes:
        return f"{self.table}\0{self.kind}\0{self.connection_id}".encode()

    def __str__(self) -> str:
        return f"{self.table} {self.kind} of connection {self.connection_id}"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret as it is stored."""

    ciphertext: bytes = field(repr=False)
    fingerprint: str


def seal_under(key: Key, plain: bytes, place: Place) -> Sealed:
    nonce = os.urandom(_NONCE_BYTES)
    return Sealed(_FORMAT + nonce + AESGCM(key.material).encrypt(nonce, plain, place.bound), key.fingerprint)


def open_under(key: Key, sealed: Sealed, place: Place) -> bytes:
    """The secret in *sealed*.

    Raises:
        KeyInvalid: it was altered or moved, or the key is not the one it names.
    """
    body = sealed.ciphertext
    try:
        if body[:1] != _FORMAT:
            raise InvalidTag
        return AESGCM(key.material).decrypt(body[1 : 1 + _NONCE_BYTES], body[1 + _NONCE_BYTES :], place.bound)
    except (InvalidTag, ValueError) as error:
        raise KeyInvalid(
            f"{place} does not open under the key {sealed.fingerprint}: it was altered, or it belongs elsewhere."
        ) from error


class Vault:
    """The keys of this process. An unknown fingerprint makes it read the keys again, so a rotation needs no restart."""

    def __init__(self, source: KeySource) -> None:
        self._source = source
        self._ring = Keyring(source.read())

    @property
    def ring(self) -> Keyring:
        return self._ring

    def reload(self) -> None:
        """Read the keys again from where they are kept."""
        keys = self._source.read()
        if keys:
            self._ring = Keyring(keys)

    def seal(self, plain: bytes, place: Place) -> Sealed:
        return seal_under(self._ring.first, plain, place)

    def open(self, sealed: Sealed, place: Place) -> bytes:
        """The secret in *sealed*.

        Raises:
            KeyMissing: encrypted under a key that we do not have, also after reading the keys again.
            KeyInvalid: altered, or moved from another place.
        """
        return open_under(self.key(sealed.fingerprint), sealed, place)

    def key(self, fingerprint: str) -> Key:
        try:
            return self._ring.find(fingerprint)
        except KeyMissing:
            self.reload()
            return self._ring.find(fingerprint)
