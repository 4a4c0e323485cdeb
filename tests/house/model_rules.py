"""Rules about the tables, read from the models themselves."""

from collections.abc import Iterable
from typing import Any

# Fields that say who somebody is whatever table they stand in.
ALWAYS_IDENTIFYING = frozenset(
    {
        "birth_date",
        "date_of_birth",
        "family_name",
        "given_name",
        "given_names",
        "middle_name",
        "maiden_name",
        "email",
    }
    | {"phone", "phone_number", "mobile", "postal_address", "street", "postcode", "postal_code", "username"}
    | {"medical_record_number", "mrn", "national_identifier", "social_security_number"}
)


def unsorted_fields(models: Iterable[type[Any]]) -> list[str]:
    """Models that do not declare which of their fields identify a person, or declare it wrongly.

    Every model says ``identifies = frozenset({...})`` itself: a field added to it later is then seen beside
    the declaration. Inherited declarations count only from abstract models.
    """
    found = []
    for model in models:
        name = f"{model.__module__}.{model.__qualname__}"
        declared = next((vars(c)["identifies"] for c in _declaring(model) if "identifies" in vars(c)), None)
        if not isinstance(declared, frozenset):
            found.append(f"{name} does not declare identifies = frozenset({{...}})")
            continue
        fields = {
            field.name for field in model._meta.get_fields() if not field.auto_created or field.concrete
        }
        found += [
            f"{name}: identifies names {word!r}, which is no field" for word in sorted(declared - fields)
        ]
        found += [
            f"{name}: {word!r} identifies a person"
            for word in sorted((fields & ALWAYS_IDENTIFYING) - declared)
        ]
    return found


def _declaring(model: type[Any]) -> list[type[Any]]:
    return [c for c in model.__mro__ if c is model or (hasattr(c, "_meta") and c._meta.abstract)]
