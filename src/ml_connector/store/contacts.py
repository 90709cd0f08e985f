"""Which Zoho contact stands for which Shopify customer, in which currency."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.books import ContactLink
from ml_connector.store.sql import Row, all_rows, run, text
from ml_connector.store.values import dumps


@dataclass(frozen=True, slots=True)
class KeptContact:
    """A link, and what both sides last agreed on.

    Attributes:
        last_modified: Zoho's own word for the state that was agreed on.
        told, seen: How often Zoho told of a change, and how many of these were looked at.
    """

    link: ContactLink
    customer_id: str | None
    agreed: Mapping[str, Any]
    last_modified: str
    alias_of: str | None
    told: int = 0
    seen: int = 0

    @property
    def has_news(self) -> bool:
        """Whether Zoho told of a change that nobody has looked at."""
        return self.told > self.seen

    @property
    def is_customers(self) -> bool:
        """Whether it stands for a customer of the shop: not for a company's location, a guest or walk-ins."""
        return self.alias_of is None and (self.customer_id or "").startswith("gid://shopify/Customer/")


_COLUMNS = """key, contact_id, currency, name, customer_id, checked_at, matched_by, fingerprint, agreed, last_modified,
              alias_of, told, seen"""
_PUT = text("""
    INSERT INTO contact_links AS c (connection_id, key, contact_id, currency, name, customer_id, checked_at, matched_by,
                                    fingerprint, agreed, last_modified)
    VALUES (:connection_id, :key, :contact_id, :currency, :name, :customer_id, :checked_at, :matched_by, :fingerprint,
            coalesce(CAST(:agreed AS jsonb), '{}'), coalesce(CAST(:last_modified AS text), ''))
    ON CONFLICT (connection_id, key) DO UPDATE SET
        contact_id = excluded.contact_id, currency = excluded.currency, name = excluded.name,
        customer_id = coalesce(excluded.customer_id, c.customer_id), checked_at = excluded.checked_at,
        matched_by = excluded.matched_by, fingerprint = excluded.fingerprint,
        agreed = CASE WHEN CAST(:agreed AS jsonb) IS NULL THEN c.agreed ELSE excluded.agreed END,
        last_modified = coalesce(CAST(:last_modified AS text), c.last_modified), alias_of = NULL,
        changed_at = clock_timestamp()
""")
# A key that is an alias answers with the link it points at, under the name it was asked by.
_OF_KEYS = text("""
    SELECT l.key, l.customer_id, l.alias_of,
           coalesce(t.contact_id, l.contact_id) AS contact_id, coalesce(t.currency, l.currency) AS currency,
           coalesce(t.name, l.name) AS name, coalesce(t.checked_at, l.checked_at) AS checked_at,
           coalesce(t.matched_by, l.matched_by) AS matched_by, coalesce(t.fingerprint, l.fingerprint) AS fingerprint,
           coalesce(t.agreed, l.agreed) AS agreed, coalesce(t.last_modified, l.last_modified) AS last_modified,
           coalesce(t.told, l.told) AS told, coalesce(t.seen, l.seen) AS seen
    FROM contact_links l LEFT JOIN contact_links t ON t.connection_id = l.connection_id AND t.key = l.alias_of
    WHERE l.connection_id = :connection_id AND l.key = ANY(CAST(:keys AS text[]))
""")
_AS_MADE = text(f"""
    SELECT {_COLUMNS} FROM contact_links WHERE connection_id = :connection_id AND key = ANY(CAST(:keys AS text[]))
""")
# Two orders of one customer may add at the same moment, so nothing is read before.
_ADD = text("""
    UPDATE contact_links SET changed_at = clock_timestamp(), agreed = agreed || jsonb_build_object(
        CAST(:part AS text), coalesce(agreed -> CAST(:part AS text), '{}') || CAST(:entries AS jsonb))
    WHERE connection_id = :connection_id AND contact_id = :contact_id
""")
_DOUBT = text("""
    UPDATE contact_links SET checked_at = NULL
    WHERE connection_id = :connection_id AND key IN (
        SELECT coalesce(alias_of, key) FROM contact_links
        WHERE connection_id = :connection_id AND key = ANY(CAST(:keys AS text[])))
""")
_OF_CUSTOMER = text(f"""
    SELECT {_COLUMNS} FROM contact_links
    WHERE connection_id = :connection_id AND customer_id = :customer_id ORDER BY key
""")
_OF_CONTACTS = text(f"""
    SELECT {_COLUMNS} FROM contact_links
    WHERE connection_id = :connection_id AND contact_id = ANY(CAST(:contact_ids AS text[])) ORDER BY key
""")
_PAGE = text(f"""
    SELECT {_COLUMNS} FROM contact_links
    WHERE connection_id = :connection_id AND (CAST(:after AS text) IS NULL OR key > :after) ORDER BY key LIMIT :limit
""")
_CHECKED = text("""
    UPDATE contact_links SET checked_at = clock_timestamp()
    WHERE connection_id = :connection_id AND contact_id = ANY(CAST(:contact_ids AS text[]))
""")
_TELL = text("""
    UPDATE contact_links SET told = told + 1
    WHERE connection_id = :connection_id AND contact_id = ANY(CAST(:contact_ids AS text[]))
""")
_SAW = text("""
    UPDATE contact_links SET seen = greatest(seen, :told) WHERE connection_id = :connection_id AND key = :key
""")
_UNCHECKED = text("""
    UPDATE contact_links SET checked_at = NULL
    WHERE connection_id = :connection_id AND contact_id = ANY(CAST(:contact_ids AS text[]))
""")
_ALIAS = text("""
    UPDATE contact_links SET alias_of = :target, changed_at = clock_timestamp()
    WHERE connection_id = :connection_id AND (key = :key OR alias_of = :key) AND key <> :target
""")
_FORGET = text("DELETE FROM contact_links WHERE connection_id = :connection_id AND key = ANY(CAST(:keys AS text[]))")
_ERASE = text("""
    UPDATE contact_links SET name = '', agreed = '{}', changed_at = clock_timestamp()
    WHERE connection_id = :connection_id AND customer_id = :customer_id
""")


