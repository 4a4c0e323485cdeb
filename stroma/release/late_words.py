"""What a late positive asks for, in words, and the drafts of its notices."""

from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stroma.courses.models import Course
from stroma.look.formats import moment_text
from stroma.release.late_queries import containers_of_case
from stroma.release.models import LatePositive

TASKS: dict[str, str | Promise] = {
    "secure_containers": gettext_lazy("Secure every container that was not given"),
    "notify_physician": gettext_lazy("Tell the physician"),
    "call_patient": gettext_lazy("Call the patient"),
    "consider_antibiotics": gettext_lazy("Physician: examine, take cultures, consider antibiotics"),
    "notify_quality": gettext_lazy("Tell quality and the sponsor"),
    "open_deviation": gettext_lazy("Open a deviation: where did it come from?"),
    "identify_organism": gettext_lazy("Identify the organism and what it is sensitive to"),
}


def draft(case: LatePositive, code: str, course: Course | None) -> str:
    """The notice as it is proposed: edited by whoever sends it, and kept as it was sent."""
    zone = ZoneInfo(case.lot.site.time_zone)
    values = {
        "lot": case.lot.din,
        "result": case.result.text or f"{case.result.value:f}",
        "when": moment_text(case.opened_at, zone),
        "site": case.lot.site.name,
        "course": course.number if course else "",
        "name": f"{course.patient.given_names} {course.patient.family_name}" if course else "",
        "product": case.lot.product_name,
    }
    if code == "call_patient":
        return (
            _(
                "Hello %(name)s, this is %(site)s. We are calling about the cells you were given. A test that "
                "takes two "
                "weeks has come back, and it showed that germs may have been in the sample. Most people stay well. How "
                "are you? Do you have a fever, chills, new or stronger back pain, redness or discharge where "
                "the needle "
                "was, weakness, or trouble passing urine?"
            )
            + "\n\n"
            + _(
                "Please come in today so that a physician can examine you and take blood. If you feel ill or any of "
                "these begins, go to the emergency department now and say that you had an injection into the spine."
            )
        ) % values
    if code == "notify_physician":
        return (
            _(
                "Late positive result: lot %(lot)s (%(product)s), given in course %(course)s. Final result recorded "
                "%(when)s: %(result)s. Organism and sensitivity follow. Please examine the patient today, "
                "consider blood "
                "cultures, CRP and imaging, and antibiotics once cultures are taken."
            )
            % values
        )
    where = "; ".join(
        f"{one.division}: {one.get_state_display()}"
        + (f", {one.lot.course.number}" if one.lot.course else "")
        for one in containers_of_case(case)
    )
    return (
        _(
            "Late positive result: lot %(lot)s (%(product)s), recorded %(when)s: %(result)s. Containers: %(where)s."
        )
        % (values | {"where": where})
        + " "
        + _("The lot and its parts were called back. Sponsor and authority are told as the protocol asks.")
    )
