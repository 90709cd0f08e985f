"""The sender against real sockets on loopback: what leaves, what comes back, and what is known when nothing does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from ml_connector.net import AnswerLost, HttpRequest, NotSent
from ml_connector.net.aiohttp_sender import AiohttpSender

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def sender() -> AsyncIterator[AiohttpSender]:
    async with AiohttpSender() as made:
        yield made


class Server:
    """A server on loopback which does as the test says and counts."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bytes]] = []
        self.handler: Handler | None = None
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.raw_path, await request.read()))
        if self.handler is None:
            return web.Response(body=b"ok", headers={"X-Said": "yes"})
        return await self.handler(request)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    made.url = f"http://{host}:{port}"
    yield made
    await runner.cleanup()


async def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def test_what_leaves_is_what_was_built_and_what_comes_back_is_whole(
    sender: AiohttpSender, server: Server
) -> None:
    request = HttpRequest("PUT", f"{server.url}/a?name=%231001&at=%2B05", {"Content-Type": "application/json"}, b"{}")

    answer = await sender(request, timeout_s=5)

    assert server.seen == [("PUT", "/a?name=%231001&at=%2B05", b"{}")]
    assert (answer.status, answer.body, answer.headers["x-said"]) == (200, b"ok", "yes")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_a_cut_connection_is_an_answer_lost_and_nothing_is_sent_twice(
    sender: AiohttpSender, server: Server, method: str
) -> None:
    await sender(HttpRequest("GET", f"{server.url}/kept"), timeout_s=5)
    server.handler = cut

    with pytest.raises(AnswerLost):
        await sender(HttpRequest(method, f"{server.url}/once"), timeout_s=5)

    assert [path for _, path, _ in server.seen] == ["/kept", "/once"]


async def test_a_server_that_does_not_answer_in_time_is_an_answer_lost(sender: AiohttpSender, server: Server) -> None:
    released = asyncio.Event()

    async def wait(_request: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    server.handler = wait

    with pytest.raises(AnswerLost):
        await sender(HttpRequest("POST", f"{server.url}/slow"), timeout_s=0.05)

    released.set()


async def test_nobody_listening_means_that_nothing_was_sent(sender: AiohttpSender, unused_tcp_port: int) -> None:
    with pytest.raises(NotSent):
        await sender(HttpRequest("POST", f"http://127.0.0.1:{unused_tcp_port}/"), timeout_s=5)


async def test_a_redirect_is_an_answer_and_not_a_detour(sender: AiohttpSender, server: Server) -> None:
    async def moved(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    server.handler = moved

    answer = await sender(HttpRequest("GET", f"{server.url}/here"), timeout_s=5)

    assert answer.status == 302
    assert [path for _, path, _ in server.seen] == ["/here"]
