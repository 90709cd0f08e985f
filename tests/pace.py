"""Zoho's settings want their calls more than half a second apart, and setting webhooks up takes up to 17: ten seconds.

Worlds in this process make the pause short on both sides, so that who does not wait is refused as ever.
Tests that start the command itself keep the real pace, `tests/cli/test_by_hand.py` among them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ml_connector.cli.companies import Companies, two_companies
from ml_connector.zoho import hooks

PAUSE_S = 0.04
"""What we wait."""
WANTED_S = 0.01
"""What Zoho wants. Well below what we wait: one refusal costs a world its whole minute."""


@asynccontextmanager
async def quick_companies(**given: Any) -> AsyncIterator[Companies]:
    """`two_companies`, with short pauses between the calls to Zoho's settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hooks, "SPACING_S", PAUSE_S)
        async with two_companies(**given) as companies:
            companies.organization.switches.set(settings_spacing_s=WANTED_S)
            yield companies
