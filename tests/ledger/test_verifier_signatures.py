"""The stand-alone verifier's own Ed25519: the published vectors hold, and nothing that is malleable does."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from stroma.ledger.standalone import verifier

# RFC 8032 §7.1: public key, message, signature.
VECTORS = {
    "TEST 1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "TEST 2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "TEST 3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
}

ORDER = 2**252 + 27742317777372353535851937790883648493

# The eight points of small order and second spellings of them: "Taming the many EdDSAs" (Chalkias, Garillot,
# Nikolaenko 2020), table 6.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


@pytest.mark.parametrize("name", VECTORS)
def test_a_published_signature_holds(name: str) -> None:
    key, message, signature = map(bytes.fromhex, VECTORS[name])
    assert verifier().signature_holds(key, message, signature)


@pytest.mark.parametrize("name", VECTORS)
def test_a_published_signature_does_not_hold_with_any_bit_changed(name: str) -> None:
    key, message, signature = map(bytes.fromhex, VECTORS[name])
    holds = verifier().signature_holds
    assert not holds(key, message + b"\x00", signature)
    for place in range(0, 64 * 8, 7):
        bent = bytearray(signature)
        bent[place // 8] ^= 1 << place % 8
        assert not holds(key, message, bytes(bent))
    for place in range(0, 32 * 8, 7):
        bent = bytearray(key)
        bent[place // 8] ^= 1 << place % 8
        assert not holds(bytes(bent), message, signature)


@pytest.mark.parametrize("name", VECTORS)
def test_a_scalar_beyond_the_order_is_refused(name: str) -> None:
    key, message, signature = map(bytes.fromhex, VECTORS[name])
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    assert scalar < 2**256
    assert not verifier().signature_holds(key, message, signature[:32] + scalar.to_bytes(32, "little"))


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_key_of_small_order_is_refused(point: str) -> None:
    # With the neutral point as key, scalar 0 and the neutral point as commitment satisfy the bare equation.
    for commitment in SMALL_ORDER:
        signature = bytes.fromhex(commitment) + bytes(32)
        assert not verifier().signature_holds(bytes.fromhex(point), b"anything", signature)


def test_the_bare_equation_would_have_taken_a_key_of_small_order() -> None:
    # The refusal above is not vacuous: without it, this pair passes.
    module = verifier()
    neutral = module._point(bytes.fromhex(SMALL_ORDER[0]))
    assert module._same(neutral, module.NEUTRAL)
    assert module._has_small_order(neutral)
    assert not module._has_small_order(module.BASE)


@pytest.mark.parametrize("length", [0, 31, 33, 63, 65])
def test_a_key_or_signature_of_another_length_is_refused(length: int) -> None:
    key, message, signature = map(bytes.fromhex, VECTORS["TEST 2"])
    assert not verifier().signature_holds((key * 3)[:length], message, signature)
    assert not verifier().signature_holds(key, message, (signature * 2)[:length])


@settings(max_examples=20)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300))
def test_whatever_openssl_signs_holds(seed: bytes, message: bytes) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key = private.public_key().public_bytes_raw()
    assert verifier().signature_holds(key, message, private.sign(message))
    assert not verifier().signature_holds(key, message + b"x", private.sign(message))
