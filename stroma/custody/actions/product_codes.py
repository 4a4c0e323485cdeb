"""The product codes that a site gives what it makes."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site, User
from stroma.custody.domain.product_table import read_product_table
from stroma.custody.label_queries import donors_by_protocol
from stroma.custody.models import SiteProductCode
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.record import record
from stroma.ledger.transaction import action


@action
def import_product_codes(
    *, site: Site, table: str, file: str = "", by: User, at: datetime
) -> list[SiteProductCode]:
    """Bring a site's own product codes, as CSV; from now on what it collects carries them.

    Lots that began before keep the codes they began with. Raises BadInput with every fault of the table.
    """
    authorize(by, Role.QUALITY, Role.ADMINISTRATOR, site=site, at=at)
    rows = read_product_table(table, donors_by_protocol(site), file=file)
    codes = SiteProductCode.objects.bulk_create(
        SiteProductCode(
            site=site,
            protocol_id=row.protocol_id,
            product_code=row.product_code,
            collection_type=row.collection_type,
            product_name=row.product_name,
            imported_by=by,
            imported_at=at,
        )
        for row in rows
    )
    named = {code.protocol_id: f"{code.product_code}{code.collection_type}" for code in codes}
    record(
        "product_codes.imported",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={
            "site": site.id,
            "codes": named,
            "names": {code.protocol_id: code.product_name for code in codes},
        },
    )
    return codes
