"""Whether a label may be printed or put on now: one lot's labels at a place at a time, one label on a container."""

from collections.abc import Collection

from stroma.protocols.domain.blocker import Blocker

SOURCE = "21 CFR 1271.370"


def printing_blockers(*, others_loose: Collection[str]) -> list[Blocker]:
    """Why no label is printed here now.

    ``others_loose``: donation numbers whose labels were printed at this place and are neither applied nor destroyed.
    While they lie about, either label could go on either container, and every scan afterwards would agree with it.
    """
    if not others_loose:
        return []
    return [Blocker("labels_of_another_lot_lie_here", {"donations": ", ".join(sorted(others_loose))}, SOURCE)]


def applying_blockers(*, is_fresh: bool, state: str, is_labeled: bool) -> list[Blocker]:
    """Why this label is not put on its container: it was used or destroyed, or the container carries one."""
    blockers = []
    if not is_fresh:
        blockers.append(Blocker("label_not_fresh", {"state": state}, SOURCE))
    if is_labeled:
        blockers.append(Blocker("labeled_already", {}, SOURCE))
    return blockers
