"""One connection: what goes over it, and what becomes of bad peers."""

from __future__ import annotations

import asyncio

import pytest
from fake_daemon import allowed, limited, soon, state

from headgate import AsyncClient, InvalidRequest, Unauthenticated, Verdict, connection, framing
from headgate.framing import FLAG_RESPONSE, PREAMBLE, encode_frame
from headgate.v1 import limiter_pb2 as pb


def ask(client: AsyncClient, name: str = "alice", **arguments) -> "asyncio.Task":
    return asyncio.ensure_future(client.check(name, "/predict", **{"timeout": 5, **arguments}))


async def test_a_decision_arrives(daemon):
    async with AsyncClient(daemon.address) as client:
        call = ask(client, attributes={"model": "llama-3"})
        question = await daemon.question()
        assert question.request.client == "alice"
        assert question.request.attributes == {"model": "llama-3"}
        question.answer(allowed(limits=[state()], rule="predict"))
        decision = await soon(call)
        assert decision.allowed and not decision.degraded and decision.remaining == 7


async def test_answers_find_their_calls_in_any_order(daemon):
    async with AsyncClient(daemon.address) as client:
        calls = {f"client-{number}": ask(client, f"client-{number}") for number in range(50)}
        questions = [await daemon.question() for _ in calls]
        for question in reversed(questions):
            question.answer(allowed(rule=question.request.client))
        for name, call in calls.items():
            assert (await soon(call)).rule == name
        assert len(daemon.open) == 1


async def test_calls_of_one_loop_pass_go_out_in_one_write(daemon):
    async with AsyncClient(daemon.address) as client:
        first = ask(client)
        (await daemon.question()).answer()
        await soon(first)
        peer = await daemon.connection()
        chunks = len(peer.chunks)
        calls = [ask(client) for _ in range(20)]
        for _ in calls:
            (await daemon.question()).answer()
        await soon(asyncio.gather(*calls))
        assert len(peer.chunks) == chunks + 1


async def test_preamble_and_hello_come_first_and_the_token_in_it(daemon):
    async with AsyncClient(daemon.address, token="secret"):
        peer = await daemon.connection()
        await soon(peer.greeted)
    await soon(peer.lost)
    assert b"".join(peer.chunks).startswith(PREAMBLE)
    assert peer.hello.token == "secret" and peer.hello.client.startswith("headgate-python/")


@pytest.mark.parametrize(
    "timeout, least, most", [(0.25, 240, 250), (100, 65_535, 65_535), (0.05, 40, 50)]
)
async def test_a_call_carries_the_time_left(daemon, timeout, least, most):
    async with AsyncClient(daemon.address) as client:
        call = ask(client, timeout=timeout)
        question = await daemon.question()
        assert least <= question.frame.status <= most and question.frame.flags == 0
        question.answer()
        assert not (await soon(call)).degraded


async def test_time_left_is_exact_on_an_open_connection_and_never_0(daemon):
    assert [connection._milliseconds(s) for s in (0.1, 0.0001, -1, 65.6)] == [100, 1, 1, 65_535]
    async with AsyncClient(daemon.address) as client:
        for timeout, milliseconds in ((5, 5000), (0.1, 100)):
            call = ask(client, timeout=timeout)
            question = await daemon.question()
            question.answer()
            await soon(call)
            assert milliseconds - 10 <= question.frame.status <= milliseconds


async def test_a_timeout_ends_the_call_in_time(daemon):
    loop = asyncio.get_running_loop()
    async with AsyncClient(daemon.address, on_failure="refuse") as client:
        warm = ask(client)
        (await daemon.question()).answer()
        await soon(warm)
        start = loop.time()
        decision = await soon(client.check("alice", "/predict", timeout=0.06))
        assert 0.06 <= loop.time() - start < 0.5
        assert decision.degraded and decision.verdict is Verdict.UNAVAILABLE


async def test_calls_of_different_timeouts_end_each_in_its_own_time(daemon):
    async with AsyncClient(daemon.address) as client:
        ended = []

        async def call(timeout):
            await client.check("alice", "/predict", timeout=timeout)
            ended.append(timeout)

        await soon(asyncio.gather(*(call(timeout) for timeout in (0.09, 0.03, 0.06))))
        assert ended == [0.03, 0.06, 0.09]


async def test_a_late_answer_is_nobodys(daemon):
    async with AsyncClient(daemon.address) as client:
        late = ask(client, "late", timeout=0.02)
        late_question = await daemon.question()
        assert (await soon(late)).degraded
        call = ask(client, "next")
        question = await daemon.question()
        assert question.frame.call_id != late_question.frame.call_id
        late_question.answer(limited(rule="late"))
        question.answer(allowed(rule="next"))
        decision = await soon(call)
        assert (decision.rule, decision.allowed, decision.degraded) == ("next", True, False)


async def test_a_call_id_in_flight_is_not_given_again(daemon, monkeypatch):
    monkeypatch.setattr(connection, "MAX_CALL_ID", 4)
    async with AsyncClient(daemon.address) as client:
        calls = [ask(client, str(number)) for number in range(3)]
        questions = [await daemon.question() for _ in calls]
        assert [question.frame.call_id for question in questions] == [2, 3, 4]
        questions[1].answer(allowed(rule="middle"))
        assert (await soon(calls[1])).rule == "middle"
        calls += [ask(client, str(number)) for number in (3, 4)]
        questions += [await daemon.question() for _ in range(2)]
        assert [question.frame.call_id for question in questions[3:]] == [1, 3]
        for question in (questions[0], *questions[2:]):
            question.answer(allowed(rule=question.request.client))
        rules = [(await soon(call)).rule for call in calls]
        assert rules == ["0", "middle", "2", "3", "4"]


async def test_a_caller_that_goes_away_leaves_the_others_alone(daemon):
    async with AsyncClient(daemon.address) as client:
        gone, stays = ask(client, "gone"), ask(client, "stays")
        questions = [await daemon.question() for _ in range(2)]
        gone.cancel()
        for question in questions:
            question.answer(allowed(rule=question.request.client))
        assert (await soon(stays)).rule == "stays"
        with pytest.raises(asyncio.CancelledError):
            await gone


async def test_split_answers_are_put_together(daemon):
    async with AsyncClient(daemon.address) as client:
        call = ask(client)
        question = await daemon.question()
        data = question.encoded(allowed(rule="split"))
        other = ask(client, "other")
        other_question = await daemon.question()
        other_data = other_question.encoded(allowed(rule="other"))
        peer = question.connection
        peer.send(data[:5])
        # The PONG proves that the client has read all that was sent before it.
        peer.send(data[5:] + encode_frame(framing.PING, 9, b"x") + other_data[:15])
        assert (await soon(peer.pongs.get())).payload == b"x"
        assert (await soon(call)).rule == "split"
        assert not other.done()
        peer.send(other_data[15:])
        assert (await soon(other)).rule == "other"


async def test_a_ping_is_answered_with_its_payload(daemon):
    async with AsyncClient(daemon.address):
        peer = await daemon.connection()
        peer.send(encode_frame(framing.PING, 77, b"are you there"))
        pong = await soon(peer.pongs.get())
        assert (pong.call_id, pong.payload, pong.flags) == (77, b"are you there", FLAG_RESPONSE)


async def test_unknown_kinds_and_answers_to_nobody_are_ignored(daemon):
    async with AsyncClient(daemon.address) as client:
        call = ask(client)
        question = await daemon.question()
        peer = question.connection
        peer.send(encode_frame(99, 1, b"?") + encode_frame(99, 1, b"?", FLAG_RESPONSE))
        peer.send(encode_frame(framing.CHECK, 123_456, b"\xff", FLAG_RESPONSE))
        peer.send(encode_frame(framing.CHECK, question.frame.call_id, b"not a response"))
        question.answer(allowed(rule="mine"))
        assert (await soon(call)).rule == "mine"
        assert len(daemon.open) == 1


