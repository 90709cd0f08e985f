"""What Zoho refuses or fails to answer; each class answers three questions.

ZohoTrouble
 ├─ NotSent                    nothing left this machine
 │   └─ PermitExpired          the permit's moment had passed before the request could leave
 ├─ AnswerLost                 the request left and no answer came; Zoho may have written it
 │   └─ ReadLost               the same for a question, which can simply be asked again
 ├─ InternalError              Zoho's own fault (9, 1000, 5xx) at a write
 │   └─ ReadFailed             the same for a question
 ├─ UnexpectedAnswer           an answer to a write that we cannot read
 │   └─ UnexpectedReadAnswer   the same for a question
 ├─ RateLimited                refused for volume, before doing anything
 │   ├─ MinuteLimit (44)  DayLimit (45)  InFlightLimit (1070)  Blocked (43)
 ├─ ConnectionTrouble          every call of this connection would fail
 │   ├─ Unauthorised (57, 14)  ConnectionRevoked  PermissionMissing
 │   └─ WrongOrganisation (6041)  NoOrganisation (9017)  TrialOver (103001)  UnknownTimeZone
 ├─ NotFound (1002, 5)         the record is gone
 ├─ Occupied                   something holds this name, number or mark already: look before sending again
 │   └─ NameTaken (3062)  ItemExists (1001)  DuplicateValue
 ├─ Refused                    for good, as things are: a person decides
 │   ├─ NumberMismatch (4097)  PeriodLocked  TaxesOff (110817, 110942)  WrongTaxKind (3032)
 │   ├─ TooLong (15)  FieldNotAllowed (8)  FieldRefused (4, 2)  OverApplied (24016)
 │   ├─ RecordInactive  AccountRefused  CurrencyRefused  UniqueFieldMissing  TakenByAnother
 │   └─ StateForbids  RecordInUse (3000)  LinesLocked (36023)
 └─ OurRequestWrong (37, "Invalid URL")   no such path or method: our bug

What OAuth refuses is in `oauth_errors`. Source: Zoho Books API v3, Errors; answers recorded by others.
"""

from __future__ import annotations

from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote


class ZohoTrouble(Trouble):
    """Anything between us and Zoho that did not go as wanted.

    Attributes:
        vendor_code: Zoho's `code`; None when no answer or no code was readable.
        vendor_message: Zoho's own words, for the person who reads the attempt. Never matched by programs.
        status: HTTP status of the answer; None without one.
        key: The stable key of the document that was being made; empty for questions.
    """

    code = "zoho_trouble"
    wrote = Wrote.UNKNOWN
    remedy = Remedy.ASK_FIRST
    acts = Acts.NOBODY
    default_fix = ""

    def __init__(
        self,
        text: str,
        *,
        fix: str | None = None,
        retry_after_s: float | None = None,
        vendor_code: int | None = None,
        vendor_message: str = "",
        status: int | None = None,
        key: str = "",
    ) -> None:
        said = f"{text} ({vendor_code})" if vendor_code is not None else text
        super().__init__(said, fix=self.default_fix if fix is None else fix, retry_after_s=retry_after_s)
        self.vendor_code = vendor_code
        self.vendor_message = vendor_message
        self.status = status
        self.key = key


class NotSent(ZohoTrouble):
    """Nothing left this machine: no name, no connection."""

    code = "zoho_not_sent"
    wrote = Wrote.NO
    remedy = Remedy.LATER


class PermitExpired(NotSent):
    """The permit's moment had passed before the request could leave, so it did not leave."""

    code = "permit_expired"


class AnswerLost(ZohoTrouble):
    """The request left and no whole answer came; Zoho may have carried it out."""

    code = "answer_lost"
    wrote = Wrote.UNKNOWN
    remedy = Remedy.ASK_FIRST


class ReadLost(AnswerLost):
    """A question left and no answer came; it can simply be asked again."""

    code = "read_lost"
    wrote = Wrote.NO
    remedy = Remedy.LATER


class InternalError(ZohoTrouble):
    """Zoho failed inside while it handled a write, before or after writing it."""

    code = "zoho_internal"
    wrote = Wrote.UNKNOWN
    remedy = Remedy.ASK_FIRST


