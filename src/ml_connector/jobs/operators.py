"""People who may sign in to the console: their passwords, their one-time links, their tries.

A password is hashed with argon2id in a thread, two at a time, so that guessing neither holds up the event loop nor
takes all of the machine's memory. A link is good once, for a day, and only its digest is kept.
"""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ml_connector.store import Store
from ml_connector.store.people import Operator

ROLES = ("viewer", "operator", "admin")
"""Each may do what those before it may."""

FIRST_OPERATOR = "admin"
"""Who the link printed by `serve` is for, while nobody can sign in."""

LINK_S = 24 * 3_600.0
SHORTEST, LONGEST = 10, 256
"""Characters of a password. Length is what makes one strong; the upper bound keeps hashing bounded."""

FREE_TRIES = 5
FIRST_LOCK_S = 60.0
LONGEST_LOCK_S = 900.0

_hasher = PasswordHasher()
_threads = ThreadPoolExecutor(2, thread_name_prefix="passwords")


class PasswordUnfit(ValueError):
    """This password is not taken; the text says which are."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try to sign in. `until`: no further try is looked at before."""

    operator: Operator | None
    until: datetime | None = None


def includes(role: str, wanted: str) -> bool:
    """Whether somebody with *role* may do what needs *wanted*."""
    return ROLES.index(role) >= ROLES.index(wanted)


def check_fit(password: str, name: str = "") -> None:
    """
    Raises:
        PasswordUnfit: too short, too long, or the name itself.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordUnfit(f"A password has {SHORTEST} to {LONGEST} characters.")
    if password.strip().lower() == name.strip().lower() or len(set(password)) < 4:
        raise PasswordUnfit("This one is guessed at once. Choose another.")


async def hash_password(password: str) -> str:
    """The argon2id hash of *password*, with parameters and salt inside."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def sign_in(store: Store, name: str, password: str) -> Tried:
    """Look at one try: who it is, or nobody. Never says whether the name or the password was wrong.

    Three round trips. The try counts before the password is looked at, so guesses made at once count too.
    """
    async with store.at_once() as tx:
        allowed, until = await store.sign_in_tries.begin(
            tx, name, free=FREE_TRIES, first_s=FIRST_LOCK_S, longest_s=LONGEST_LOCK_S
        )
        if not allowed:
            return Tried(None, until)
        known = await store.operators.named(tx, name)
    fits = await _fits(known, password)
    if known is None or known.disabled_at is not None or not fits:
        return Tried(None, until)
    async with store.at_once() as tx:
        await store.sign_in_tries.forget(tx, name)
        await store.operators.signed_in(tx, known.id)
        if known.password_hash and _hasher.check_needs_rehash(known.password_hash):
            await store.operators.set_password(tx, known.id, await hash_password(password))
    return Tried(known)


async def _fits(operator: Operator | None, password: str) -> bool:
    kept = operator.password_hash if operator else None
    return await asyncio.get_running_loop().run_in_executor(_threads, _verified, kept, password[: LONGEST + 1])


def _verified(kept: str | None, password: str) -> bool:
    try:
        return _hasher.verify(kept or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    """Checked for a name that does not exist, so that its answer takes as long as anybody's."""
    return _hasher.hash(secrets.token_urlsafe())


async def choose_password(store: Store, word: str, password: str) -> Operator | None:
    """Set the password through the one-time link *word*, and end the sessions that were open under an older one.

    None when the link is used, old or unknown.

    Raises:
        PasswordUnfit: it is not taken; the link stays good.
    """
    async with store.at_once() as tx:
        name = await store.operators.linked(tx, word)
    if name is None:
        return None
    check_fit(password, name)
    kept = await hash_password(password)
    async with store.transaction() as tx:
        operator = await store.operators.use_link(tx, word, kept)
        if operator is None:
            return None
        await store.sessions.end_all(tx, operator.id)
        await store.sign_in_tries.forget(tx, operator.name)
        await store.audit.note(tx, operator.name, "operator.password_chosen", on=operator.name)
    return operator


async def link_for(store: Store, name: str, public_url: str) -> str | None:
    """A one-time address at which *name* chooses a password; an earlier one stops working. None: no such operator."""
    word = secrets.token_urlsafe(32)
    async with store.at_once() as tx:
        made = await store.operators.make_link(tx, name, word, for_s=LINK_S)
    return address_of(word, public_url) if made else None


async def first_link(store: Store, public_url: str) -> str | None:
    """A one-time address for the first operator, an admin; None when somebody can sign in already."""
    async with store.at_once() as tx:
        if await store.operators.anybody(tx):
            return None
        await store.operators.save(tx, FIRST_OPERATOR, "admin")
    return await link_for(store, FIRST_OPERATOR, public_url)


def address_of(word: str, public_url: str) -> str:
    """Where the link *word* is opened."""
    return f"{public_url.rstrip('/')}/first-run/{word}"