BAD_PEERS = {
    "oversize": b"\xff" * 12,
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "large ping": encode_frame(framing.PING, 1, bytes(65)),
}


@pytest.mark.parametrize("on_failure, goes_on", [("allow", True), ("refuse", False)])
@pytest.mark.parametrize("garbage", BAD_PEERS.values(), ids=BAD_PEERS.keys())
async def test_garbage_ends_the_connection_and_its_calls(daemon, garbage, on_failure, goes_on):
    async with AsyncClient(daemon.address, on_failure=on_failure) as client:
        calls = [ask(client) for _ in range(3)]
        questions = [await daemon.question() for _ in calls]
        peer = await daemon.connection()
        peer.send(garbage)
        await soon(peer.lost)
        for call in calls:
            decision = await soon(call)
            assert decision.degraded and decision.allowed is goes_on
        assert questions[0].connection is peer
        assert await daemon.connection() is not peer


@pytest.mark.parametrize("status", [0, 8])
async def test_an_answer_that_is_no_message_ends_the_connection(daemon, status):
    async with AsyncClient(daemon.address) as client:
        call, other = ask(client), ask(client)
        question = await daemon.question()
        payload = b"\xff\xff\xff"
        call_id = question.frame.call_id
        question.connection.send(
            encode_frame(framing.CHECK, call_id, payload, FLAG_RESPONSE, status)
        )
        await soon(question.connection.lost)
        assert (await soon(call)).degraded and (await soon(other)).degraded


async def test_an_answer_without_a_verdict_is_an_outage(daemon):
    async with AsyncClient(daemon.address, on_failure="refuse") as client:
        call = ask(client)
        (await daemon.question()).answer(pb.CheckResponse())
        decision = await soon(call)
        assert decision.degraded and not decision.allowed


async def test_unavailable_by_the_daemon_is_not_allowed_whatever_on_failure_says(daemon):
    async with AsyncClient(daemon.address, on_failure="allow") as client:
        for degraded in (True, False):
            call = ask(client)
            response = pb.CheckResponse(
                verdict=pb.VERDICT_UNAVAILABLE,
                reason=pb.REASON_STORE_UNAVAILABLE,
                degraded=degraded,
            )
            (await daemon.question()).answer(response)
            decision = await soon(call)
            assert not decision.allowed and decision.degraded is degraded
            assert decision.verdict is Verdict.UNAVAILABLE


@pytest.mark.parametrize("on_failure, goes_on", [("allow", True), ("refuse", False)])
@pytest.mark.parametrize("status", [4, 8, 14, 2, 12, 13])
async def test_outages_are_decided_by_on_failure(daemon, status, on_failure, goes_on):
    async with AsyncClient(daemon.address, on_failure=on_failure) as client:
        call = ask(client)
        (await daemon.question()).fail(status, "not now")
        decision = await soon(call)
        assert decision.degraded and decision.allowed is goes_on
        assert decision.message == "not now"
        assert decision.retry_after == (None if goes_on else 1.0)


async def test_one_call_may_have_its_own_on_failure(daemon):
    async with AsyncClient(daemon.address, on_failure="allow") as client:
        call = ask(client, on_failure="refuse")
        (await daemon.question()).fail(14)
        assert not (await soon(call)).allowed


async def test_a_bad_request_is_the_programs_mistake(daemon):
    async with AsyncClient(daemon.address, on_failure="allow") as client:
        call, good = ask(client), ask(client)
        (await daemon.question()).fail(3, "limits[0].rate: unknown period in '10/fortnight'")
        with pytest.raises(InvalidRequest, match=r"limits\[0\]\.rate"):
            await soon(call)
        (await daemon.question()).answer()
        assert not (await soon(good)).degraded


async def test_a_frame_the_daemon_would_not_take_is_not_sent(daemon):
    daemon.hello_reply = pb.HelloReply(max_frame_bytes=100)
    async with AsyncClient(daemon.address) as client:
        first = ask(client)
        (await daemon.question()).answer()
        assert (await soon(first)).allowed
        with pytest.raises(InvalidRequest, match="the daemon takes 100"):
            await soon(ask(client, "x" * 101))
        assert len(daemon.open) == 1


