"""Serving an application with uvicorn, and stopping it without cutting anybody off."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from ml_connector.web.asgi import App

DRAIN_S = 20
"""Seconds that requests under way are given after a stop; a webhook takes less than five."""

BACKLOG = 2_048


class Server:
    """One listening application. `run()` returns after `stop()` and the last answer.

    Whoever owns the process handles its signals and calls `stop`; uvicorn's own handlers stay out.
    """

    def __init__(self, app: App, host: str, port: int, *, drain_s: int = DRAIN_S) -> None:
        self._config = uvicorn.Config(
            app,
            host=host,
            port=port,
            loop="none",  # the process has chosen its loop
            http="httptools",
            ws="none",
            lifespan="on",
            backlog=BACKLOG,
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=True,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=drain_s,
            proxy_headers=False,
        )
        self._server = _Quiet(self._config)
        self._listening = asyncio.Event()
        self.port = port
        """The port that is listened on; the kernel's choice once `listening` when 0 was asked for."""

    async def listening(self) -> None:
        """Return when requests are answered."""
        await self._listening.wait()

    async def run(self) -> None:
        """Serve until `stop`.

        Raises:
            OSError: the address cannot be listened on.
        """
        with _listening_socket(self._config.host, self._config.port) as listener:
            self.port = listener.getsockname()[1]
            serving = asyncio.ensure_future(self._server.serve(sockets=[listener]))
            started = asyncio.ensure_future(self._server.up.wait())
            await asyncio.wait({serving, started}, return_when=asyncio.FIRST_COMPLETED)
            started.cancel()
            self._listening.set()
            await serving

    def stop(self) -> None:
        """Take no new connections, finish the requests under way, then end."""
        self._server.should_exit = True


async def serve(app: App, host: str, port: int) -> None:
    """Serve *app* until cancelled; requests under way are finished first."""
    server = Server(app, host, port)
    running = asyncio.ensure_future(server.run())
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        server.stop()
        await running
        raise


class _Quiet(uvicorn.Server):
    """Uvicorn without handlers for signals of its own, which says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listening_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
