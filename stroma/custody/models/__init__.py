"""The tables of whose cells, and where."""

from stroma.custody.models.cells import (
    Derivation,
    Discard,
    Disposition,
    DonationCounter,
    HandOver,
    HandOverUndo,
    Label,
    Lot,
    Material,
    Pooling,
    Scan,
    SiteProductCode,
)
from stroma.custody.models.donors import Donor, DonorEligibility, DonorScreening, DonorTest
from stroma.custody.models.keeping import (
    ContainerHold,
    FreezeThaw,
    StoragePosition,
    StorageStay,
    StorageUnit,
)
from stroma.custody.models.reading import ScanPhoto, ScanReading
from stroma.custody.models.transport import (
    Shipment,
    ShipmentContent,
    TemperatureLog,
    TemperatureReading,
    TransportBox,
    TransportLimits,
)

__all__ = [
    "ContainerHold",
    "Derivation",
    "Discard",
    "Disposition",
    "DonationCounter",
    "Donor",
    "DonorEligibility",
    "DonorScreening",
    "DonorTest",
    "FreezeThaw",
    "HandOver",
    "HandOverUndo",
    "Label",
    "Lot",
    "Material",
    "Pooling",
    "Scan",
    "ScanPhoto",
    "ScanReading",
    "Shipment",
    "ShipmentContent",
    "SiteProductCode",
    "StoragePosition",
    "StorageStay",
    "StorageUnit",
    "TemperatureLog",
    "TemperatureReading",
    "TransportBox",
    "TransportLimits",
]
