"""Whether what Zoho tells of a contact is news, or our own writing that comes back."""

from __future__ import annotations

from ml_connector.jobs.customers.kept import pairs_of, places_of
from ml_connector.jobs.customers.places import digest_of, places_in
from ml_connector.jobs.customers.zoho_side import values_in
from ml_connector.jobs.runtime import Runtime
from ml_connector.store.contacts import KeptContact
from ml_connector.zoho.books import KnownContact


def says_news(told: KnownContact, kept: KeptContact, run: Runtime) -> bool:
    """Whether the contact, as it is told, has a field or an address that is not the agreed one.

    What was never compared is no news: it is compared when the customer is next looked at.
    """
    pairs, places = pairs_of(kept), places_of(kept)
    if not pairs or places is None:
        return False
    values = values_in(told, exemptions="tax_exempt" in pairs)
    if any(name in pairs and value != pairs[name].zoho for name, value in values.items()):
        return True
    known = {name: place.digest for name, place in places.items()}
    return any(known.get(name) != digest_of(each, run) for name, each in places_in(told).items())
