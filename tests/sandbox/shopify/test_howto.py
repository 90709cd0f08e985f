"""Every command of the how-to page works as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.sandbox.shopify.scene import Clock

from ml_connector.sandbox.http import Request, Response
from ml_connector.sandbox.shopify import ShopifyCompany
from ml_connector.sandbox.shopify.server import router

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "sandbox-shopify.md"
AN_ORDER = '{"id": 42, "name": "#42", "currency": "EUR", "created_at": "2026-11-20T10:00:00+01:00", "line_items": []}'


def commands() -> list[list[str]]:
    text = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))
    text = text.replace("$(cat order.json)", AN_ORDER.replace('"', '\\"'))
    text = text.replace("$SHOPIFY", "").replace("$ACME", "/_sandbox/shops/acme.myshopify.com")
    found = re.findall(r"^curl .*?(?=\n\n|\ncurl|\Z|\n#)", text, re.MULTILINE | re.DOTALL)
    return [shlex.split(one) for one in found]


def request(words: list[str]) -> Request:
    method = words[words.index("-X") + 1] if "-X" in words else "GET"
    body = words[words.index("-d") + 1] if "-d" in words else ""
    path = next(word for word in words if word.startswith("/_sandbox"))
    return Request(method, path, body=body.encode())


def test_the_commands_of_the_page_are_answered() -> None:
    handle = router(ShopifyCompany(Clock()))
    refused = []

    for words in commands():
        answer = handle(request(words))
        assert isinstance(answer, Response)
        if answer.status != 200:
            refused.append((words, answer.body))

    assert refused == []
    assert len(commands()) > 15
