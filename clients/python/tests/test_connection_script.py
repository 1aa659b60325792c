"""A connection by itself, its clock in the test's hand: when it is given up, when it takes calls."""

from __future__ import annotations

import asyncio
from typing import Any, Callable, List, Tuple

import pytest
from fake_daemon import allowed

from headgate import framing
from headgate.call import TIMED_OUT
from headgate.connection import SILENCE, Connection
from headgate.framing import CHECK, FLAG_RESPONSE, encode_frame


class ManualLoop:
    """Time passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.soon: List[Callable[..., None]] = []
        self.timers: List[Tuple[float, Callable[..., None], Any]] = []
        self.create_future = asyncio.get_running_loop().create_future

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Callable[..., None]) -> None:
        self.soon.append(callback)

    def turn(self) -> None:
        while self.soon:
            self.soon.pop(0)()

    def call_at(self, when: float, callback: Callable[..., None], argument: Any) -> None:
        self.timers.append((when, callback, argument))

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        for timer in sorted(self.timers, key=lambda timer: timer[0]):
            when, callback, argument = timer
            if when <= end:
                self.timers.remove(timer)
                self.now = when
                callback(argument)
        self.now = end


class Wire:
    """The transport: keeps what was written and how the connection ended."""

    def __init__(self) -> None:
        self.ended = ""
        self.written: List[bytes] = []

    def set_write_buffer_limits(self, high: int) -> None:
        assert high > framing.MAX_REQUEST_BYTES

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return bool(self.ended)

    def close(self) -> None:
        self.ended = self.ended or "closed"

    def abort(self) -> None:
        self.ended = self.ended or "aborted"


class Script:
    def __init__(self) -> None:
        self.loop = ManualLoop()
        self.wire = Wire()
        self.connection = Connection(self.loop, b"")
        self.connection.connection_made(self.wire)
        self.connection.data_received(encode_frame(framing.HELLO, 1, b"", FLAG_RESPONSE))
        assert self.connection.takes_calls

    def ask(self, timeout: float) -> "Tuple[int, asyncio.Future]":
        future = self.loop.create_future()
        self.connection.ask(future, CHECK, b"", self.loop.now + timeout, self.loop.now)
        self.loop.turn()
        [frame] = framing.FrameDecoder().feed(self.wire.written[-1])
        return frame.call_id, future

    def answer(self, call_id: int) -> None:
        payload = allowed().SerializeToString()
        self.connection.data_received(
            encode_frame(framing.CHECK, call_id, payload, FLAG_RESPONSE)
        )


@pytest.fixture
async def script() -> Script:
    return Script()


async def test_silence_counts_from_the_first_call_that_got_no_answer(script):
    calls = []
    for _ in range(9):
        calls.append(script.ask(0.1)[1])
        script.loop.advance(SILENCE / 10)
        assert script.wire.ended == ""
    calls.append(script.ask(0.1)[1])
    script.loop.advance(0.2)
    assert script.wire.ended == "aborted" and script.connection.fell_silent
    assert all(call.result() == TIMED_OUT for call in calls)


async def test_an_answer_ends_the_silence(script):
    script.ask(1.2)
    number, _ = script.ask(5)
    script.loop.advance(0.9)
    script.answer(number)
    script.loop.advance(0.5)
    assert script.wire.ended == ""
    script.ask(0.5)
    script.loop.advance(0.6)
    assert script.wire.ended == "aborted"


async def test_an_idle_connection_is_not_silent(script):
    number, future = script.ask(0.1)
    script.answer(number)
    assert future.done()
    script.loop.advance(100)
    script.ask(0.1)
    script.loop.advance(0.2)
    assert script.wire.ended == ""


async def test_no_call_is_taken_from_the_moment_of_goaway(script):
    number, future = script.ask(5)
    script.connection.data_received(encode_frame(framing.GOAWAY, 0, b""))
    assert not script.connection.takes_calls and script.connection.retired.done()
    assert script.wire.ended == ""
    script.answer(number)
    assert future.done() and script.wire.ended == "closed"


async def test_after_goaway_a_call_that_nobody_answers_holds_the_door_until_its_time_is_up(script):
    script.ask(0.5)
    script.connection.data_received(encode_frame(framing.GOAWAY, 0, b""))
    script.loop.advance(0.4)
    assert script.wire.ended == ""
    script.loop.advance(0.2)
    assert script.wire.ended == "closed"


async def test_what_a_daemon_does_not_read_is_not_piled_up(script):
    script.connection.pause_writing()
    written = len(script.wire.written)
    future = script.loop.create_future()
    script.connection.ask(future, CHECK, b"", script.loop.now + 1, script.loop.now)
    script.loop.turn()
    assert future.done() and len(script.wire.written) == written
    script.connection.resume_writing()
    assert not script.ask(1)[1].done()


async def test_answered_calls_leave_nothing_behind(script):
    for _ in range(100):
        number, _ = script.ask(0.1)
        script.answer(number)
        script.loop.advance(0.01)
    script.loop.advance(0.2)
    assert script.loop.timers == [] and script.connection._calls == {}
