"""What is known: published results, drawn honestly, for anybody to read."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from stroma.clinic.access import open_to_all
from stroma.evidence.domain.results import Design
from stroma.evidence.figures import figures, named_only, study_csv
from stroma.evidence.sources import sources
from stroma.evidence.studies import Study
from stroma.look.parts import Figure


@dataclass(frozen=True)
class Part:
    """One design: its own part of the page, with what it can tell and what it cannot."""

    key: str
    title: str | Promise
    meaning: str | Promise
    figures: list[Figure]
    named: list[Study]


_TEXTS: dict[Design, tuple[str | Promise, str | Promise]] = {
    Design.BLINDED: (
        _("Blinded trials: nobody knew who got what"),
        _(
            "People were drawn by lot, and neither they nor those who asked them knew what was in the syringe. This "
            "tells most, because hope helps too: the pain of many people with a sham injection also fell by half."
        ),
    ),
    Design.OPEN_CONTROLLED: (
        _("Open comparisons: everybody knew"),
        _(
            "Two groups were compared, but people knew what they got. Part of the difference may be hope, and groups "
            "that were not drawn by lot may differ from the start."
        ),
    ),
    Design.UNCONTROLLED: (
        _("Series without comparison: everybody was treated"),
        _(
            "Nobody can tell from these how much would have got better anyway. People come when it hurts most, so most "
            "get better for a while whatever is done. Big falls are usual here, with any treatment."
        ),
    ),
}


def parts(*, about_cells: bool) -> list[Part]:
    """The designs, the one that tells most first. Those with nothing in them are left out."""
    found = [
        Part(
            design.value,
            *_TEXTS[design],
            figures(design, about_cells=about_cells),
            named_only(design, about_cells=about_cells),
        )
        for design in Design
    ]
    return [part for part in found if part.figures or part.named]


@require_GET
@open_to_all
def evidence(request: HttpRequest) -> HttpResponse:
    """What the studies of cells found, the blinded ones first."""
    return render(request, "evidence/cells.html", {"parts": parts(about_cells=True)})


@require_GET
@open_to_all
def ordinary_evidence(request: HttpRequest) -> HttpResponse:
    """What the studies of ordinary treatments found."""
    return render(request, "evidence/ordinary.html", {"parts": parts(about_cells=False)})


@require_GET
@open_to_all
def source_list(request: HttpRequest) -> HttpResponse:
    """What the sources' short names stand for; names of one source stand together."""
    keys: dict[str, list[str]] = {}
    for key, source in sources().items():
        keys.setdefault(source, []).append(key)
    return render(request, "evidence/sources.html", {"sources": keys.items()})


@require_GET
@open_to_all
def evidence_csv(request: HttpRequest, study: str) -> HttpResponse:
    """The numbers of one study as a file; only those that are shown."""
    text = study_csv(study)
    if text is None:
        raise Http404
    disposition = f'attachment; filename="{study}.csv"'
    return HttpResponse(
        text, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )
