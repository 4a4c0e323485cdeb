"""A patient brought in as a file: read whole, then registered, by the same action as the command uses."""

import tempfile
from datetime import datetime
from pathlib import Path

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Site, User
from stroma.fhir.bundle import read_bundle
from stroma.patients.actions import register_patient
from stroma.patients.models import Patient
from stroma.patients.queries import patient_with_record_number
from stroma.protocols.domain.problem import BadInput, Problem

MAX_MEGABYTES = 20


class FileForm(forms.Form):
    """The file, and the answer where somebody very like its patient is known."""

    file = forms.FileField(
        label=_("FHIR R4 file"),
        help_text=_("A bundle about one patient: .json or .json.gz, at most 20 MB"),
        widget=forms.FileInput(attrs={"accept": ".json,.gz"}),
    )
    answer = forms.ChoiceField(
        label=_("If somebody very like this patient is registered"),
        choices=[
            ("ask", _("Ask me first")),
            ("new", _("This is somebody else")),
            ("same", _("It is the patient with this record number:")),
        ],
        widget=forms.RadioSelect,
        initial="ask",
    )
    record = forms.CharField(label=_("Record number"), required=False, max_length=12)


def register_from_file(
    upload: "UploadedFile[bytes]",
    *,
    site: Site,
    is_new_person: bool,
    same_record: str,
    by: User,
    at: datetime,
) -> Patient:
    """Read the upload and register its patient. Raises BadInput with every fault, LikelyDuplicate, NotAuthorized."""
    if (upload.size or 0) > MAX_MEGABYTES * 1024 * 1024:
        raise BadInput([Problem("too_large", f"the file has more than {MAX_MEGABYTES} MB", place="file")])
    name = Path(upload.name or "upload.json").name
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (name if name.endswith((".json", ".json.gz")) else "upload.bin")
        path.write_bytes(upload.read())
        try:
            reading = read_bundle(path)
        except BadInput as fault:
            # The reader names the file by its path here; people know it by its name.
            raise BadInput(
                Problem(p.code, p.message, name if p.file else "", p.place, p.line) for p in fault.problems
            ) from None
    same = same_record.strip().upper()
    return register_patient(
        site=site,
        intake=reading.intake,
        is_new_person=is_new_person,
        same_person=patient_with_record_number(site, same) if same else None,
        source=f"fhir:{reading.digest}",
        by=by,
        at=at,
    )
