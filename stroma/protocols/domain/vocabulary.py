"""The words that name a treatment: what is treated, whose cells, from which tissue, by which route."""

from enum import StrEnum


class Indication(StrEnum):
    """What is treated."""

    DISCOGENIC_LOW_BACK_PAIN = "discogenic_low_back_pain"
    FACET_JOINT_PAIN = "facet_joint_pain"
    SCIATICA_CONTAINED_HERNIATION = "sciatica_contained_herniation"
    LOW_BACK_PAIN = "low_back_pain"  # traditional treatments are not tied to one structure


class Tissue(StrEnum):
    """Where the stromal cells come from; ``none`` for traditional treatments."""

    BONE_MARROW = "bone_marrow"
    ADIPOSE = "adipose"
    UMBILICAL_CORD = "umbilical_cord"
    DENTAL_PULP = "dental_pulp"
    NONE = "none"


class Route(StrEnum):
    """How cells become a product. The first two differ in law and in practice (``clinical.md`` §2.1)."""

    SAME_DAY = "same_day"
    EXPANDED = "expanded"
    MEDICATION = "medication"
    PHYSICAL_THERAPY = "physical_therapy"
    SURGERY = "surgery"


CELL_ROUTES = frozenset({Route.SAME_DAY, Route.EXPANDED})


class Donor(StrEnum):
    """Whose cells."""

    AUTOLOGOUS = "autologous"
    ALLOGENEIC = "allogeneic"
    NONE = "none"
