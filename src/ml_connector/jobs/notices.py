"""Telling people, by mail and by whatever else is set, what is wrong and when it is over: each once.

Claimed before it is sent: a process that dies in between tells nobody twice, and the screens show the notice anyway.
What a mail server surely refused is tried again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from html import escape

import structlog

from ml_connector.jobs.summary.sending import Post
from ml_connector.net.mail import Mail, MailInDoubt, MailRefused
from ml_connector.store import Store
from ml_connector.store.telling import News

log = structlog.get_logger(__name__)

AGAIN_S = 600.0
"""After a refusal by the mail server."""
PATIENCE = timedelta(hours=2)
"""So long chats and the like wait for a mail server that refuses; then they are told without it."""
_KINDS = {"error": "needs you", "warning": "to know"}


@dataclass(frozen=True, slots=True)
class Words:
    """What is said about one notice."""

    title: str
    text: str


def words(news: News, home: str = "") -> Words:
    """The title says whose it is and whether it begins or is over; the text what to do.

    Args:
        home: Where the console is, put below; empty leaves it out.
    """
    whose = f"{news.connection}: " if news.connection else ""
    if news.over:
        title = f"{whose}over: {_first_sentence(news.text)}"
        lines = [f"This is over since {news.at:%Y-%m-%d %H:%M %Z}:", "", news.text, "", "Nothing has to be done."]
    else:
        title = f"{whose}{_KINDS.get(news.severity, 'to know')}: {_first_sentence(news.text)}"
        lines = [news.text, "", f"What to do: {news.fix}" if news.fix else "Nothing has to be done."]
    return Words(title, "\n".join([*lines, *(["", home] if home else [])]))


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")[:150]


async def tell(store: Store, post: Post) -> int:
    """Tell what nobody was told of yet; how many were told. Called every half minute, one query when there is nothing.

    Without a mail server, recipients or other targets nothing is claimed: it is told when there are some.
    """
    if post.mail is None and post.targets is None:
        return 0
    async with store.at_once() as tx:
        waiting = await store.telling.waiting(tx)
    return sum([await _told(store, post, news) for news in waiting])


async def _told(store: Store, post: Post, news: News) -> bool:
    to = _recipients(post, news)
    if not to and post.targets is None:
        return False
    async with store.at_once() as tx:
        if not await store.telling.claim(tx, news):
            return False
        now = await store.now()
    said = words(news, post.home)
    mailed = await _mailed(post, said, to, news)
    if not mailed and (post.targets is None or now - news.at < PATIENCE):
        async with store.at_once() as tx:
            await store.telling.give_back(tx, news, again_in_s=AGAIN_S)
        return False
    if post.targets is not None:
        for answered in await post.targets.send(said.title, said.text):
            if not answered.confirmed:
                log.warning("notice.not_confirmed", target=answered.name, code=news.code)
    log.info("notice.told", connection=news.connection, code=news.code, over=news.over)
    return True


def _recipients(post: Post, news: News) -> tuple[str, ...]:
    """Those of the mail server's setting, and those who get the connection's summaries."""
    return () if post.mail is None else tuple(dict.fromkeys([*post.mail.to, *news.recipients]))


async def _mailed(post: Post, said: Words, to: tuple[str, ...], news: News) -> bool:
    """False: surely nobody got it. An answer that did not come counts as sent, because nobody is told twice."""
    if post.mail is None or not to:
        return True
    shown = f"<pre style='white-space:pre-wrap;font:inherit'>{escape(said.text)}</pre>"
    identity = f"<notice.{news.id}.{'over' if news.over else 'open'}@ml-connector>"
    try:
        refused = await post.mail.send(Mail(said.title, said.text, shown, to, identity))
    except MailRefused as trouble:
        log.warning("notice.refused", code=news.code, text=trouble.text)
        return False
    except MailInDoubt as trouble:
        log.warning("notice.in_doubt", code=news.code, text=trouble.text)
        return True
    for name, why in refused.items():
        log.warning("notice.recipient_refused", recipient=name, text=why)
    return True
