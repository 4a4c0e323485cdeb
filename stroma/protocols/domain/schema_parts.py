"""What the classes of the schema are made of: the words, numbers and sources that a document may write."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from stroma.protocols.domain import coherence
from stroma.protocols.domain.blocker import Weight
from stroma.protocols.domain.spine import Side, Target
from stroma.protocols.domain.vocabulary import Donor, Indication, Route, Tissue


def _real_date(text: str) -> str:
    date.fromisoformat(text)
    return text


Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
ProtocolId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
IsoDate = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_real_date)]
Positive = Annotated[float, Field(gt=0)]

# Reading is strict (a number is not text, text is not true), but a document can only write an enum as a word.
WeightWord = Annotated[Weight, Field(strict=False)]
IndicationWord = Annotated[Indication, Field(strict=False)]
TissueWord = Annotated[Tissue, Field(strict=False)]
RouteWord = Annotated[Route, Field(strict=False)]
DonorWord = Annotated[Donor, Field(strict=False)]
TargetWord = Annotated[Target, Field(strict=False)]
SideWord = Annotated[Side, Field(strict=False)]

INCOHERENT = "incoherent"
"""The error type under which the schema reports what does not fit together (``coherence``)."""


def refuse(faults: Iterable[coherence.Fault]) -> None:
    """Report what does not fit together, if anything. Raises PydanticCustomError."""
    if messages := [fault.message for fault in faults]:
        raise PydanticCustomError(INCOHERENT, "{messages}", {"messages": "; ".join(messages)})


class Part(BaseModel):
    """A piece of the document: nothing unknown is let through, nothing can be changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Sourced(Part):
    """A statement with the place it comes from."""

    source: Text
    """Keys of clinical.md §8, clauses of law, or "general knowledge", separated by "; "."""

    confirmed: bool = True
    """False: marked there as unconfirmed; an editable default that a physician of the site must check."""

    note: str = ""
