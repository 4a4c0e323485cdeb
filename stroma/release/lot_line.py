"""The line of one lot: from collection to injection, with the times the record has."""

from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from stroma.clinic.queries import protocol_of
from stroma.collection.models import Collection
from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot, Material
from stroma.look.formats import moment_text
from stroma.look.line import Line, Source, State, Station, Strand
from stroma.look.line_words import CELL_TREATMENT
from stroma.processing.models import Batch
from stroma.protocols.domain.schema import Donor, Route
from stroma.release.models import Release
from stroma.release.standing import Failed


def lot_line(lot: Lot, batch: Batch | None, last: Release | None, failure: Failed | None) -> Line:
    """Collect, process, release, inject: what is done, what is now, and where a failed lot stopped.

    From its batch record, its last release and where it stands as a failed one, where there are these.
    """
    zone = ZoneInfo(lot.site.time_zone)
    protocol = protocol_of(lot.protocol)
    collection = Collection.objects.filter(lot=lot).first()
    is_called_back = lot.state == LotState.QUARANTINE and last is not None
    release = None if is_called_back else last
    given = Material.objects.filter(lot=lot, state="ADMINISTERED").exists()
    at = {
        "collect": collection.collected_at if collection else lot.made_at,
        "process": batch.closed_at if batch else None,
        "release": release.released_at if release else None,
        "inject": None,
    }
    is_done = {
        "collect": True,
        "process": lot.state != LotState.IN_PROCESS and bool(batch and batch.closed_at),
        "release": release is not None,
        "inject": given,
    }
    stations = []
    is_open = True
    for code, done in is_done.items():
        state = State.DONE if done else State.NOW if is_open else State.NEXT
        note = None
        if not done and is_open and lot.state == LotState.REJECTED:
            state, note = State.STOPPED, _("rejected")
            at[code] = failure.rejection.rejected_at if failure else None
        if code == "release" and is_called_back:
            state, note = State.LATE, _("called back")
        is_open = is_open and done
        when = at[code]
        stations.append(
            Station(code, str(CELL_TREATMENT[code]), state, moment_text(when, zone) if when else None, note)
        )
    source = Source.DONOR if protocol.donor is Donor.ALLOGENEIC else Source.OWN
    strand = Strand("collect", "inject", source, grows=protocol.route is Route.EXPANDED)
    return Line(_("Lot %(din)s") % {"din": lot.din}, tuple(stations), strand)
