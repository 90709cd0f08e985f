"""Every operation of Books that this sandbox has."""

from __future__ import annotations

from ml_connector.sandbox.zoho import (
    chart,
    contacts,
    creditnotes,
    currencies,
    customfields,
    hooksettings,
    invoiceactions,
    invoices,
    items,
    journals,
    locks,
    organizations,
    payments,
    persons,
    taxes,
)

ROUTES = [
    *organizations.ROUTES,
    *contacts.ROUTES,
    *persons.ROUTES,
    *items.ROUTES,
    *invoices.ROUTES,
    *invoiceactions.ROUTES,
    *payments.ROUTES,
    *creditnotes.ROUTES,
    *currencies.ROUTES,
    *taxes.ROUTES,
    *chart.ROUTES,
    *customfields.ROUTES,
    *locks.ROUTES,
    *hooksettings.ROUTES,
    *journals.ROUTES,
]
