"""Daemon addresses as a caller writes them."""

from __future__ import annotations

from typing import Iterable, List, NamedTuple, Tuple, Union

DEFAULT_PORT = 7420


class Address(NamedTuple):
    """A host name or IP address, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_addresses(addresses: Union[str, Iterable[str]]) -> Tuple[Address, ...]:
    """Reads "host:port,host:port" (or several such strings); port 7420 unless given.

    IPv6 addresses stand in brackets: "[::1]:7420". Raises ValueError or TypeError naming `addresses`.
    """
    if isinstance(addresses, str):
        parts = addresses.split(",")
    else:
        try:
            parts = [part for text in addresses for part in _text(text).split(",")]
        except TypeError:
            raise TypeError(
                f"addresses: expected a string or several, got {addresses!r}"
            ) from None
    found: List[Address] = []
    for part in parts:
        address = _parse_one(part.strip())
        if address not in found:
            found.append(address)
    if not found:
        raise ValueError("addresses: at least one daemon address is needed")
    return tuple(found)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _parse_one(text: str) -> Address:
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")) or ":" not in host:
            raise _bad(text)
        port = rest[1:] if rest else str(DEFAULT_PORT)
    elif text.count(":") > 1:
        raise ValueError(f"addresses: put the IPv6 address {text!r} in brackets: [{text}]:7420")
    else:
        host, colon, port = text.partition(":")
        port = port if colon else str(DEFAULT_PORT)
    if not host or "/" in host or any(character.isspace() for character in host):
        raise _bad(text)
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise _bad(text)
    return Address(host, int(port))


def _bad(text: str) -> ValueError:
    return ValueError(f"addresses: {text!r} is not host:port")