class Contacts:
    """Each method is one round trip."""

    async def put(
        self,
        tx: AsyncConnection,
        connection_id: int,
        link: ContactLink,
        *,
        customer_id: str | None = None,
        agreed: Mapping[str, Any] | None = None,
        last_modified: str | None = None,
    ) -> None:
        """Keep *link*. *agreed*: the fields as both sides have them now; None leaves what is kept."""
        await run(
            tx,
            _PUT,
            connection_id=connection_id,
            key=link.key,
            contact_id=link.contact_id,
            currency=link.currency,
            name=link.name,
            customer_id=customer_id,
            checked_at=link.checked_at,
            matched_by=link.matched_by,
            fingerprint=link.fingerprint,
            agreed=None if agreed is None else dumps(agreed),
            last_modified=last_modified,
        )

    async def add(
        self, tx: AsyncConnection, connection_id: int, contact_id: str, part: str, entries: Mapping[str, Any]
    ) -> None:
        """Add *entries* to a *part* of what is agreed of a Zoho contact, beside whatever others add to it."""
        await run(tx, _ADD, connection_id=connection_id, contact_id=contact_id, part=part, entries=dumps(entries))

    async def of(self, tx: AsyncConnection, connection_id: int, keys: Collection[str]) -> dict[str, ContactLink]:
        """The links by key; an alias answers with what it points at."""
        return {key: kept.link for key, kept in (await self.kept(tx, connection_id, keys)).items()}

    async def kept(self, tx: AsyncConnection, connection_id: int, keys: Collection[str]) -> dict[str, KeptContact]:
        """As `of`, with what both sides last agreed on."""
        rows = await all_rows(tx, _OF_KEYS, connection_id=connection_id, keys=list(keys))
        return {row.key: _kept(row) for row in rows}

    async def as_made(self, tx: AsyncConnection, connection_id: int, keys: Collection[str]) -> dict[str, KeptContact]:
        """The links of these very keys: an alias answers with the contact that it stood for before it was one."""
        rows = await all_rows(tx, _AS_MADE, connection_id=connection_id, keys=list(keys))
        return {row.key: _kept(row) for row in rows}

    async def of_customer(self, tx: AsyncConnection, connection_id: int, customer_id: str) -> tuple[KeptContact, ...]:
        """A Shopify customer's contacts, one for each currency."""
        rows = await all_rows(tx, _OF_CUSTOMER, connection_id=connection_id, customer_id=customer_id)
        return tuple(_kept(row) for row in rows)

    async def of_contacts(
        self, tx: AsyncConnection, connection_id: int, contact_ids: Collection[str]
    ) -> tuple[KeptContact, ...]:
        """The links that point at these Zoho contacts."""
        rows = await all_rows(tx, _OF_CONTACTS, connection_id=connection_id, contact_ids=list(contact_ids))
        return tuple(_kept(row) for row in rows)

    async def page(
        self, tx: AsyncConnection, connection_id: int, *, after: str | None = None, limit: int = 200
    ) -> tuple[KeptContact, ...]:
        """Links by key, from the one behind *after* on."""
        rows = await all_rows(tx, _PAGE, connection_id=connection_id, after=after, limit=limit)
        return tuple(_kept(row) for row in rows)

    async def doubt(self, tx: AsyncConnection, connection_id: int, keys: Collection[str]) -> None:
        """Something was refused that may be due to these contacts: they are asked for before they are used again."""
        await run(tx, _DOUBT, connection_id=connection_id, keys=list(keys))

    async def checked(self, tx: AsyncConnection, connection_id: int, contact_ids: Sequence[str]) -> None:
        """These contacts were seen in Zoho just now."""
        await run(tx, _CHECKED, connection_id=connection_id, contact_ids=list(contact_ids))

    async def unchecked(self, tx: AsyncConnection, connection_id: int, contact_ids: Sequence[str]) -> None:
        """These contacts may be gone: whoever needs one asks first."""
        await run(tx, _UNCHECKED, connection_id=connection_id, contact_ids=list(contact_ids))

    async def tell(self, tx: AsyncConnection, connection_id: int, contact_ids: Collection[str]) -> None:
        """Zoho told of a change in these contacts; who looks next reads them."""
        await run(tx, _TELL, connection_id=connection_id, contact_ids=list(contact_ids))

    async def saw(self, tx: AsyncConnection, connection_id: int, key: str, told: int) -> None:
        """A run that had read *told* before it asked Zoho has looked; what was told meanwhile is still to be seen."""
        await run(tx, _SAW, connection_id=connection_id, key=key, told=told)

    async def make_alias(self, tx: AsyncConnection, connection_id: int, key: str, target: str) -> None:
        """A merged customer's *key* stands for *target* from now on, and so do its own aliases."""
        await run(tx, _ALIAS, connection_id=connection_id, key=key, target=target)

    async def forget(self, tx: AsyncConnection, connection_id: int, keys: Collection[str]) -> int:
        """Let go of links whose contact is gone."""
        return await run(tx, _FORGET, connection_id=connection_id, keys=list(keys))

    async def erase(self, tx: AsyncConnection, connection_id: int, customer_id: str) -> int:
        """Remove a customer's personal data from their links; how many there were."""
        return await run(tx, _ERASE, connection_id=connection_id, customer_id=customer_id)


def _kept(row: Row) -> KeptContact:
    link = ContactLink(
        key=row.key,
        contact_id=row.contact_id,
        currency=row.currency,
        name=row.name,
        checked_at=row.checked_at,
        matched_by=row.matched_by,
        fingerprint=row.fingerprint,
    )
    return KeptContact(link, row.customer_id, row.agreed, row.last_modified, row.alias_of, row.told, row.seen)
