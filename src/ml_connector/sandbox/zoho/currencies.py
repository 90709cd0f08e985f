"""Currencies and their exchange rates.

Source: Zoho Books API v3, currency.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Currency, ExchangeRate
from ml_connector.sandbox.zoho.refusals import Refusal, invalid_value, missing
from ml_connector.sandbox.zoho.values import day, number, parse_day, required, text

WORLD = {
    "AED": ("UAE Dirham", "AED", 2),
    "AUD": ("Australian Dollar", "$", 2),
    "BHD": ("Bahraini Dinar", "BD", 3),
    "CAD": ("Canadian Dollar", "$", 2),
    "CHF": ("Swiss Franc", "CHF", 2),
    "CNY": ("Yuan Renminbi", "CNY", 2),
    "DKK": ("Danish Krone", "kr", 2),
    "EUR": ("Euro", "€", 2),
    "GBP": ("Pound Sterling", "£", 2),
    "INR": ("Indian Rupee", "₹", 2),
    "JPY": ("Japanese Yen", "¥", 0),
    "KWD": ("Kuwaiti Dinar", "KD", 3),
    "MXN": ("Mexican Peso", "$", 2),
    "NOK": ("Norwegian Krone", "kr", 2),
    "NZD": ("New Zealand Dollar", "$", 2),
    "OMR": ("Omani Rial", "OMR", 3),
    "SAR": ("Saudi Riyal", "SAR", 2),
    "SEK": ("Swedish Krona", "kr", 2),
    "SGD": ("Singapore Dollar", "$", 2),
    "USD": ("United States Dollar", "$", 2),
    "ZAR": ("South African Rand", "R", 2),
}


def add(org: Organization, code: str, rate: Decimal | None = None, *, base: bool = False) -> Currency:
    """A currency with its usual decimals, and a first exchange rate."""
    name, symbol, places = WORLD.get(code, (code, code, 2))
    format_ = "1,234,567" if places == 0 else "1,234,567." + "890"[:places]
    currency = Currency(org.new_id(), code, f"{code}- {name}", symbol, places, format_, base)
    if rate is not None:
        currency.rates.append(ExchangeRate(org.new_id(), date(2020, 1, 1), rate))
    org.currencies[currency.currency_id] = currency
    return currency


def _view(org: Organization, currency: Currency) -> dict[str, Any]:
    rate = None if currency.is_base else _latest(currency, org.today())
    return {
        "currency_id": currency.currency_id,
        "currency_code": currency.code,
        "currency_name": currency.name,
        "currency_symbol": currency.symbol,
        "price_precision": currency.places,
        "currency_format": currency.format,
        "is_base_currency": currency.is_base,
        "exchange_rate": rate.rate if rate else 0,
        "effective_date": rate.effective_date.isoformat() if rate else "",
    }


def _latest(currency: Currency, today: date) -> ExchangeRate | None:
    known = [rate for rate in currency.rates if rate.effective_date <= today]
    return max(known, key=lambda rate: rate.effective_date) if known else None


def list_all(call: Call) -> Response:
    """`GET /settings/currencies`."""
    currencies = list(call.org.currencies.values())
    if call.query.get("filter_by") == "Currencies.ExcludeBaseCurrency":
        currencies = [currency for currency in currencies if not currency.is_base]
    return success(currencies=[_view(call.org, currency) for currency in currencies])


def _get(call: Call, currency_id: str) -> Currency:
    currency = call.org.currencies.get(currency_id)
    if currency is None:
        raise missing("Currency does not exist.")
    return currency


def show(call: Call) -> Response:
    """`GET /settings/currencies/{id}`."""
    return success(currency=_view(call.org, _get(call, call.id)))


def create(call: Call) -> Response:
    """`POST /settings/currencies`."""
    org, body = call.org, call.body
    required(body, "currency_code", "currency_format")
    code = text(body, "currency_code", 3)
    if code not in WORLD:
        raise invalid_value("currency_code")
    if any(currency.code == code for currency in org.currencies.values()):
        raise Refusal(400, 1001, f"Currency {code} already exists.")
    symbol = text(body, "currency_symbol", 4)
    currency = add(org, code)
    currency.symbol = symbol or currency.symbol
    currency.format = text(body, "currency_format", 50)
    return success("The currency has been added.", status=201, currency=_view(org, currency))


def update(call: Call) -> Response:
    """`PUT /settings/currencies/{id}`."""
    currency = _get(call, call.id)
    currency.symbol = text(call.body, "currency_symbol", 4, currency.symbol)
    currency.format = text(call.body, "currency_format", 50, currency.format)
    return success("Currency information has been saved.", currency=_view(call.org, currency))


def delete(call: Call) -> Response:
    """`DELETE /settings/currencies/{id}`: not one that is used, nor the base."""
    org, currency = call.org, _get(call, call.id)
    documents: list[Any] = [
        *org.contacts.values(),
        *org.invoices.values(),
        *org.payments.values(),
        *org.creditnotes.values(),
    ]
    if currency.is_base or any(one.currency_id == currency.currency_id for one in documents):
        raise org.refusal("in_use", document="currency")
    del org.currencies[currency.currency_id]
    return success("The currency has been deleted.")


# -- exchange rates -----------------------------------------------------------------------


def _rate_view(currency: Currency, rate: ExchangeRate) -> dict[str, Any]:
    return {
        "exchange_rate_id": rate.exchange_rate_id,
        "currency_id": currency.currency_id,
        "currency_code": currency.code,
        "effective_date": rate.effective_date.isoformat(),
        "rate": rate.rate,
    }


def list_rates(call: Call) -> Response:
    """`GET /settings/currencies/{id}/exchangerates`, from a day on or the current one only."""
    currency = _get(call, call.id)
    rates = sorted(currency.rates, key=lambda rate: rate.effective_date, reverse=True)
    since = parse_day(call.query.get("from_date", ""))
    if call.asked("is_current_date"):
        latest = _latest(currency, call.org.today())
        rates = [latest] if latest else []
    elif since is not None:
        rates = [rate for rate in rates if rate.effective_date >= since]
    return success(exchange_rates=[_rate_view(currency, rate) for rate in rates])


def create_rate(call: Call) -> Response:
    """`POST /settings/currencies/{id}/exchangerates`."""
    currency = _get(call, call.id)
    rate = number(call.body, "rate")
    if rate <= 0 or currency.is_base:
        raise invalid_value("rate")
    made = ExchangeRate(call.org.new_id(), day(call.body, "effective_date", call.org.today()), rate)
    currency.rates = [r for r in currency.rates if r.effective_date != made.effective_date] + [made]
    return success("The exchange rate has been added.", status=201, exchange_rate=_rate_view(currency, made))


def _rate(call: Call) -> tuple[Currency, ExchangeRate]:
    currency = _get(call, call.ids[0])
    for rate in currency.rates:
        if rate.exchange_rate_id == call.id:
            return currency, rate
    raise missing("Exchange rate does not exist.")


def show_rate(call: Call) -> Response:
    """`GET /settings/currencies/{id}/exchangerates/{id}`."""
    return success(exchange_rate=_rate_view(*_rate(call)))


def update_rate(call: Call) -> Response:
    """`PUT /settings/currencies/{id}/exchangerates/{id}`."""
    _, rate = _rate(call)
    value = number(call.body, "rate", rate.rate)
    if value <= 0:
        raise invalid_value("rate")
    rate.effective_date = day(call.body, "effective_date", rate.effective_date)
    rate.rate = value
    return success("The exchange rate has been updated.")


def delete_rate(call: Call) -> Response:
    """`DELETE /settings/currencies/{id}/exchangerates/{id}`."""
    currency, rate = _rate(call)
    currency.rates = [one for one in currency.rates if one is not rate]
    return success("Exchange rate successfully deleted")


_RATES = "/settings/currencies/{}/exchangerates"
ROUTES = [
    Route("GET", "/settings/currencies", "settings.READ", list_all),
    Route("POST", "/settings/currencies", "settings.CREATE", create),
    Route("GET", "/settings/currencies/{}", "settings.READ", show),
    Route("PUT", "/settings/currencies/{}", "settings.UPDATE", update),
    Route("DELETE", "/settings/currencies/{}", "settings.DELETE", delete),
    Route("GET", _RATES, "settings.READ", list_rates),
    Route("POST", _RATES, "settings.CREATE", create_rate),
    Route("GET", _RATES + "/{}", "settings.READ", show_rate),
    Route("PUT", _RATES + "/{}", "settings.UPDATE", update_rate),
    Route("DELETE", _RATES + "/{}", "settings.DELETE", delete_rate),
]
