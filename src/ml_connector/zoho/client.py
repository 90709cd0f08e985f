"""One organisation's books, in our words.

What is asked and what the answers mean is decided in pure modules: `questions`, `masters`, `books`, `responses`.
Writing is one method, `call`, because only `jobs/apply` writes.
"""

from __future__ import annotations

from ml_connector.zoho.document_reading import ContactReader, DocumentReader, Settled, SettlementReader
from ml_connector.zoho.limits import Allowance
from ml_connector.zoho.master_reading import MasterReader
from ml_connector.zoho.tokens import ZohoToken

__all__ = ["Settled", "ZohoClient"]


class ZohoClient(MasterReader, ContactReader, DocumentReader, SettlementReader):
    """Asks one organisation, and carries what `jobs/apply` writes."""

    def in_lane(self, lane: str) -> ZohoClient:
        """The same client, asking for permits in another lane."""
        return ZohoClient(self._caller, lane=lane)

    async def token(self) -> ZohoToken:
        """The token in use, for its scopes and its API host."""
        return await self._caller.token()

    async def give_back(self) -> bool:
        """End our access at Zoho; whether Zoho says that it is gone."""
        return await self._caller.give_back()

    @property
    def allowance(self) -> Allowance | None:
        """The day's figures as the last answer told them; None before the first."""
        return self._caller.allowance
