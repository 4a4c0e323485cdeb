"""The check character of ISO/IEC 7064 mod 37-2: one wrong character is always seen, two exchanged ones too."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
"""The 37 values in order. The check character may be an asterisk; what it checks may not hold one."""


def checksum_37_2(text: str) -> int:
    """The checksum of ``text``, 0 to 36 (ST-001 appendix A, which names the standard).

    Raises ValueError for anything but digits and capital letters: the sum is not defined on lower case.
    """
    total = 0
    for character in text:
        value = ALPHABET.find(character, 0, 36)
        if value < 0:
            raise ValueError("only digits and capital letters have a check character")
        total = (total + value) * 2 % 37
    # 38 and not 37: the result must make the whole sum 1. One public encoder has this wrong by one.
    return (38 - total) % 37
