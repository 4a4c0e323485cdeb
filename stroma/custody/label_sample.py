"""A label of no container, with everything a label can say, to try a printer, its paper and a scanner with."""

from datetime import UTC, datetime
from decimal import Decimal

from stroma.custody.domain.isbt128.din import Din
from stroma.custody.domain.label import label_content
from stroma.custody.domain.label_facts import LabelFacts, LabelPurpose
from stroma.custody.domain.label_statements import DonorRelation
from stroma.custody.label_pdf import PrintedLabel

SAMPLE_DATE = datetime(2026, 3, 1, 14, 15, tzinfo=UTC)

SAMPLE = PrintedLabel(
    label_content(
        LabelFacts(
            purpose=LabelPurpose.PRODUCT,
            is_simulated=True,
            din=Din("A999926000012"),
            product_code="DMC01",
            collection_type="0",
            division="A0",
            product_name="BMAC",
            donor_relation=DonorRelation.AUTOLOGOUS,
            recipient_identifiers=("P0000000", "Sample-Featherstonehaugh, Maximiliana"),
            collection_facility="Sample clinic (A9999)",
            collected_at=SAMPLE_DATE,
            expires_at=datetime(2026, 3, 1, 18, 15, tzinfo=UTC),
            zone_name="America/New_York",
            storage_temperature="15 to 25 °C",
            volume_ml=Decimal("2.0"),
            viable_cells=19_990_000,
            viability_fraction=Decimal("0.95"),
            investigational=True,
            donor_screening_complete=True,
            donor_testing_complete=False,
            donor_risk_found=True,
            reactive_agents=("HBV",),
            establishment_name="Sample clinic",
            establishment_address="1 Sample Street, Alpharetta, Georgia",
        )
    ).as_dict(),
    "A0-1",
)
"""The donation number is of a facility that ISBT 128 sets aside for tests."""
