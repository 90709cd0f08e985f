"""Zoho's allowance, one row for each organisation, so that one lock and one statement settle a permit."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from ml_connector.store.tables.base import EMPTY_MOMENTS, ZERO, Moment, Moments, metadata, optional, required

allowances = Table(
    "allowances",
    metadata,
    # `<region>:<organization id>`: two connections of one organisation share the row.
    Column("organization", Text, primary_key=True),
    required("per_minute", Integer, text("100")),
    optional("in_flight", Integer),
    required("next_id", BigInteger, ZERO),
    # Calls that have left or may leave, side by side: number of the permit, until when it may be out.
    required("out_ids", ARRAY(BigInteger), text("'{}'::bigint[]")),
    required("out_until", Moments, EMPTY_MOMENTS),
    # When each call that has come back stops counting in Zoho's minute.
    required("spent_until", Moments, EMPTY_MOMENTS),
    # The day as Zoho's headers last told it, less what we have taken since.
    optional("day_limit", Integer),
    optional("day_remaining", Integer),
    optional("day_reset_at", Moment),
    required("calls_today", Integer, ZERO),
    optional("calls_since", Moment),
    optional("blocked_until", Moment),
    optional("blocked_why", Text),
    # After Zoho's 44 somebody else uses the minute too: we take this share less, fading over ten minutes.
    required("cut", Float, ZERO),
    optional("cut_at", Moment),
    # Until when each lane (live, refunds, backfill, re-reading) is known to be waiting.
    required("wanted_until", Moments, EMPTY_MOMENTS),
    # After Zoho's 1070 somebody else's calls are under way too, or fewer are taken than is documented: we have this
    # share less under way, fading over an hour.
    required("flight_cut", Float, ZERO),
    optional("flight_cut_at", Moment),
)
