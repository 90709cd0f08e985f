"""The keys under which secrets are encrypted, and where they come from.

The first key encrypts, all decrypt. A key is known by its fingerprint, which is stored beside whatever it encrypted, so
that a missing key is named instead of producing garbage.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ml_connector.store.disk import sync_folder
from ml_connector.store.errors import KeyInvalid, KeyMissing, KeyNotKept

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Key:
    """32 secret bytes. Printing it shows the fingerprint only."""

    material: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits by which the key is known; it says nothing about the key itself."""
        return hashlib.sha256(b"ml-connector key\0" + self.material).hexdigest()[:16]

    @property
    def text(self) -> str:
        """As it stands in SECRET_KEY or in the key file."""
        return base64.urlsafe_b64encode(self.material).decode()

    @classmethod
    def made(cls) -> Key:
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def parse(cls, text: str) -> Key:
        """One base64url key, padded or not.

        Raises:
            KeyInvalid: not base64url, or not 32 bytes long.
        """
        word = text.strip()
        try:
            material = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise KeyInvalid("A key is not base64url text.") from error
        if len(material) != KEY_BYTES:
            raise KeyInvalid(f"A key has {len(material)} bytes; 32 are needed.")
        return cls(material)


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by fingerprint, and which of them encrypts."""

    keys: tuple[Key, ...]

    @property
    def first(self) -> Key:
        return self.keys[0]

    def find(self, fingerprint: str) -> Key:
        """The key with *fingerprint*.

        Raises:
            KeyMissing: we do not have it.
        """
        for key in self.keys:
            if key.fingerprint == fingerprint:
                return key
        raise KeyMissing(fingerprint)


class KeySource(Protocol):
    """Where the keys are kept. `read` gives none when there are none yet; `make` adds one in front."""

    def read(self) -> tuple[Key, ...]: ...

    def make(self) -> Key: ...


@dataclass(frozen=True, slots=True)
class GivenKeys:
    """The keys of SECRET_KEY: they do not change while the process runs, and none is ever made."""

    keys: tuple[Key, ...]

    @classmethod
    def parse(cls, text: str) -> GivenKeys:
        """*text* is one key or several, comma separated; the first encrypts."""
        words = [word for word in text.split(",") if word.strip()]
        if not words:
            raise KeyInvalid("SECRET_KEY is set but holds no key.")
        return cls(tuple(Key.parse(word) for word in words))

    def read(self) -> tuple[Key, ...]:
        return self.keys

    def make(self) -> Key:
        raise KeyInvalid("Keys given in SECRET_KEY are made outside: put a new one in front of it and restart.")


@dataclass(frozen=True, slots=True)
class KeyFile:
    """`DATA_DIR/secret.key`: one base64url key a line, newest first, readable by its owner only."""

    path: Path

    def read(self) -> tuple[Key, ...]:
        try:
            text = self.path.read_text("ascii")
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            raise KeyInvalid(f"The key file {self.path} cannot be read.") from error
        return tuple(Key.parse(line) for line in text.splitlines() if line.strip())

    def make(self) -> Key:
        """Add a key in front. The file is replaced whole, so a reader sees the old or the new one.

        One at a time, under `unlock`'s lock: of two, each would write the file without the other's key.

        Raises:
            KeyNotKept: the file cannot be written; nothing has changed.
        """
        key = Key.made()
        lines = [key.text, *(older.text for older in self.read())]
        try:
            self._write("".join(f"{line}\n" for line in lines))
        except OSError as error:
            raise KeyNotKept(self.path, error.strerror or str(error)) from error
        return key

    def _write(self, text: str) -> None:
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        sync_folder(self.path.parent)  # before anything is encrypted under a key that a power cut would take along