async def test_more_than_max_in_flight_is_an_outage_at_once(daemon):
    daemon.hello_reply = pb.HelloReply(max_in_flight=2)
    async with AsyncClient(daemon.address) as client:
        calls = [ask(client) for _ in range(2)]
        questions = [await daemon.question() for _ in calls]
        assert (await soon(ask(client))).degraded
        for question in questions:
            question.answer()
        assert [(await soon(call)).degraded for call in calls] == [False, False]


@pytest.mark.parametrize("status", [16, 7])
async def test_a_call_without_a_good_token_raises(daemon, status):
    async with AsyncClient(daemon.address, on_failure="allow") as client:
        call = ask(client)
        (await daemon.question()).fail(status, "token missing")
        with pytest.raises(Unauthenticated, match="token missing"):
            await soon(call)


async def test_a_hello_refused_raises_for_every_call_until_the_token_is_taken(daemon):
    daemon.hello_status = 16
    daemon.hello_reply = pb.Failure(message="unknown token")
    async with AsyncClient(daemon.address, token="old", on_failure="allow") as client:
        for _ in range(2):
            with pytest.raises(Unauthenticated, match="unknown token"):
                await soon(ask(client))
        daemon.hello_status = 0
        daemon.hello_reply = pb.HelloReply()
        daemon.decide = lambda request: allowed(rule="again")

        async def retry():
            while True:
                try:
                    return await client.check("alice", "/predict", timeout=5)
                except Unauthenticated:
                    continue

        assert (await soon(retry())).rule == "again"


async def test_a_daemon_that_does_not_know_hello_is_asked_all_the_same(daemon):
    daemon.hello_status = 12
    daemon.hello_reply = pb.Failure(message="unknown kind")
    async with AsyncClient(daemon.address) as client:
        call = ask(client)
        (await daemon.question()).answer()
        assert not (await soon(call)).degraded


async def test_goaway_lets_calls_in_flight_end_and_sends_new_ones_elsewhere(daemon):
    async with AsyncClient(daemon.address) as client:
        old = await daemon.connection()
        first, second = ask(client, "first"), ask(client, "second")
        questions = [await daemon.question() for _ in range(2)]
        questions[1].answer()
        await soon(second)
        old.goaway()
        new = await daemon.connection()
        call = ask(client, "after")
        question = await daemon.question()
        assert question.connection is new and not old.lost.done()
        question.answer(allowed(rule="after"))
        assert (await soon(call)).rule == "after" and not first.done()
        questions[0].answer(allowed(rule="first"))
        assert (await soon(first)).rule == "first"
        await soon(old.lost)
        assert daemon.open == [new]


async def test_a_call_right_after_goaway_waits_for_the_next_connection(daemon):
    async with AsyncClient(daemon.address) as client:
        warm = ask(client)
        question = await daemon.question()
        question.answer()
        await soon(warm)
        question.connection.goaway()
        await soon(question.connection.lost)
        call = ask(client)
        (await daemon.question()).answer(allowed(rule="next"))
        assert (await soon(call)).rule == "next"


async def test_a_connection_that_fell_silent_is_given_up(daemon, monkeypatch):
    monkeypatch.setattr(connection, "SILENCE", 0.02)
    async with AsyncClient(daemon.address) as client:
        assert (await soon(ask(client, timeout=0.03))).degraded
        question = await daemon.question()
        await soon(question.connection.lost)
        daemon.decide = lambda request: allowed(rule="anew")

        async def retry():
            while True:
                decision = await client.check("alice", "/predict", timeout=1)
                if not decision.degraded:
                    return decision

        assert (await soon(retry())).rule == "anew"


async def test_calls_that_began_together_end_together(daemon):
    async with AsyncClient(daemon.address) as client:
        calls = [ask(client, timeout=0.05) for _ in range(10)]
        assert all([(await soon(call)).degraded for call in calls])
