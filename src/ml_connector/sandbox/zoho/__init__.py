"""Zoho, simulated: Zoho Accounts and Zoho Books in every region, as one small strict company.

Written from Zoho's own documentation and from answers that developers published; it imports
nothing of ml-connector outside `ml_connector.sandbox`. State is in memory, the clock and the seed
are given, and the same seed with the same requests gives the same answers.

Without a socket::

    company = ZohoCompany(clock=lambda: moment, seed=7)       # api_domain="http://…" to change it
    org = company.organization("uk")                          # one of regions.REGIONS
    org = company.organization("eu", "eu", currency_code="EUR", time_zone="Europe/Berlin", registered=True)
    client = company.client(["http://127.0.0.1:8000/oauth/zoho/callback"])   # client_id, secrets[region]
    refresh_token = company.connect(client)                   # as a self client; no browser needed
    answer = company.handle(Request("GET", "/books/v3/organizations", (), headers))
                                                              # Response | NoAnswer | Slow

`org.switches` holds preferences, readings of what is undocumented, and limits (see
`switches.Switches`; `org.switches.set(list_lag_s=30.0)`). `org.account("PayPal")`,
`org.tax("Standard Rate")`, `org.currency("USD")` find seeded masters by name.

`company.books(org)` reads the books past the API (`readmodel.Books`): `contacts()`, `items()`,
`invoices()`, `payments()`, `creditnotes()` as API details; `find("invoices", value)` by custom field;
`net_by_account()`, `net_by_account_and_currency()` (debit positive), `net_by_tax()`,
`net_by_tax_and_currency()` (owed positive), `balance_of(contact_id)`, `balances()`,
`trial_balance()`, `postings`, `mails`, `as_json()`.

`company.human(org)` is a person in Zoho's screens (`humans.Human`): `edit_invoice(id, **body)`,
`delete_invoice`, `void_invoice`, `send_invoice`, `view_invoice`, `lock_invoice(id, reason)`, `delete_payment`,
`delete_creditnote`, `edit_contact(id, name=, email=, status=, …)`, `delete_contact`,
`merge_contacts(gone_id, into_id)`, `deactivate_contact`, `deactivate_item`, `deactivate_account(name)`,
`add_account(name, kind, currency)`, `add_custom_field(entity, label, api_name, unique=, values=)`,
`remove_custom_field(entity, api_name)`, `lock_until(day)`, `unlock()`.

Faults: `company.fault("commit_then_no_answer", method="PUT", path="/invoices", times=1)`, or
`company.faults.add(faults.Fault(...))`; `company.faults.clear()`. Kinds: `no_answer_before_commit`,
`commit_then_no_answer`, `500_before_commit`, `500_after_commit`, `503`, `slow`, `slow_then_no_answer`, `401`,
`429_minute`, `429_day`, `429_in_flight`, `429_block`, `200_with_error`, `not_json`, `access_denied`,
`invalid_code`. Each takes `method`, `path` (shell pattern without region and `/books/v3`), `times` (None:
for ever), `after` (leave that many alone), `probability`, `commit`, `cut`, `seconds`, `body_contains`.

OAuth: `company.signed_in` (whose browser consents), `company.refuse_consent`, `company.api_domain`,
`company.accounts_servers` (`accounts-server` by region), `company.limits` (token ceilings);
`company.centres[region]` has `expire_access_tokens()`, `revoke(token)`.

Webhooks go out through `company.due_deliveries(now)` and `company.delivered(organization_id,
delivery_id, status)`; `company.log` is every request without its secrets; `company.ahead` puts the
company's clock forward; `company.reset()` starts from the seed again.

On a port: `await server.start(company, host, port)` serves accounts servers and API of every region
and makes the webhook calls; `.url`, `await .close()`. `/{region}/oauth/v2/…` and `/{region}/books/v3/…`
address one data centre; without the prefix the token, or else the client, tells which.

Control API (JSON; 400 with `{"error": sentence}` when something is wrong with a request):

=======================================  ===============================================================
`GET /_sandbox/health`                   `{"ok", "organizations"}`
`GET /_sandbox/books?organization_id=`   contacts, items, invoices, payments, creditnotes, mails, and
                                         `ledger` {accounts, taxes: name → net in base currency;
                                         accounts_by_currency, taxes_by_currency, contacts: rows}
`GET /_sandbox/credentials`              clients with secrets, users, organisations
`POST /_sandbox/clients`                 `{"redirect_uris", "home", "regions", "client_id", "client_secret"}`,
                                         all optional
`POST /_sandbox/connect`                 `{"region", "client_id", "scopes"}`, all optional → refresh token
`POST /_sandbox/organizations`           `{"region", "edition", …profile}` → organization_id
`GET|DELETE /_sandbox/faults`            what waits and which kinds exist; forget all
`POST /_sandbox/faults`                  `{"kind", …}` or `{"status", "body", "headers", …}` with method, path,
                                         times, after, probability, commit, cut, seconds, body_contains;
                                         several under `{"faults": […]}`
`GET /_sandbox/settings`                 all switches by organisation
`POST /_sandbox/settings`                `{"organization_id" (else all), <switch>: value, …}`; also
                                         refuse_consent, api_domain, signed_in (user id), accounts_servers
`POST /_sandbox/human`                   `{"organization_id", "act": "edit_invoice", "with": {…arguments}}`
`POST /_sandbox/tokens`                  `{"do": "expire"}` (default) or `"revoke"`
`POST /_sandbox/clock`                   `{"forward_s": 3600}`
`GET /_sandbox/requests?after=`          `{"count", "requests": […]}`; leaves out the first `after`
`GET /_sandbox/deliveries`               webhook calls `waiting` and `made`
`POST /_sandbox/reset`                   `{"keep": true}`: only faults and log; else everything
=======================================  ===============================================================
"""

from ml_connector.sandbox.zoho.company import ZohoCompany

__all__ = ["ZohoCompany"]
