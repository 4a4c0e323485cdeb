"""The tables of whose cells, and where."""

from stroma.custody.models.cells import (
    Derivation,
    Discard,
    Disposition,
    DonationCounter,
    Donor,
    DonorEligibility,
    DonorScreening,
    DonorTest,
    HandOver,
    Label,
    Lot,
    Material,
    Scan,
    SiteProductCode,
)

__all__ = [
    "Derivation",
    "Discard",
    "Disposition",
    "DonationCounter",
    "Donor",
    "DonorEligibility",
    "DonorScreening",
    "DonorTest",
    "HandOver",
    "Label",
    "Lot",
    "Material",
    "Scan",
    "SiteProductCode",
]
