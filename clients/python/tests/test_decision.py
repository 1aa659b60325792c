from __future__ import annotations

import copy
import dataclasses
import pickle
import re

import pytest
from fake_daemon import allowed, forbidden, limited, state

from headgate import Decision, Reason, Verdict
from headgate.decision import REASONS, VERDICTS, decision_of
from headgate.outcome import undecided
from headgate.v1 import limiter_pb2 as pb


def decided(response: pb.CheckResponse) -> Decision:
    decision = decision_of(response)
    assert decision is not None
    return decision


def test_an_allowed_call():
    decision = decided(allowed(limits=[state()], rule="predict", policy=2**63 + 1))
    assert decision.allowed and decision.verdict is Verdict.ALLOWED
    assert (decision.limit, decision.remaining, decision.reset) == (10, 7, 18.001)
    assert decision.reason is None and decision.retry_after is None
    assert (decision.rule, decision.policy) == ("predict", 2**63 + 1)
    assert not decision.degraded and not decision.never
    assert decision.limits[0].window == 60.0


def test_a_limited_call_keeps_all_limits_and_shows_the_first():
    response = limited(limits=[state("a", remaining=0), state("b", window_ms=0)], degraded=True)
    decision = decided(response)
    assert not decision.allowed and decision.verdict == "limited" and decision.reason == "rate"
    assert (decision.retry_after, decision.remaining, decision.degraded) == (1.5, 0, True)
    assert [limit.name for limit in decision.limits] == ["a", "b"]
    assert decision.limits[1].window is None


def test_no_limits_mean_no_numbers():
    decision = decided(forbidden(message="Premium access required"))
    assert (decision.limit, decision.remaining, decision.reset) == (None, None, None)
    assert decision.retry_after is None and decision.policy is None
    assert decision.message == "Premium access required"


def test_never_has_no_retry_time():
    decision = decided(limited(never=True, reason=pb.REASON_COST_TOO_LARGE))
    assert decision.never and decision.retry_after is None
    assert decision.reason is Reason.COST_TOO_LARGE


def test_unavailable_asks_for_a_second():
    response = pb.CheckResponse(
        verdict=pb.VERDICT_UNAVAILABLE, reason=pb.REASON_STORE_UNAVAILABLE, degraded=True
    )
    decision = decided(response)
    assert not decision.allowed and decision.degraded and decision.retry_after == 1.0


def test_every_verdict_and_reason_of_the_contract_is_known():
    assert set(VERDICTS) == set(pb.Verdict.values()) - {pb.VERDICT_UNSPECIFIED}
    assert set(REASONS) == set(pb.Reason.values()) - {pb.REASON_UNSPECIFIED}
    for number, reason in REASONS.items():
        assert pb.Reason.Name(number) == f"REASON_{reason.name}" and str(reason) == reason.value


def test_no_verdict_is_no_decision():
    assert decision_of(pb.CheckResponse()) is None


def test_a_decision_cannot_be_changed_and_can_be_kept():
    decision = decided(allowed(limits=[state()]))
    with pytest.raises(dataclasses.FrozenInstanceError):
        decision.allowed = False
    assert not hasattr(decision, "__dict__")
    assert pickle.loads(pickle.dumps(decision)) == decision == copy.copy(decision)


# Headers


def test_x_ratelimit_rounds_seconds_up():
    assert decided(allowed(limits=[state()])).headers("x-ratelimit") == {
        "X-RateLimit-Limit": "10",
        "X-RateLimit-Remaining": "7",
        "X-RateLimit-Reset": "19",
    }
    refused = decided(limited(limits=[state(remaining=0, reset_ms=18_000)], retry_after_ms=1))
    assert refused.headers()["Retry-After"] == "1"
    assert refused.headers()["X-RateLimit-Reset"] == "18"


