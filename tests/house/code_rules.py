"""Rules about what code does, read from its syntax tree: nothing is imported or run."""

import ast
from collections.abc import Collection, Iterator, Mapping

from tests.house.tree import Source

Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_actions_module(source: Source) -> bool:
    """``stroma/STEP/actions.py`` or a module of ``stroma/STEP/actions/``."""
    return source.part(0) == "stroma" and source.is_python and source.part(2) in {"actions.py", "actions"}


def public_functions(source: Source) -> list[Function]:
    """The functions at the top of a module whose names do not begin with an underscore."""
    return [
        node
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]


def calls(function: Function) -> set[str]:
    """The names of everything a function calls, without what stands before the dot."""
    return {_name(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}


def faulty_actions(
    source: Source,
    *,
    without_authority: Collection[tuple[str, str]] = (),
    parts_of_actions: Collection[tuple[str, str]] = (),
) -> list[str]:
    """Public functions of an actions module that are no action, or do not say who, when, or whether they may.

    ``without_authority`` holds the (file, function) pairs that need not call ``authorize``,
    ``parts_of_actions`` those that are only called by actions: they say who and when, and the action around
    them does the rest.
    """
    found = []
    ours = "stroma.ledger.transaction"
    imports_action = any(
        isinstance(node, ast.ImportFrom)
        and node.module == ours
        and "action" in {alias.name for alias in node.names}
        for node in source.tree.body
    )
    for function in public_functions(source):
        place = f"{source.name}:{function.lineno}: {function.name}"
        arguments = function.args
        keywords = {argument.arg for argument in arguments.kwonlyargs}
        found += [f"{place} does not take {name!r}" for name in ("by", "at") if name not in keywords]
        if (source.name, function.name) in parts_of_actions:
            continue
        if arguments.args or arguments.posonlyargs or arguments.vararg:
            found.append(f"{place} takes arguments by position")
        if not imports_action or "action" not in {_name(decorator) for decorator in function.decorator_list}:
            found.append(f"{place} is not decorated with @action of {ours}")
        if (source.name, function.name) not in without_authority and "authorize" not in calls(function):
            found.append(f"{place} does not call authorize()")
    return found


def objects_in_views(source: Source) -> list[str]:
    """A view that reaches for ``.objects`` instead of a query that is scoped to its user."""
    is_view = source.part(-1) == "views.py" or "views" in source.name.split("/")[:-1]
    if not is_view:
        return []
    return [
        f"{source.name}:{node.lineno}: .{node.attr}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}
    ]


def imports_of_the_app_in_migrations(source: Source) -> list[str]:
    """A migration that imports the application, which will have changed by the time it runs again."""
    if "migrations" not in source.name.split("/")[:-1]:
        return []
    return [
        f"{source.name}:{line}: imports {module}"
        for module, line in _imports(source.tree)
        if module.split(".")[0] == "stroma" and module != "stroma.ledger.guards"
    ]


def own_ways_to_the_person(source: Source) -> list[str]:
    """A module that finds out for itself who asks for a page, instead of by ``person_in`` and ``site_in``."""
    if source.name == "stroma/clinic/access.py":
        return []
    return [
        f"{source.name}:{node.lineno}: PersonRequest"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name) and node.id == "PersonRequest"
    ]


LOCKS = "stroma/ledger/locks.py"
"""Where rows are locked, and why in that way."""


def locks_that_hold_the_key(source: Source) -> list[str]:
    """A row locked by anything but ``rows_to_change``, or by hand with its key: it may wait in a ring."""
    if source.name == LOCKS or "migrations" in source.name.split("/"):
        return []
    return [
        f"{source.name}:{node.lineno}: {_name(node.func)}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and (
            _name(node.func) == "select_for_update"
            or (_name(node.func) == "for_update_sql" and "no_key" not in {one.arg for one in node.keywords})
        )
    ]


def tests_that_empty_the_tables(source: Source) -> list[str]:
    """Tests that flush every table at their end, which the ledger refuses."""
    names = {"TransactionTestCase", "LiveServerTestCase", "StaticLiveServerTestCase"}
    fixtures = {
        "transactional_db",
        "live_server",
        "django_db_reset_sequences",
        "django_db_serialized_rollback",
    }
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute) and _name(node) in names:
            found.append(f"{source.name}:{node.lineno}: {_name(node)}")
        elif isinstance(node, ast.arg) and node.arg in fixtures:
            found.append(f"{source.name}:{node.lineno}: {node.arg}")
        elif isinstance(node, ast.Call) and _name(node.func) == "django_db":
            asked = {
                k.arg for k in node.keywords if not (isinstance(k.value, ast.Constant) and not k.value.value)
            }
            found += [
                f"{source.name}:{node.lineno}: {name}"
                for name in sorted(asked & {"transaction", "reset_sequences"})
            ]
    return found


def blocker_codes(source: Source) -> Mapping[str, str]:
    """Every code written out in a ``Blocker(...)``, with its place. A code that is computed is not seen."""
    found = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and _name(node.func) == "Blocker":
            code = next(
                (k.value for k in node.keywords if k.arg == "code"), node.args[0] if node.args else None
            )
            for constant in _texts(code):
                found.setdefault(constant, f"{source.name}:{node.lineno}")
    return found


def settings_read(source: Source) -> frozenset[str]:
    """Every ``STROMA_*`` name that is handed to a function: ``env_text("STROMA_HOSTS")``."""
    return frozenset(
        text
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        for argument in node.args
        for text in _texts(argument)
        if text.startswith("STROMA_") and text.replace("_", "").isalnum()
    )


def _texts(node: ast.expr | None) -> Iterator[str]:
    """The text a constant holds, or the two of ``"a" if … else "b"``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def _name(node: ast.expr) -> str:
    """``f`` for ``f``, ``m.f`` and ``f(...)``."""
    if isinstance(node, ast.Call):
        return _name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # "from . import x" and "from stroma.ledger import guards" name the module in two ways.
            if node.level:
                yield f"stroma.{'.' * node.level}{node.module or ''}", node.lineno
            elif node.module == "stroma.ledger":
                yield from ((f"stroma.ledger.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield node.module or "", node.lineno
