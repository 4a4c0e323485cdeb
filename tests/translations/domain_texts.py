"""Texts of the pure domain, which knows no gettext: a page translates each by itself, so the catalog must have it.

What is left out on purpose: the Roland-Morris sentences and the Oswestry index. A questionnaire's score is worth
something only in a wording that was validated, so a site brings the Spanish form it has the right to.
"""

import ast
from collections.abc import Callable, Iterable, Iterator

from stroma.candidacy.domain.answer import Origin
from stroma.candidacy.domain.red_flags import RED_FLAGS
from stroma.clinic.domain.roles import Role
from stroma.custody.domain.eligibility import REQUIRED_AGENTS
from stroma.custody.domain.states import LabelState, LotState, MaterialState
from stroma.custody.domain.storage import UnitKind
from stroma.custody.models import DonorTest
from stroma.follow_up.domain.adverse_events import GRADES, RelatedTo, Relation
from stroma.follow_up.domain.instruments import NRS_BACK, NRS_LEG, ODI, PEG, PGIC, RMDQ
from stroma.follow_up.domain.schedule import Window
from stroma.follow_up.domain.warning_signs import WARNING_SIGNS
from stroma.injection.forms import GUIDANCE
from stroma.ledger.domain.entry import Nature
from stroma.look.parts import TONES
from stroma.protocols.domain.spine import Side
from stroma.protocols.domain.variables import VARIABLES
from stroma.protocols.library import shipped_protocols
from stroma.release.domain.specification import ABSENT_WORDS, FAIL_WORDS, PASS_WORDS, PRESENT_WORDS
from stroma.release.shown import COMPUTED
from tests.house.tree import CHECKOUT

RESULT_WORDS = ABSENT_WORDS | PRESENT_WORDS | PASS_WORDS | FAIL_WORDS | {"pending"}


def words(values: Iterable[str]) -> Iterator[str]:
    """A record's values as they are said: in small letters, and with blanks."""
    for value in values:
        yield value.lower()
        yield value.lower().replace("_", " ")


def messages_of(name: str) -> Iterator[str]:
    """The constant sentences in which a module of the domain says what is wrong with an input."""
    for node in ast.walk(ast.parse((CHECKOUT / name).read_text(encoding="utf-8"))):
        said: ast.expr | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
            said = node.args[1]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            said = node.value if node.targets[0].id == "message" else None
        elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            said = node.value.elts[-1]
        if isinstance(said, ast.Constant) and isinstance(said.value, str):
            yield said.value


def _asked_of_patients() -> Iterator[str]:
    for instrument in (NRS_BACK, NRS_LEG, PEG, PGIC):
        yield instrument.instruction
        for item in instrument.items:
            yield from (item.text, *item.labels)
    yield from (one.title for one in (NRS_BACK, NRS_LEG, PEG, PGIC, RMDQ, ODI))
    yield RMDQ.instruction


def _asked_of_staff() -> Iterator[str]:
    for variable in VARIABLES.values():
        yield from (variable.question, *filter(None, [variable.unit]), *variable.words)


def _titles() -> Iterator[str]:
    for shipped in shipped_protocols():
        protocol = shipped.protocol
        yield protocol.title
        for parts in (
            protocol.criteria,
            protocol.visits,
            protocol.holds,
            protocol.processing.steps if protocol.processing else (),
        ):
            yield from (part.title for part in parts)
        yield from (limit.attribute for limit in protocol.specification)
        yield from (test.attribute for test in protocol.characterization)


DOMAIN_TEXTS: dict[str, tuple[tuple[str, Callable[[], Iterable[str]]], ...]] = {
    "look": (("stroma/look/parts.py", lambda: words([*TONES, "PLANNED"])),),
    "ledger": (("stroma/ledger/domain/entry.py", lambda: words(Nature)),),
    "clinic": (("stroma/clinic/domain/roles.py", lambda: words(Role)),),
    "patients": (
        ("stroma/protocols/domain/spine.py", lambda: words(Side)),
        ("stroma/patients/domain/intake.py", lambda: messages_of("stroma/patients/domain/intake.py")),
    ),
    "candidacy": (
        ("stroma/protocols/library", _titles),
        ("stroma/candidacy/domain/red_flags.py", lambda: (flag.question for flag in RED_FLAGS)),
        ("stroma/candidacy/domain/red_flags.py", lambda: (flag.route for flag in RED_FLAGS)),
        ("stroma/protocols/domain/variables.py", _asked_of_staff),
        ("stroma/candidacy/domain/answer.py", lambda: words(Origin)),
    ),
    "custody": (
        ("stroma/custody/domain/eligibility.py", lambda: REQUIRED_AGENTS),
        ("stroma/custody/domain/states.py", lambda: words([*LotState, *MaterialState, *LabelState])),
        ("stroma/custody/domain/storage.py", lambda: words(UnitKind)),
        ("stroma/custody/models/cells.py", lambda: words(DonorTest.Result.values)),
    ),
    "processing": (
        (
            "stroma/processing/domain/counter_file.py",
            lambda: messages_of("stroma/processing/domain/counter_file.py"),
        ),
        ("stroma/processing/photos.py", lambda: messages_of("stroma/processing/photos.py")),
    ),
    "release": (
        ("stroma/release/domain/specification.py", lambda: sorted(RESULT_WORDS)),
        ("stroma/release/shown.py", lambda: [COMPUTED]),
    ),
    "injection": (("stroma/injection/forms.py", lambda: GUIDANCE),),
    "follow_up": (
        ("stroma/follow_up/domain/warning_signs.py", lambda: (sign.text for sign in WARNING_SIGNS)),
        ("stroma/follow_up/domain/instruments.py", _asked_of_patients),
        (
            "stroma/follow_up/domain/adverse_events.py",
            lambda: messages_of("stroma/follow_up/domain/adverse_events.py"),
        ),
        ("stroma/follow_up/domain/adverse_events.py", lambda: words([*RelatedTo, *Relation])),
        ("stroma/follow_up/domain/adverse_events.py", GRADES.values),
        ("stroma/follow_up/domain/schedule.py", lambda: words(Window)),
    ),
}
"""By the earliest step that shows them: the file that says them, and the texts."""
