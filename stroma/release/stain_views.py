"""The stained area of a differentiation test: two photographs in, what was measured out, with its picture."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.custody.access import lot_seen_by
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.protocols.domain.blocker import Blocker
from stroma.release.actions.stains import record_stain
from stroma.release.assay_words import CANNOT_TELL
from stroma.release.domain.assays import kind_of
from stroma.release.file_views import READERS, handed_in
from stroma.release.stain_readings import characterization_named, drawn, measured, reading_at


class StainForm(forms.Form):
    """A photograph of the induced cells and one of cells that were not induced, in the same light."""

    induced = forms.FileField(
        label=gettext_lazy("Photograph of the induced cells"),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/tiff"}),
        help_text=gettext_lazy("8-bit RGB, as PNG, TIFF or JPEG. It is kept as it came."),
    )
    control = forms.FileField(
        label=gettext_lazy("Photograph of the control"),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/tiff"}),
        help_text=gettext_lazy("Cells that were not induced, stained and lit the same way."),
    )


@granted_to(Role.TECHNOLOGIST, Role.QUALITY)
def measure_stain(request: HttpRequest, lot_id: UUID, stain_code: str) -> HttpResponse:
    """Hand in two photographs: the stained area is measured and becomes the record of the test."""
    person, at = person_in(request), present()
    lot = lot_seen_by(person, lot_id, page="measure_stain", at=at)
    test = characterization_named(lot, stain_code)
    if test is None:
        raise Http404("no such test")
    form = StainForm(request.POST or None, request.FILES or None)
    found: list[Blocker] = []
    if request.method == "POST" and form.is_valid():
        induced, control = (handed_in(form.cleaned_data[name]) for name in ("induced", "control"))
        assert induced is not None
        assert control is not None
        result, found = attempt(
            lambda: record_stain(lot=lot, measured=measured(test, induced, control), by=person.user, at=at),
            form,
        )
        if result is not None:
            messages.success(request, _("The stained area was measured and recorded."))
            return redirect("result_page", result_id=result.pk)
    values = {
        "form": form,
        "found": found,
        "subject": lot.din,
        "heading": test.attribute,
        "lead": _("It describes the lot and decides no release."),
        "action": _("Measure and record"),
        "cannot_tell": CANNOT_TELL[kind_of(stain_code)],
        "back": reverse("lot_page", args=[lot.pk]),
    }
    return render(
        request, "release/enter_result.html", values, status=422 if request.method == "POST" else 200
    )


@require_GET
@granted_to(*READERS)
def stain_picture(request: HttpRequest, stain_id: UUID, which: str) -> HttpResponse:
    """A photograph of the test with what was called stained in its colors."""
    person, at = person_in(request), present()
    reading = reading_at(person.site, stain_id)
    if reading is None or which not in {"induced", "control"}:
        raise Http404("no such picture")
    lot_seen_by(person, reading.lot_id, page="result_page", at=at)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "inline"}
    return HttpResponse(drawn(reading, which), content_type="image/png", headers=headers)
