"""The summary of each day: noted while the day runs, made and sent once when it is over."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Integer, Table, Text

from ml_connector.store.tables.base import (
    EMPTY,
    EMPTY_LIST,
    ZERO,
    Json,
    Moment,
    connection_key,
    metadata,
    optional,
    required,
)

summaries = Table(
    "summaries",
    metadata,
    connection_key(),
    Column("date", Date, primary_key=True),
    # open: noted, nobody was told. sending: claimed by one process. kept: made, and there was nobody to send it to.
    # skipped: the operator wanted none.
    required("state", Text, "open"),
    # The statement as it was sent, in the shape of `summary --json`.
    optional("document", Json),
    optional("claimed_by", Text),
    optional("claimed_at", Moment),
    optional("sent_at", Moment),
    # Who was told, and what became of it.
    required("told", Json, EMPTY_LIST),
    required("trouble", Text, EMPTY),
    required("attempts", Integer, ZERO),
    optional("retry_at", Moment),
    # Zoho calls of that day, counted on from the allowance's own count, which begins anew at Zoho's hour.
    required("calls", Integer, ZERO),
    optional("calls_seen", Integer),
    optional("calls_since", Moment),
    CheckConstraint(
        "state IN ('open', 'sending', 'sent', 'in_doubt', 'failed', 'kept', 'skipped')",
        name="state",
    ),
)
