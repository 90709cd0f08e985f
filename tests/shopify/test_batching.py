"""Several askers, one question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from ml_connector.shopify.batching import Coalescer


class Fetching:
    """Answers each key with its length, as soon as the gate is open."""

    def __init__(self, *, opened: bool = True) -> None:
        self.questions: list[list[str]] = []
        self.gate = asyncio.Event()
        if opened:
            self.gate.set()

    async def __call__(self, keys: Sequence[str]) -> Sequence[int]:
        self.questions.append(list(keys))
        await self.gate.wait()
        return [len(key) for key in keys]


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_lone_asker_is_served_at_once() -> None:
    fetch = Fetching()

    assert await Coalescer(fetch, lambda: 10).get("abc") == 3
    assert fetch.questions == [["abc"]]


async def test_those_who_ask_together_share_a_question() -> None:
    fetch = Fetching()
    coalescer = Coalescer(fetch, lambda: 10)

    assert await asyncio.gather(*(coalescer.get(key) for key in ("a", "bb", "ccc"))) == [1, 2, 3]
    assert fetch.questions == [["a", "bb", "ccc"]]


async def test_a_question_holds_no_more_than_it_may() -> None:
    fetch = Fetching()
    coalescer = Coalescer(fetch, lambda: 2)

    await asyncio.gather(*(coalescer.get(key) for key in ("a", "b", "c", "d", "e")))

    assert fetch.questions == [["a", "b"], ["c", "d"], ["e"]]


async def test_who_asks_while_all_are_on_their_way_gathers_for_the_next() -> None:
    fetch = Fetching(opened=False)
    coalescer = Coalescer(fetch, lambda: 10, in_flight=1)

    first = asyncio.create_task(coalescer.get("a"))
    await turns()
    later = [asyncio.create_task(coalescer.get(key)) for key in ("b", "c")]
    await turns()
    fetch.gate.set()

    assert await asyncio.gather(first, *later) == [1, 1, 1]
    assert fetch.questions == [["a"], ["b", "c"]]


async def test_a_second_question_leaves_without_waiting_for_the_first() -> None:
    fetch = Fetching(opened=False)
    coalescer = Coalescer(fetch, lambda: 10)

    first = asyncio.create_task(coalescer.get("a"))
    await turns()
    second = asyncio.create_task(coalescer.get("b"))
    await turns()

    assert fetch.questions == [["a"], ["b"]]
    fetch.gate.set()
    await asyncio.gather(first, second)


async def test_an_answer_is_never_older_than_the_question() -> None:
    fetch = Fetching(opened=False)
    coalescer = Coalescer(fetch, lambda: 10)

    first = asyncio.create_task(coalescer.get("a"))
    await turns()
    second = asyncio.create_task(coalescer.get("a"))
    await turns()

    assert fetch.questions == [["a"], ["a"]]
    fetch.gate.set()
    await asyncio.gather(first, second)


async def test_an_asker_who_leaves_does_not_disturb_the_others() -> None:
    fetch = Fetching(opened=False)
    coalescer = Coalescer(fetch, lambda: 10)

    leaving, staying = asyncio.create_task(coalescer.get("a")), asyncio.create_task(coalescer.get("b"))
    await turns()
    leaving.cancel()
    await turns()
    fetch.gate.set()

    assert await staying == 1
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_failure_reaches_everyone_who_asked() -> None:
    async def fail(keys: Sequence[str]) -> Sequence[int]:
        raise OSError("no")

    coalescer = Coalescer(fail, lambda: 10)

    found = await asyncio.gather(coalescer.get("a"), coalescer.get("b"), return_exceptions=True)

    assert [type(one) for one in found] == [OSError, OSError]


async def test_too_few_answers_are_a_bug_that_everyone_sees() -> None:
    async def forget(keys: Sequence[str]) -> Sequence[int]:
        return []

    with pytest.raises(ValueError, match="1 keys"):
        await Coalescer(forget, lambda: 10).get("a")


async def test_after_a_failure_the_next_question_is_asked() -> None:
    answers = iter([OSError("no"), [1]])

    async def fetch(keys: Sequence[str]) -> Sequence[int]:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    coalescer = Coalescer(fetch, lambda: 10, in_flight=1)
    with pytest.raises(OSError, match="no"):
        await coalescer.get("a")

    assert await coalescer.get("a") == 1


async def test_closing_calls_off_what_is_on_its_way() -> None:
    coalescer = Coalescer(Fetching(opened=False), lambda: 10)
    asking = asyncio.create_task(coalescer.get("a"))
    await turns()

    await coalescer.close()

    with pytest.raises(asyncio.CancelledError):
        await asking
