"""Requests and answers as values, and a port that tells them truly."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from ml_connector.sandbox.http import (
    Answer,
    NoAnswer,
    Request,
    Response,
    Server,
    Slow,
    json_response,
    redirect,
    serve,
    text_response,
)


def test_a_request_reads_its_own_body() -> None:
    assert Request("POST", "/", body=b'{"a": [1, "\xc3\xa9"]}').json() == {"a": [1, "é"]}
    assert Request("POST", "/", body=b"a=1&b=&a=%C3%A9").form() == {"a": "é", "b": ""}
    with pytest.raises(ValueError, match="Expecting value"):
        Request("POST", "/", body=b"nothing").json()


def test_a_request_finds_headers_and_parameters() -> None:
    request = Request("GET", "/", (("a", "1"), ("a", "2")), {"content-type": "Text/Plain; charset=x"})

    assert request.header("Content-Type") == "Text/Plain; charset=x"
    assert request.media_type == "text/plain"
    assert (request.param("a"), request.param("b")) == ("1", None)


def test_answers_are_made_in_a_line() -> None:
    assert json_response({"é": 1}, 201, {"X-A": "b"}).body == '{"é":1}'.encode()
    assert json_response({}, headers={"X-A": "b"}).header("x-a") == "b"
    assert redirect("/there") == Response(302, {"Location": "/there"})
    assert text_response("<p>", media_type="text/html").header("content-type") == "text/html; charset=utf-8"


def echo(request: Request) -> Answer:
    if request.path == "/cut":
        return NoAnswer(committed=True)
    if request.path == "/slow":
        return Slow(json_response({}), 0.05)
    return json_response([request.method, request.path, request.query, request.body.decode()])


async def test_what_arrives_at_the_port_is_what_was_sent() -> None:
    server = await serve(echo)
    async with aiohttp.ClientSession(server.url) as session, session.put("/a%20b?x=1&x=%C3%A9", data="é") as answer:
        assert await answer.json() == ["PUT", "/a b", [["x", "1"], ["x", "é"]], "é"]
    await server.close()


async def test_a_cut_connection_has_no_status_and_a_slow_one_takes_its_time() -> None:
    server: Server = await serve(echo)
    async with aiohttp.ClientSession(server.url) as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.post("/cut", data="x")
        started = time.monotonic()
        async with session.get("/slow") as answer:
            assert answer.status == 200
    await server.close()

    assert time.monotonic() - started >= 0.05
    assert asyncio.get_running_loop().is_running()