@pytest.mark.parametrize("style", ["x-ratelimit", "ietf", "openai", "anthropic"])
def test_no_style_says_retry_after_where_a_retry_is_useless(style):
    for response in (
        allowed(limits=[state()]),
        limited(never=True, limits=[state()]),
        forbidden(),
    ):
        names = [name.lower() for name in decided(response).headers(style)]
        assert "retry-after" not in names and "retry-after-ms" not in names


@pytest.mark.parametrize("style", ["x-ratelimit", "ietf", "openai", "anthropic"])
def test_every_style_rounds_retry_after_up(style):
    headers = decided(limited(retry_after_ms=1001)).headers(style)
    assert {name.lower(): value for name, value in headers.items()}["retry-after"] == "2"


def test_an_outage_that_refuses_asks_for_one_second():
    assert undecided("gone", "refuse").headers() == {"Retry-After": "1"}
    assert undecided("gone", "allow").headers() == {}


def test_ietf():
    response = limited(
        retry_after_ms=30_000,
        limits=[
            state('a"\\é', remaining=0, reset_ms=60_000, limited=True),
            state("tpm", unit="tokens", limit=90_000, remaining=80_000),
            state("slots", unit="slots", window_ms=0, limit=8, remaining=2, reset_ms=0),
            state("dark", shadow=True),
        ],
    )
    assert decided(response).headers("ietf") == {
        "RateLimit-Policy": '"a\\"\\\\?";q=10;w=60, "tpm";q=90000;qu="headgate-tokens";w=60, '
        '"slots";q=8;qu="concurrent-requests"',
        "RateLimit": '"a\\"\\\\?";r=0;t=30, "tpm";r=80000;t=19, "slots";r=2;t=0',
        "Retry-After": "30",
    }


@pytest.mark.parametrize(
    "milliseconds, text",
    [
        (0, "0s"),
        (120, "120ms"),
        (1000, "1s"),
        (1001, "2s"),
        (360_000, "6m0s"),
        (59_999, "1m0s"),
        (3_600_000, "1h0m0s"),
        (90_061_000, "25h1m1s"),
    ],
)
def test_openai_resets_are_gos_durations(milliseconds, text):
    decision = decided(allowed(limits=[state(reset_ms=milliseconds)]))
    assert decision.headers("openai") == {
        "x-ratelimit-limit-requests": "10",
        "x-ratelimit-remaining-requests": "7",
        "x-ratelimit-reset-requests": text,
    }


def test_openai_shows_the_tightest_limit_of_each_unit():
    response = limited(
        retry_after_ms=1500,
        limits=[
            state("wide", limit=100, remaining=50, reset_ms=1000),
            state("tight", limit=1000, remaining=10, reset_ms=2000),
            state("tpm", unit="tokens", limit=90_000, remaining=0, reset_ms=3000),
            state("slots", unit="slots", window_ms=0),
        ],
    )
    assert decided(response).headers("openai") == {
        "x-ratelimit-limit-requests": "1000",
        "x-ratelimit-remaining-requests": "10",
        "x-ratelimit-reset-requests": "2s",
        "x-ratelimit-limit-tokens": "90000",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "3s",
        "retry-after": "2",
        "retry-after-ms": "1500",
        "x-should-retry": "true",
    }
    assert decided(limited(never=True)).headers("openai") == {"x-should-retry": "false"}


def test_anthropic_rounds_tokens_and_gives_moments():
    response = allowed(limits=[state(unit="tokens", limit=90_000, remaining=81_499), state()])
    headers = decided(response).headers("anthropic")
    assert headers["anthropic-ratelimit-tokens-limit"] == "90000"
    assert headers["anthropic-ratelimit-tokens-remaining"] == "81000"
    assert headers["anthropic-ratelimit-requests-remaining"] == "7"
    moment = headers["anthropic-ratelimit-requests-reset"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment)


def test_an_unknown_style_is_named():
    with pytest.raises(ValueError, match="^style: 'x'"):
        undecided("", "allow").headers("x")
