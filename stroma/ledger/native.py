"""SQLite and OpenSSL as this Python has them loaded, to be called without Python in between.

Only the very libraries that Python's own ``sqlite3`` and ``hashlib`` are linked to: a second copy of SQLite in one
process would drop the first one's locks on the file. Where they cannot be had (they are part of the interpreter, or too
old), importing this raises AttributeError or ImportError, and ``quick_check`` goes without.
"""

import _hashlib
import _sqlite3
import ctypes
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import llvmlite.binding
from numba import types

if ctypes.sizeof(ctypes.c_void_p) != 8 or sqlite3.threadsafety == 0 or not hasattr(os, "fork"):
    raise ImportError(
        "Asked for: pointers of 64 bits, SQLite with threads, a system that finds linked symbols."
    )

# The handle of a module finds what the module is linked to.
_SQLITE = ctypes.CDLL(_sqlite3.__file__)
_OPENSSL = ctypes.CDLL(_hashlib.__file__)
_C = ctypes.CDLL(None)

_POINTER, _INT, _TEXT = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
_OK, _READ_ONLY, _ONE_THREAD_ONLY = 0, 0x1, 0x8000


def _function(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Any:
    found = library[name]
    found.restype, found.argtypes = result, arguments
    return found


_open = _function(_SQLITE, "sqlite3_open_v2", _INT, _TEXT, _POINTER, _INT, _TEXT)
_close = _function(_SQLITE, "sqlite3_close", _INT, _POINTER)
_prepare = _function(_SQLITE, "sqlite3_prepare_v2", _INT, _POINTER, _TEXT, _INT, _POINTER, _POINTER)
_finalize = _function(_SQLITE, "sqlite3_finalize", _INT, _POINTER)
_fetch = _function(_OPENSSL, "EVP_MD_fetch", _POINTER, _POINTER, _TEXT, _TEXT)
_free_fetched = _function(_OPENSSL, "EVP_MD_free", None, _POINTER)
_new_context = _function(_OPENSSL, "EVP_MD_CTX_new", _POINTER)
_free_context = _function(_OPENSSL, "EVP_MD_CTX_free", None, _POINTER)


def _compiled(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Any:
    """The function as compiled code calls it, by a symbol of its own: its address changes with every process."""
    llvmlite.binding.add_symbol(f"stroma_{name}", ctypes.cast(library[name], _POINTER).value)
    return types.ExternalFunction(f"stroma_{name}", result(*arguments))


_P, _I, _SIZE = types.intp, types.int32, types.uintp
step = _compiled(_SQLITE, "sqlite3_step", _I, _P)
column_value = _compiled(_SQLITE, "sqlite3_column_value", _P, _P, _I)
value_type = _compiled(_SQLITE, "sqlite3_value_type", _I, _P)
value_int64 = _compiled(_SQLITE, "sqlite3_value_int64", types.int64, _P)
value_blob = _compiled(_SQLITE, "sqlite3_value_blob", types.voidptr, _P)
value_bytes = _compiled(_SQLITE, "sqlite3_value_bytes", _I, _P)
digest_begin = _compiled(_OPENSSL, "EVP_DigestInit_ex2", _I, _P, _P, _P)
digest_more = _compiled(_OPENSSL, "EVP_DigestUpdate", _I, _P, _P, _SIZE)
digest_end = _compiled(_OPENSSL, "EVP_DigestFinal_ex", _I, _P, _P, _P)
memcmp = _compiled(_C, "memcmp", _I, _P, _P, _SIZE)
memcpy = _compiled(_C, "memcpy", _P, _P, _P, _SIZE)


class NotReadable(Exception):  # noqa: N818 - named for what happened
    """SQLite or OpenSSL refused; the usual way will say why."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Two statements ready to be stepped, a SHA-256 context and its algorithm: addresses, of use within ``reading``."""

    entries: int
    links: int
    context: int
    algorithm: int


@contextmanager
def reading(file: str, entries: str, links: str) -> Iterator[Reading]:
    """A connection of its own to ``file``, for one thread, that only reads. Raises NotReadable."""
    database, prepared = _POINTER(), [_POINTER(), _POINTER()]
    algorithm, context = _fetch(None, b"SHA256", None), _new_context()
    try:
        if not algorithm or not context:
            raise NotReadable
        flags = _READ_ONLY | _ONE_THREAD_ONLY
        if _open(os.fsencode(file), ctypes.byref(database), flags, None) != _OK:
            raise NotReadable
        for statement, sql in zip(prepared, (entries, links), strict=True):
            if _prepare(database, sql.encode(), -1, ctypes.byref(statement), None) != _OK:
                raise NotReadable
        yield Reading(prepared[0].value or 0, prepared[1].value or 0, context, algorithm)
    finally:
        for statement in prepared:
            _finalize(statement)
        _close(database)  # it takes a null pointer, as the others do
        _free_context(context)
        _free_fetched(algorithm)
