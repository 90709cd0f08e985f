"""Notes that travel through a browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.jobs.connecting.seals import Note, SealBroken, Seals
from ml_connector.store.keys import Key
from ml_connector.store.vault import Vault

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Keys:
    """A key file that a rotation changes under running processes."""

    def __init__(self) -> None:
        self.keys: tuple[Key, ...] = (Key.made(),)

    def read(self) -> tuple[Key, ...]:
        return self.keys

    def make(self) -> Key:
        self.keys = (Key.made(), *self.keys)
        return self.keys[0]


def seals(keys: Keys | None = None, now: datetime = NOW) -> Seals:
    return Seals(Vault(keys or Keys()), lambda: now)


@given(st.builds(Note, st.sampled_from(["shopify", "ticket"]), *[st.text(max_size=40)] * 5))
def test_what_was_sealed_is_what_is_opened(note: Note) -> None:
    ours = seals()

    assert ours.open(ours.seal(note), note.purpose) == note


def test_a_note_shows_nothing_of_what_it_says() -> None:
    sealed = seals().seal(Note("shopify", "acme", shop="acme.myshopify.com"))

    assert "acme" not in sealed
    assert len(sealed) < 500


@pytest.fixture(scope="module")
def ours() -> Seals:
    return seals()


@pytest.fixture(scope="module")
def sealed(ours: Seals) -> str:
    """One for all examples: each sealing is another text, and what hypothesis draws must not depend on chance."""
    return ours.seal(Note("ticket", "acme"))


@given(data=st.data())
def test_a_note_that_was_changed_anywhere_does_not_open(ours: Seals, sealed: str, data: st.DataObject) -> None:
    # the last characters of base64 may say the same in several ways
    place = data.draw(st.integers(0, len(sealed) - 5))
    other = data.draw(st.sampled_from("abcXYZ019-_!é").filter(lambda each: each != sealed[place]))

    with pytest.raises(SealBroken):
        ours.open(sealed[:place] + other + sealed[place + 1 :], "ticket")


def test_a_note_is_for_one_purpose() -> None:
    ours = seals()

    with pytest.raises(SealBroken):
        ours.open(ours.seal(Note("shopify", "acme")), "ticket")


def test_a_note_of_another_installation_does_not_open() -> None:
    with pytest.raises(SealBroken):
        seals().open(seals().seal(Note("ticket", "acme")), "ticket")


def test_a_note_grows_old() -> None:
    keys = Keys()
    sealed = seals(keys).seal(Note("ticket", "acme"))

    assert seals(keys, NOW + timedelta(minutes=15)).open(sealed, "ticket").connection == "acme"
    with pytest.raises(SealBroken):
        seals(keys, NOW + timedelta(minutes=15, seconds=1)).open(sealed, "ticket")


def test_a_sign_in_that_is_under_way_survives_a_new_key_in_every_process() -> None:
    keys = Keys()
    one, other = seals(keys), seals(keys)
    before = one.seal(Note("ticket", "before"))
    keys.make()
    fresh = seals(keys)

    assert fresh.open(before, "ticket").connection == "before"
    # the other process has not read the keys since
    assert other.open(fresh.seal(Note("ticket", "after")), "ticket").connection == "after"