class ReadFailed(InternalError):
    """Zoho failed inside while it answered a question."""

    code = "zoho_read_failed"
    wrote = Wrote.NO
    remedy = Remedy.LATER


class UnexpectedAnswer(ZohoTrouble):
    """An answer to a write that does not say what happened: not JSON, a redirect, a success without a record."""

    code = "zoho_unexpected_answer"
    wrote = Wrote.UNKNOWN
    remedy = Remedy.ASK_FIRST


class UnexpectedReadAnswer(UnexpectedAnswer):
    """An answer to a question that we cannot read."""

    code = "zoho_unexpected_read_answer"
    wrote = Wrote.NO
    remedy = Remedy.LATER


class RateLimited(ZohoTrouble):
    """Zoho refused for volume, before doing anything."""

    code = "rate_limited"
    wrote = Wrote.NO
    remedy = Remedy.LATER


class MinuteLimit(RateLimited):
    """More than the organisation's 100 calls in a minute."""

    code = "minute_limit"


class DayLimit(RateLimited):
    """The organisation's calls for today are used up."""

    code = "day_limit"


class InFlightLimit(RateLimited):
    """Too many calls at the same time."""

    code = "in_flight_limit"


class Blocked(RateLimited):
    """A burst made Zoho block us for an hour."""

    code = "zoho_blocked"


class ConnectionTrouble(ZohoTrouble):
    """Every call of this connection would fail: pause it, use up no attempts, raise one notice."""

    code = "zoho_connection"
    wrote = Wrote.NO
    remedy = Remedy.CONNECTION
    acts = Acts.OPERATOR


class Unauthorised(ConnectionTrouble):
    """Zoho did not accept the token for this call; why is not known yet."""

    code = "zoho_unauthorised"
    default_fix = "Connect Zoho again; no order is lost."


class ConnectionRevoked(ConnectionTrouble):
    """The connection was ended in Zoho, or pushed out by newer ones."""

    code = "connection_revoked"
    default_fix = "Connect Zoho again; no order is lost."


class PermissionMissing(ConnectionTrouble):
    """The token works, but its user or its scopes may not do this."""

    code = "permission_missing"
    acts = Acts.MERCHANT_IN_ZOHO
    default_fix = "Give the connected user the right to this module in Zoho, then connect again."


class WrongOrganisation(ConnectionTrouble):
    """The connected user does not belong to the organisation."""

    code = "wrong_organisation"
    default_fix = "Choose another organisation, or have this user invited to it in Zoho."


class NoOrganisation(ConnectionTrouble):
    """The connected user belongs to no organisation at all."""

    code = "no_organisation"
    acts = Acts.MERCHANT_IN_ZOHO
    default_fix = "Create an organisation in Zoho Books, or connect with a user who has one."


class TrialOver(ConnectionTrouble):
    """Zoho refuses every call until the organisation has a paid plan."""

    code = "trial_over"
    acts = Acts.MERCHANT_IN_ZOHO
    default_fix = "Choose a plan in Zoho Books; posting goes on by itself."


class UnknownTimeZone(ConnectionTrouble):
    """The organisation's time zone has a name that we do not know, and every document's day depends on it."""

    code = "unknown_time_zone"
    acts = Acts.MERCHANT_IN_ZOHO
    default_fix = "Choose a time zone by its city in the organisation's profile in Zoho."


class NotFound(ZohoTrouble):
    """The record that the request names is gone or out of reach; also said of an account."""

    code = "zoho_not_found"
    wrote = Wrote.NO
    remedy = Remedy.PERSON
    acts = Acts.OPERATOR
    default_fix = "Look in Zoho whether it was deleted, then decide whether to post it again."


class Occupied(ZohoTrouble):
    """Something in Zoho holds this already; nothing was written, and it may be ours."""

    code = "occupied"
    wrote = Wrote.NO
    remedy = Remedy.ASK_FIRST


class NameTaken(Occupied):
    """A contact with this name exists."""

    code = "name_taken"


