"""The interval of a share of what was counted; it knows nothing of staining, gating, pipetting or sampling."""

import math

Z_95 = 1.959963984540054
"""The standard normal quantile of a two-sided 95 % interval."""


def wilson(count: int, total: int, *, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval of ``count`` in ``total`` as fractions of one; (0, 1) where nothing was counted.

    Raises ValueError where ``count`` is not among 0 to ``total``.

    References
    ----------
    Wilson, J Am Stat Assoc 22 (1927) 209-212; recommended for small and extreme fractions by Brown, Cai & DasGupta,
    Stat Sci 16 (2001) 101-133.
    """
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} cannot be counted")
    if total == 0:
        return 0.0, 1.0
    fraction = count / total
    shrink = 1 + z * z / total
    center = (fraction + z * z / (2 * total)) / shrink
    reach = z * math.sqrt(fraction * (1 - fraction) / total + z * z / (4 * total * total)) / shrink
    return (0.0 if count == 0 else max(center - reach, 0.0)), (
        1.0 if count == total else min(center + reach, 1.0)
    )
