"""Labels: printing and drawing them, saying what became of each, and the product codes that stand on them."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.domain.roles import Role
from stroma.custody import actions
from stroma.custody.access import container_seen_by, label_seen_by, lot_seen_by
from stroma.custody.domain.label_sizes import DEFAULT_SIZE, LABEL_SIZES
from stroma.custody.forms import ProductTableForm
from stroma.custody.label_pdf import label_pdf as drawn_pdf
from stroma.custody.label_queries import (
    as_printed,
    label_counts,
    open_labels,
    print_job,
    products_of,
    unaccounted_labels,
)
from stroma.custody.models import Label, Material
from stroma.custody.queries import labels_of, newest_label
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.look.paging import page_asked, page_of
from stroma.protocols.domain.blocker import Blocker

HANDLERS = (Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST)
LABORATORY = (Role.TECHNOLOGIST, Role.QUALITY)

SIZE_WORDS = {
    "bag": gettext_lazy("Bag, 100 × 100 mm"),
    "tube": gettext_lazy("Tube, 60 × 30 mm"),
    "syringe": gettext_lazy("Syringe, 50 × 25 mm"),
    "cryovial": gettext_lazy("Cryovial, 33 × 13 mm"),
    "a4-8": gettext_lazy("A4 sheet of 8, 99.1 × 67.7 mm"),
    "a4-21": gettext_lazy("A4 sheet of 21, 63.5 × 38.1 mm"),
    "a4-65": gettext_lazy("A4 sheet of 65, 38.1 × 21.2 mm"),
}
SIZE_CHOICES = [(code, SIZE_WORDS[code]) for code in LABEL_SIZES]

MOST_PLACES = max(size.places for size in LABEL_SIZES.values())


# --- One container -----------------------------------------------------------------------------------------


@granted_to(*HANDLERS)
def container_label(request: HttpRequest, container_id: UUID) -> HttpResponse:
    """A container's label as printed, its drawing in every size, and the way of each label that was printed for it."""
    person, at = person_in(request), present()
    material = container_seen_by(person, container_id, page="container_label", at=at)
    found: list[Blocker] = []
    if request.method == "POST":
        done, found = _with_label(request, material)
        if done is not None:
            messages.success(request, _LABEL_MESSAGES[done.state])
            return redirect("container_label", container_id=material.pk)
    return _label_page(request, material, found)


def _label_page(request: HttpRequest, material: Material, found: list[Blocker]) -> HttpResponse:
    labels = labels_of(material)
    fresh = next((label for label in labels if label.state == Label.State.PRINTED), None)
    values = {
        "material": material,
        "label": fresh or newest_label(material),
        "labels": labels,
        "found": found,
        "sizes": SIZE_CHOICES,
        "size": request.GET.get("size", DEFAULT_SIZE),
        "most_places": MOST_PLACES,
        "zone": material.lot.site.time_zone,
        "lot_href": reverse("lot_page", args=[material.lot_id]),
    }
    return render(request, "custody/label.html", values, status=422 if found else 200)


_LABEL_MESSAGES = {
    Label.State.PRINTED.value: gettext_lazy(
        "The label was made. Draw it in the size of your labels, print it, then put it on the container."
    ),
    Label.State.APPLIED.value: gettext_lazy("The label is on the container."),
    Label.State.DESTROYED.value: gettext_lazy("The label was destroyed."),
    Label.State.MISSING.value: gettext_lazy("The label was reported missing."),
}


def _with_label(request: HttpRequest, material: Material | None) -> tuple[Label | None, list[Blocker]]:
    """Do to a label what the pressed button says; a label of another container than ``material`` is not found."""
    person, at = person_in(request), present()
    what, reason = request.POST.get("do"), request.POST.get("reason", "")
    if what == "print" and material is not None:
        return attempt(lambda: actions.print_label(material=material, reason=reason, by=person.user, at=at))
    label = label_seen_by(person, _uuid(request.POST.get("label")), page="container_label", at=at)
    if material is not None and label.material_id != material.pk:
        raise Http404("a label of another container")
    if what == "apply":
        return attempt(lambda: actions.apply_label(label=label, by=person.user, at=at))
    if what == "missing":
        return attempt(
            lambda: actions.report_label_missing(label=label, reason=reason, by=person.user, at=at)
        )
    return attempt(lambda: actions.destroy_label(label=label, reason=reason, by=person.user, at=at))


