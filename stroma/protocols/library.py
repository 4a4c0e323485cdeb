"""The protocols that Stroma ships, read from ``library/*.toml`` once per process."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from stroma.protocols.domain.document import protocol_digest, read_protocol
from stroma.protocols.domain.problem import BadInput, Problem
from stroma.protocols.domain.schema import Protocol


@dataclass(frozen=True, slots=True)
class ShippedProtocol:
    """A shipped protocol with the exact text it was read from and that text's SHA-256."""

    protocol: Protocol
    text: str
    digest: str
    file: str
    """The file's name inside the library, such as ``surgery.toml``."""


def shipped_protocols() -> list[ShippedProtocol]:
    """Every shipped protocol, in the order of their ids."""
    return [_read(name) for name in _ids()]


def shipped_protocol(id: str) -> ShippedProtocol:  # noqa: A002 - the document's own word
    """The shipped protocol with this id. Raises BadInput, naming those there are, when there is none."""
    if id not in _ids():
        known = ", ".join(_ids())
        raise BadInput([Problem("unknown_protocol", f"{id!r} is no shipped protocol; there are {known}")])
    return _read(id)


@cache
def _ids() -> tuple[str, ...]:
    names = (entry.name for entry in files("stroma.protocols").joinpath("library").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def _read(name: str) -> ShippedProtocol:
    file = f"{name}.toml"
    # Bytes, since reading as text would turn \r\n into \n, and the digest is of the exact text.
    text = files("stroma.protocols").joinpath("library", file).read_bytes().decode()
    return ShippedProtocol(read_protocol(text, file=file), text, protocol_digest(text), file)
