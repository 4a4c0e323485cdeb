"""How a page shows that an action was refused: faults go to their fields, reasons are drawn as blockers."""

from django.forms import BaseForm

from stroma.ledger import wording
from stroma.protocols.domain.problem import BadInput

REFUSED = 422
"""The status of a form that was refused and of an action that a rule stopped; htmx swaps it in."""


def show_problems(form: BaseForm, fault: BadInput, *, fields: dict[str, str] | None = None) -> None:
    """Put every problem of ``fault`` under the field it belongs to, or above the form.

    ``fields`` names the form's field for a place that is called otherwise.
    """
    for problem in fault.problems:
        field = (fields or {}).get(problem.place, problem.place)
        form.add_error(field if field in form.fields else None, wording.fault(problem))