def _uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        raise Http404("no such thing") from None


# --- Drawings ----------------------------------------------------------------------------------------------


@granted_to(*HANDLERS)
def label_pdf(request: HttpRequest, label_id: UUID) -> HttpResponse:
    """One printed label as PDF, in the size and at the place of the sheet that the address names."""
    label = label_seen_by(person_in(request), label_id, page="label_pdf", at=present())
    return _pdf(
        request, label.material, [label], f"label-{label.material.lot.din}-{label.material.division}.pdf"
    )


@granted_to(*LABORATORY)
def lot_labels_pdf(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Every label of a lot that was printed and is not on its container yet, as one PDF."""
    lot = lot_seen_by(person_in(request), lot_id, page="lot_labels_pdf", at=present())
    labels = unaccounted_labels(lot)
    if not labels:
        return redirect("label_reconciliation")
    for label in labels:
        label.material.lot = lot
    return _pdf(request, labels[0].material, labels, f"labels-{lot.din}.pdf")


def _pdf(request: HttpRequest, material: Material, labels: list[Label], name: str) -> HttpResponse:
    job, found = print_job(labels, request.GET.get("size"), request.GET.get("start"))
    if job is None:
        return _label_page(request, material, found)
    pdf, found = attempt(
        lambda: drawn_pdf(
            [as_printed(label) for label in job.labels],
            job.size,
            first_place=job.first_place,
            printed_at=max(label.printed_at for label in job.labels),
        )
    )
    if pdf is None:
        return _label_page(request, material, found)
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


# --- Reconciliation ----------------------------------------------------------------------------------------


@granted_to(*LABORATORY)
def label_reconciliation(request: HttpRequest) -> HttpResponse:
    """Which printed labels are not accounted for, the oldest first, and what to do with each. No names."""
    site = site_in(request)
    found: list[Blocker] = []
    if request.method == "POST":
        done, found = _with_label(request, None)
        if done is not None:
            messages.success(request, _LABEL_MESSAGES[done.state])
            return redirect("label_reconciliation")
    unaccounted = open_labels(site, Label.State.PRINTED)
    values = {
        "unaccounted_count": unaccounted.count(),
        "unaccounted": page_of(unaccounted, page_asked(request, "open")),
        "missing": page_of(open_labels(site, Label.State.MISSING), page_asked(request, "missing")),
        "lots": label_counts(site, page=page_asked(request, "lots")),
        "found": found,
        "sizes": SIZE_CHOICES,
        "most_places": MOST_PLACES,
        "zone": site.time_zone,
    }
    return render(request, "custody/reconciliation.html", values, status=422 if found else 200)


# --- Product codes -----------------------------------------------------------------------------------------


@granted_to(Role.QUALITY, Role.ADMINISTRATOR)
def product_codes(request: HttpRequest) -> HttpResponse:
    """What the site's products are called on labels, and the form that brings a table of the site's own."""
    person, site = person_in(request), site_in(request)
    is_sent = request.method == "POST"
    form = ProductTableForm(request.POST, request.FILES) if is_sent else ProductTableForm()
    found: list[Blocker] = []
    if form.is_valid():
        done, found = attempt(
            lambda: actions.import_product_codes(
                site=site, table=form.cleaned_data["table"], file=form.name, by=person.user, at=present()
            ),
            form,
        )
        if done is not None:
            messages.success(request, _("The product codes were imported. New collections carry them."))
            return redirect("product_codes")
    values = {
        "form": form,
        "found": found,
        "products": products_of(site),
        "site": site,
        "zone": site.time_zone,
    }
    return render(request, "custody/product_codes.html", values, status=422 if is_sent else 200)
