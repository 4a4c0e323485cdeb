"""The network is off in tests: this machine and unix sockets are reached, nothing else.

Only Python's own sockets are guarded. The database's driver is compiled and goes its own way, to the server
that ``STROMA_DATABASE_URL`` names.
"""

import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

LOCAL_NAMES = frozenset({"", "localhost", "localhost.localdomain", "ip6-localhost"})


class NetworkIsOff(AssertionError):  # noqa: N818 - named for what happened, as the reader meets it
    """A test tried to reach another machine."""


def is_this_machine(host: object) -> bool:
    """Whether ``host`` (name, address or None for "any") can only mean this machine."""
    if isinstance(host, bytes | bytearray):
        host = bytes(host).decode("ascii", "replace")
    if host is None or host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def network_off() -> Iterator[None]:
    """Connecting, sending to or looking up another machine raises NetworkIsOff."""
    with contextlib.ExitStack() as stack:
        for method in ("connect", "connect_ex", "sendto"):
            guarded = _guarded_method(getattr(socket.socket, method))
            stack.enter_context(mock.patch.object(socket.socket, method, guarded))
        for lookup in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            stack.enter_context(mock.patch.object(socket, lookup, _guarded_lookup(getattr(socket, lookup))))
        yield


def _guarded_method(original: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1]  # sendto(data, [flags,] address); connect(address)
        if self.family in {socket.AF_INET, socket.AF_INET6} and not is_this_machine(address[0]):
            raise NetworkIsOff(f"The network is off in tests; something tried to reach {address[0]}.")
        return original(self, *arguments)

    return guarded


def _guarded_lookup(original: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: object, *arguments: Any, **options: Any) -> Any:
        if not is_this_machine(host):
            raise NetworkIsOff(f"The network is off in tests; something tried to look up {host!r}.")
        return original(host, *arguments, **options)

    return guarded
