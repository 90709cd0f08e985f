"""Numbers, money and moments as people read them.

The words of the console are English, so its figures follow an English locale: the reader's own (`en-IN`), else that of
the examples, `en-GB`. Moments are shown in one zone, the organisation's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal

from ml_connector.domain.money import Money, places

_DEFAULT = Locale.parse("en_GB")
_MINUS = "\N{MINUS SIGN}"
_NARROW = "\N{NARROW NO-BREAK SPACE}"


def locale_of(accept_language: str) -> Locale:
    """The reader's own English, from the header that browsers send."""
    for part in accept_language.split(","):
        tag = part.split(";")[0].strip()
        if tag.lower().startswith("en-"):
            try:
                return Locale.parse(tag, sep="-")
            except (UnknownLocaleError, ValueError):
                continue
    return _DEFAULT


@dataclass(frozen=True, slots=True)
class Formats:
    """One reader's way of writing. `now` is the moment of the page."""

    locale: Locale
    zone: ZoneInfo
    now: datetime

    # -- numbers ------------------------------------------------------------------------------

    def count(self, number: float) -> str:
        """`1,180`."""
        return self._signed(format_decimal(round(number), format="#,##0", locale=self.locale))

    def amount(self, money: Money) -> str:
        """`8,072.55`, with the currency's places and a real minus sign."""
        return self.decimal(money.rounded().amount, places(money.currency))

    def decimal(self, value: Decimal, decimals: int) -> str:
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return self._signed(format_decimal(value, format=pattern, locale=self.locale, decimal_quantization=True))

    def said(self, money: Money) -> str:
        """As sentences say it: `EUR 388.20`."""
        return f"{money.currency}\N{NO-BREAK SPACE}{self.amount(money)}"

    def sums(self, monies: Iterable[Money]) -> str:
        """Several currencies in a sentence; they are never added up."""
        return " and ".join(self.said(money) for money in monies)

    def per_cent(self, fraction: Decimal) -> str:
        """`25.5 %` for 0.255."""
        value = (fraction * 100).normalize()
        return f"{self._signed(f'{value:f}')}{_NARROW}%"

    def _signed(self, text: str) -> str:
        return text.replace("-", _MINUS)

    # -- moments ------------------------------------------------------------------------------

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    @property
    def today(self) -> date:
        return self.local(self.now).date()

    def utc(self, moment: datetime) -> str:
        """For `<time datetime>`."""
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def clock(self, moment: datetime) -> str:
        """`10:42`."""
        return f"{self.local(moment):%H:%M}"

    def seconds(self, moment: datetime) -> str:
        """`10:07:31`, for timelines."""
        return f"{self.local(moment):%H:%M:%S}"

    def day(self, day: date | datetime) -> str:
        """`24 November`, with the year only when it is another."""
        day = self._day(day)
        pattern = "d MMMM" if day.year == self.today.year else "d MMMM y"
        return format_date(day, pattern, locale=self.locale)

    def weekday(self, day: date | datetime) -> str:
        """`Tuesday 24 November`."""
        return f"{format_date(self._day(day), 'EEEE', locale=self.locale)} {self.day(day)}"

    def short_day(self, day: date | datetime) -> str:
        """`26 Oct`."""
        return format_date(self._day(day), "d MMM", locale=self.locale)

    def short_weekday(self, day: date | datetime) -> str:
        """`Mon 26 Oct`."""
        return f"{format_date(self._day(day), 'EEE', locale=self.locale)} {self.short_day(day)}"

    def brief(self, moment: datetime) -> str:
        """The clock today, else the day: `10:42` or `3 Nov`."""
        if self._day(moment) == self.today:
            return self.clock(moment)
        return format_date(
            self._day(moment),
            "d MMM" if self._day(moment).year == self.today.year else "d MMM y",
            locale=self.locale,
        )

    def stamp(self, moment: datetime) -> str:
        """In a timeline: `10:07:31` today, `3 Nov 10:07` on another day."""
        if self._day(moment) == self.today:
            return self.seconds(moment)
        return f"{self.short_day(moment)} {self.clock(moment)}"

    def at(self, moment: datetime) -> str:
        """In a sentence: `10:42`, or `3 November, 10:42`."""
        clock = self.clock(moment)
        return clock if self._day(moment) == self.today else f"{self.day(moment)}, {clock}"

    def place(self, moment: datetime) -> str:
        """On top of a page: `Today, 10:42`."""
        clock = self.clock(moment)
        return f"{'Today' if self._day(moment) == self.today else self.day(moment)}, {clock}"

    def read(self, text: str) -> datetime:
        """A moment that is written as the API writes it."""
        return datetime.fromisoformat(text)

    @property
    def zone_name(self) -> str:
        """`Dublin`, from Europe/Dublin."""
        return self.zone.key.rsplit("/", 1)[-1].replace("_", " ")

    def ago(self, seconds: float) -> str:
        """`3 minutes`; whole units, never more than one."""
        for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
            if seconds >= size:
                number = int(seconds // size)
                return f"{number} {unit}{'' if number == 1 else 's'}"
        return "less than a minute" if seconds < 5 else f"{int(seconds)} seconds"

    def _day(self, value: date | datetime) -> date:
        return self.local(value).date() if isinstance(value, datetime) else value


def number_of(count: int, one: str, many: str | None = None) -> str:
    """`1 order`, `4 orders`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def in_words(count: int) -> str:
    """Small numbers at the beginning of a sentence: `Four`."""
    words = "No One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve".split()
    return words[count] if count < len(words) else f"{count:,}"
