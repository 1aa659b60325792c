"""A decision as HTTP headers, in the forms that clients of inference APIs already read."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING, Dict, List, Optional

if TYPE_CHECKING:
    from .decision import Decision, LimitState


def rate_headers(decision: "Decision", style: str) -> Dict[str, str]:
    """The headers of `style`. Raises ValueError for one that is not known."""
    try:
        write = STYLES[style]
    except (KeyError, TypeError):
        raise ValueError(f"style: {style!r} is none of {', '.join(sorted(STYLES))}") from None
    return write(decision)


def retry_after_seconds(decision: "Decision") -> Optional[int]:
    """Whole seconds for Retry-After, rounded up and at least 1; None where it must not be sent."""
    if decision.allowed or decision.never or decision.retry_after is None:
        return None
    return max(1, _ceil(decision.retry_after))


def _ceil(seconds: float) -> int:
    # A time is whole milliseconds on the wire; without the rounding, 60.000000000000007 would be 61.
    return math.ceil(round(seconds, 3))


def _x_ratelimit(decision: "Decision") -> Dict[str, str]:
    headers: Dict[str, str] = {}
    if decision.limit is not None:
        headers["X-RateLimit-Limit"] = str(decision.limit)
        headers["X-RateLimit-Remaining"] = str(decision.remaining)
        headers["X-RateLimit-Reset"] = str(_ceil(decision.reset or 0))
    return _with_retry_after(headers, "Retry-After", decision)


def _ietf(decision: "Decision") -> Dict[str, str]:
    limits = [state for state in decision.limits if not state.shadow]
    headers: Dict[str, str] = {}
    if limits:
        headers["RateLimit-Policy"] = ", ".join(_ietf_policy(state) for state in limits)
        headers["RateLimit"] = ", ".join(_ietf_state(state, decision) for state in limits)
    return _with_retry_after(headers, "Retry-After", decision)


def _ietf_policy(state: "LimitState") -> str:
    item = f"{_quoted(state.name)};q={state.limit}"
    if state.window is None:
        item += ';qu="concurrent-requests"'
    elif state.unit != "requests":
        # Quota units are a registry that has no tokens; a name of our own must carry a prefix.
        item += f";qu={_quoted('headgate-' + state.unit)}"
    if state.window is not None:
        item += f";w={_ceil(state.window)}"
    return item


def _ietf_state(state: "LimitState", decision: "Decision") -> str:
    seconds = _ceil(state.reset)
    retry = retry_after_seconds(decision)
    if state.limited and retry is not None:
        # t is when there is more quota, not when all of it is back, and never after Retry-After.
        seconds = min(seconds, retry)
    return f"{_quoted(state.name)};r={state.remaining};t={seconds}"


def _quoted(text: str) -> str:
    """A structured field's string: printable ASCII, quotes and backslashes escaped."""
    printable = "".join(character if " " <= character <= "~" else "?" for character in text)
    escaped = printable.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _openai(decision: "Decision") -> Dict[str, str]:
    headers: Dict[str, str] = {}
    for state in _tightest_by_unit(decision):
        headers[f"x-ratelimit-limit-{state.unit}"] = str(state.limit)
        headers[f"x-ratelimit-remaining-{state.unit}"] = str(state.remaining)
        headers[f"x-ratelimit-reset-{state.unit}"] = _go_duration(state.reset)
    _with_retry_after(headers, "retry-after", decision)
    if not decision.allowed:
        retry = retry_after_seconds(decision)
        if retry is not None:
            headers["retry-after-ms"] = str(math.ceil(round((decision.retry_after or 0) * 1000, 3)))
        headers["x-should-retry"] = "false" if retry is None else "true"
    return headers


def _anthropic(decision: "Decision") -> Dict[str, str]:
    headers: Dict[str, str] = {}
    now = datetime.datetime.now(datetime.timezone.utc)
    for state in _tightest_by_unit(decision):
        prefix = f"anthropic-ratelimit-{state.unit}"
        headers[f"{prefix}-limit"] = str(state.limit)
        headers[f"{prefix}-remaining"] = str(_anthropic_remaining(state))
        headers[f"{prefix}-reset"] = _rfc3339(now, state.reset)
    return _with_retry_after(headers, "retry-after", decision)


def _anthropic_remaining(state: "LimitState") -> int:
    if not state.unit.endswith("tokens"):
        return state.remaining
    return (state.remaining + 500) // 1000 * 1000


def _rfc3339(now: datetime.datetime, seconds: float) -> str:
    moment = now + datetime.timedelta(seconds=seconds)
    if moment.microsecond:
        # Rounded up: a caller that comes back at this time must not be early.
        moment = moment.replace(microsecond=0) + datetime.timedelta(seconds=1)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _go_duration(seconds: float) -> str:
    """Rounded up: to milliseconds below a second, else to seconds: "120ms", "1s", "6m0s", "1h0m0s"."""
    milliseconds = math.ceil(round(seconds * 1000, 3))
    if milliseconds < 1000:
        return f"{milliseconds}ms" if milliseconds else "0s"
    minutes, second = divmod(_ceil(seconds), 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minute}m{second}s"
    return f"{minute}m{second}s" if minute else f"{second}s"


def _tightest_by_unit(decision: "Decision") -> List["LimitState"]:
    """Of each unit, the limit with the smallest share left; of equals the first."""
    tightest: Dict[str, "LimitState"] = {}
    for state in decision.limits:
        if state.shadow or state.window is None:
            continue
        known = tightest.get(state.unit)
        if known is None or state.remaining * known.limit < known.remaining * state.limit:
            tightest[state.unit] = state
    return list(tightest.values())


def _with_retry_after(headers: Dict[str, str], name: str, decision: "Decision") -> Dict[str, str]:
    seconds = retry_after_seconds(decision)
    if seconds is not None:
        headers[name] = str(seconds)
    return headers


STYLES = {
    "x-ratelimit": _x_ratelimit,
    "ietf": _ietf,
    "openai": _openai,
    "anthropic": _anthropic,
}