class ItemExists(Occupied):
    """An item with this name or SKU exists."""

    code = "item_exists"


class DuplicateValue(Occupied):
    """A record with this number, or with this value in a field without duplicates, exists."""

    code = "duplicate_value"


class Refused(ZohoTrouble):
    """Zoho refused for good, as things are. Sending the same again would be refused again."""

    code = "zoho_refused"
    wrote = Wrote.NO
    remedy = Remedy.PERSON
    acts = Acts.OPERATOR
    default_fix = "Read Zoho's words in the attempt, settle what they name, then post again."


class NumberMismatch(Refused):
    """Our own number was sent while Zoho numbers by itself."""

    code = "number_mismatch"
    default_fix = "Let Zoho number the invoices, or switch its own numbering off."


class TakenByAnother(Refused):
    """The number or value belongs to a record in Zoho that is not ours."""

    code = "taken_by_another"
    default_fix = (
        "Find the record in Zoho. If somebody typed this order by hand, exclude it here or delete that record; if not, "
        "give that record another number. Then post again."
    )


class PeriodLocked(Refused):
    """The document's date lies in a period that Zoho has locked."""

    code = "period_locked"
    acts = Acts.MERCHANT_IN_ZOHO
    default_fix = "Unlock the period in Zoho, or let the policy take the next open day."


class TaxesOff(Refused):
    """Taxes are not switched on in the organisation."""

    code = "taxes_off"
    acts = Acts.MERCHANT_IN_ZOHO
    default_fix = "Switch taxes on in Zoho, or choose how tax is posted without them."


class WrongTaxKind(Refused):
    """India: a tax within a state was used between states, or the other way round."""

    code = "wrong_tax_kind"
    default_fix = "Compare the place of supply with the tax that Shopify charged, and correct the mapping."


class TooLong(Refused):
    """A text is longer than Zoho takes here."""

    code = "too_long"
    acts = Acts.US
    default_fix = "Shorten the text that Zoho names, then post again."


class FieldNotAllowed(Refused):
    """The organisation's edition or settings do not know this field."""

    code = "field_not_allowed"
    default_fix = "Compare the organisation's edition and settings in Zoho with the policy."


class FieldRefused(Refused):
    """A value is not one that Zoho takes here."""

    code = "field_refused"
    default_fix = "Correct the value that Zoho names, then post again."


class OverApplied(Refused):
    """More was to be applied than the document still owes."""

    code = "over_applied"
    default_fix = "Look at the invoice in Zoho: somebody else may have recorded the money."


class RecordInactive(Refused):
    """An account, item or contact that the document uses is inactive."""

    code = "record_inactive"
    acts = Acts.MERCHANT_IN_ZOHO
    default_fix = "Activate it in Zoho or choose another, then post again."


class AccountRefused(Refused):
    """An account is not there, or is not of a kind that Zoho takes here."""

    code = "account_refused"
    default_fix = "Choose another account in the policy, then post again."


class UniqueFieldMissing(Refused):
    """The policy's unique field is not in this module, or does not forbid duplicates."""

    code = "unique_field_missing"
    acts = Acts.MERCHANT_IN_ZOHO
    default_fix = "Make the field in Zoho and let it prevent duplicate values, or choose another in the policy."


class CurrencyRefused(Refused):
    """The currency does not fit the contact, the account or the organisation."""

    code = "currency_refused"
    default_fix = "Compare the currencies of the contact and of the account with the document's."


class StateForbids(Refused):
    """The document is a draft, void or paid, and Zoho does not allow this in that state."""

    code = "state_forbids"
    default_fix = "Look at the document in Zoho: its state has changed."


class RecordInUse(Refused):
    """It cannot be removed, because documents use it."""

    code = "record_in_use"


class LinesLocked(Refused):
    """The lines cannot change any more, because they were invoiced."""

    code = "lines_locked"


class OurRequestWrong(ZohoTrouble):
    """No such path or method in Zoho: our fault."""

    code = "our_request_wrong"
    wrote = Wrote.NO
    remedy = Remedy.BUG
    acts = Acts.US
    default_fix = "Tell us; nothing was written."
