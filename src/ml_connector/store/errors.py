"""What our own machine could not do.

StoreTrouble             the store did not do what it was asked
 ├─ StoreUnavailable     PostgreSQL cannot be reached, or has no room for us; later
 ├─ StoreBusy            two transactions stood in each other's way; later
 ├─ LeaseLost            somebody else has taken over this subject; what we did not commit is theirs
 ├─ ClaimTaken           another document already accounts for this sale or transaction
 ├─ WrongState           an operation is not in the state that this step starts from; our bug
 ├─ TooManyRefreshes     Zoho's ten access tokens in ten minutes are used up; later
 └─ Unusable             the environment is not usable: exit status 3
     ├─ ServerTooOld     PostgreSQL older than 14
     ├─ SchemaMissing    never migrated
     ├─ SchemaOlder      `ml-connector migrate` is due
     ├─ SchemaNewer      the database belongs to a later release
     ├─ KeyMissing       the database was encrypted under a key we do not have
     ├─ KeyInvalid       a key that is no key, or not the one its fingerprint says
     └─ KeyNotKept       a new key cannot be written to the key file
"""

from __future__ import annotations

from pathlib import Path

from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote


class StoreTrouble(Trouble):
    """The store did not do what it was asked. Zoho is not touched by that; what was sent before stays in its row."""

    code = "store_trouble"
    wrote = Wrote.UNKNOWN
    remedy = Remedy.LATER
    acts = Acts.NOBODY


class StoreUnavailable(StoreTrouble):
    """PostgreSQL cannot be reached, is starting or stopping, or gives us no connection in time."""

    code = "store_unavailable"
    acts = Acts.OPERATOR

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The database cannot be used right now: {why}", fix="Check that PostgreSQL runs and has room."
        )


class StoreBusy(StoreTrouble):
    """Two transactions stood in each other's way, and ours was undone. It can simply be done again."""

    code = "store_busy"

    def __init__(self, why: str) -> None:
        super().__init__(f"Two changes met in the database, and this one was undone: {why}")


class LeaseLost(StoreTrouble):
    """Somebody else has taken over this subject. Nothing of this commit was kept."""

    code = "lease_lost"

    def __init__(self, what: str, fence: int) -> None:
        super().__init__(f"{what} has been taken over by another worker (ours was number {fence})")
        self.what = what
        self.fence = fence


class ClaimTaken(StoreTrouble):
    """Another document already accounts for a sale or transaction; posting both would count it twice."""

    code = "claim_taken"
    remedy = Remedy.PERSON
    acts = Acts.OPERATOR

    def __init__(self, source_id: str, *, key: str, other_key: str) -> None:
        super().__init__(
            f"{source_id} is already accounted for by {other_key}, so {key} was not sent.",
            fix="Compare the two documents, then replay the order.",
        )
        self.source_id = source_id
        self.key = key
        self.other_key = other_key


class WrongState(StoreTrouble):
    """An operation is not in the state that this step starts from. Ours: nobody else moves it under our lease."""

    code = "wrong_state"
    remedy = Remedy.BUG
    acts = Acts.US

    def __init__(self, key: str, step: str) -> None:
        super().__init__(f"{key} was not in a state from which it can be {step}.")
        self.key = key
        self.step = step


class TooManyRefreshes(StoreTrouble):
    """A vendor's access tokens for now are used up; asking again would only prolong it.

    Source: Zoho OAuth documentation, token limits: ten access tokens per refresh token in ten minutes.
    """

    code = "too_many_refreshes"

    def __init__(self, vendor: str, *, retry_after_s: float) -> None:
        super().__init__(
            f"{vendor.capitalize()} was asked for many access tokens in a short time; the next may be asked for in "
            f"{retry_after_s:.0f} s.",
            retry_after_s=retry_after_s,
        )
        self.vendor = vendor


class Unusable(StoreTrouble):
    """The environment is not usable as it is: exit status 3."""

    code = "unusable"
    wrote = Wrote.NO
    remedy = Remedy.PERSON
    acts = Acts.OPERATOR


class ServerTooOld(Unusable):
    code = "server_too_old"

    def __init__(self, version: str) -> None:
        super().__init__(f"This PostgreSQL is {version}; 14 or newer is needed.", fix="Use PostgreSQL 14 or newer.")
        self.version = version


class SchemaMissing(Unusable):
    code = "schema_missing"

    def __init__(self) -> None:
        super().__init__("The database has not been prepared yet.", fix="Run `ml-connector migrate`.")


class SchemaOlder(Unusable):
    code = "schema_older"

    def __init__(self, found: int, needed: int) -> None:
        super().__init__(
            f"The database is at step {found}; this version needs step {needed}.", fix="Run `ml-connector migrate`."
        )
        self.found = found
        self.needed = needed


class SchemaNewer(Unusable):
    code = "schema_newer"

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"The database is at step {found}, of a later release; this version knows steps up to {known}.",
            fix="Start the newer release.",
        )
        self.found = found
        self.known = known


class KeyMissing(Unusable):
    """Something was encrypted under a key that we do not have. Nothing is guessed, no new key is made."""

    code = "key_missing"

    def __init__(self, fingerprint: str) -> None:
        super().__init__(
            f"The database was encrypted with the key {fingerprint}, which is not here.",
            fix="Give that key in SECRET_KEY, or put it back as a line of DATA_DIR/secret.key.",
        )
        self.fingerprint = fingerprint


class KeyInvalid(Unusable):
    """A key that is no key, or a ciphertext that its key does not open: altered, or moved to another place."""

    code = "key_invalid"

    def __init__(self, text: str) -> None:
        super().__init__(text, fix="Compare SECRET_KEY, or DATA_DIR/secret.key, with the copy you keep.")


class KeyNotKept(Unusable):
    """A new key cannot be written to the key file, so none was made and nothing was encrypted under it."""

    code = "key_not_kept"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"A new key cannot be kept in {path}: {why}.",
            fix="Let this account write in DATA_DIR, or give a key in SECRET_KEY.",
        )
        self.path = path
