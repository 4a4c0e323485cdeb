"""Plan a clinic's patients, people, rooms and incubator places, or check a plan that somebody made.

`plan export --site NAME` writes the instance of a clinic's state as it is now: what is booked, who waits, when cultures
are ready, without any name. `plan INSTANCE.json` searches for `--seconds`, tells its progress on the error output, and
writes the plan; Ctrl-C ends it with the best plan so far. `plan check INSTANCE.json SCHEDULE.json` names every rule
that a schedule breaks. Where no plan is possible, the smallest set of rules that cannot hold together is named and the
exit code is 3.
"""

import argparse
import json
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from stroma.planning.planner.checker import violations
from stroma.planning.planner.futures import chances
from stroma.planning.planner.points import points_of
from stroma.planning.planner.reading import read_instance, read_schedule
from stroma.planning.planner.repair import repair
from stroma.planning.planner.result import Result, gap, plan
from stroma.protocols.domain.problem import BadInput, Problem

HELP = "plan patients, people, rooms and culture, or check a plan"
DONE, STOPPED = 0, 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An instance, or a word and its files."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="INSTANCE.json, or: check INSTANCE.json SCHEDULE.json, or: repair INSTANCE.json (mends its current plan "
        "with few moves), or: export (writes the clinic's own state as an instance), or: improve ID (searches on for a "
        "plan that a page asked for)",
    )
    parser.add_argument("--site", help="export: name of the site; needed only where there are several")
    parser.add_argument(
        "--freeze-hours",
        type=int,
        choices=range(24 * 60 + 1),
        metavar="N",
        default=24,
        help="export: for how long from now nothing changes any more (24)",
    )
    parser.add_argument("--seconds", type=_positive, default=10.0, help="how long to search (10)")
    parser.add_argument(
        "--workers", type=int, choices=range(1, 65), metavar="N", default=2, help="threads to use (2)"
    )
    parser.add_argument("--seed", type=int, default=1, help="where the search's random numbers begin (1)")
    parser.add_argument(
        "--samples",
        type=int,
        choices=range(100_001),
        metavar="N",
        default=500,
        help="futures to test the plan against (500)",
    )
    parser.add_argument("--json", action="store_true", help="the whole result as one JSON object")


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds above 0")
    return value


def run(args: argparse.Namespace) -> int:
    """0 when done; 3 when there is no plan or the schedule is rejected; bad input is raised as BadInput."""
    word, *files = args.files
    wanted = {"check": 2, "repair": 1, "export": 0, "improve": 1}.get(word)
    if wanted is None:
        if files:
            raise BadInput(
                [
                    Problem(
                        "usage",
                        "one instance, or: check INSTANCE SCHEDULE, or: repair INSTANCE, or: export",
                        word,
                    )
                ]
            )
        return _plan(args, word)
    if len(files) != wanted:
        raise BadInput(
            [Problem("usage", f"plan {word} takes {wanted} file{'s' * (wanted > 1)}, not {len(files)}")]
        )
    if word == "export":
        return _export(args)
    if word == "improve":
        return _improve(files[0])
    return _check(args, *files) if word == "check" else _repair(args, *files)


def needs_database(args: argparse.Namespace) -> bool:
    """Export and improve read the clinic's tables; every other word works on files."""
    word, *files = args.files
    return bool((word == "export" and not files) or (word == "improve" and len(files) == 1))


def _improve(name: str) -> int:
    from stroma.planning.replan_search import search

    try:
        replan = UUID(name)
    except ValueError as error:
        raise BadInput([Problem("usage", "plan improve takes the identifier of a plan", name)]) from error
    search(replan)
    return DONE


def _export(args: argparse.Namespace) -> int:
    from stroma.clinic.queries import site_named
    from stroma.ledger.record import present
    from stroma.ledger.wording import sentence
    from stroma.planning.clinic_plan import clinic_plan

    made = clinic_plan(site_named(args.site), at=present(), freeze=timedelta(hours=args.freeze_hours))
    json.dump(made.instance.model_dump(mode="json"), sys.stdout, ensure_ascii=False, indent=1)
    print()
    for blocker in made.left_out:
        print(sentence(blocker), file=sys.stderr)
    return DONE


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput([Problem("unreadable", f"cannot be read: {error.strerror}", file)]) from error
    except UnicodeDecodeError as error:
        raise BadInput([Problem("not_utf8", "is not UTF-8; save the file as UTF-8", file)]) from error


def _tell(stage: str, seconds: float, points: float, bound: float) -> None:
    print(
        f"{seconds:7.1f} s  {stage:10}  {points:12.0f} points  bound {bound:12.0f}  gap {gap(points, bound):7.2%}",
        file=sys.stderr,
        flush=True,
    )


def _plan(args: argparse.Namespace, file: str) -> int:
    instance = read_instance(_text(file), file=file)
    result = plan(instance, seconds=args.seconds, workers=args.workers, seed=args.seed, progress=_tell)
    found = chances(instance, result.schedule, samples=args.samples, seed=args.seed) if args.samples else []
    if args.json:
        document = result.document()
        document["chances"] = [
            {"patient": c.patient, "visit": c.visit, "planned_on": str(c.planned_on), "kept": c.kept}
            for c in found
        ]
        json.dump(document, sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        _print_plan(result)
        shown = sorted(found, key=lambda chance: chance.kept)[:10] if result.objective is not None else []
        for chance in shown:
            print(
                f"{chance.kept:6.1%} chance that {chance.patient} has {chance.visit} on {chance.planned_on}"
            )
    if result.objective is None:
        _say_why(result)
        return STOPPED
    return DONE


def _print_plan(result: Result) -> None:
    if result.objective is not None:
        print(
            f"{result.status.value}: {result.objective:.0f} points, no plan has fewer than {result.bound:.0f} "
            f"(gap {result.gap:.2%}), {result.seconds:.1f} s"
        )
        for visit in sorted(result.schedule.visits, key=lambda visit: (visit.starts_at, visit.patient)):
            print(
                f"{visit.starts_at:%Y-%m-%d %H:%M}  {visit.patient}  {visit.visit}  {', '.join(visit.resources)}"
            )
        for name in result.schedule.waiting:
            print(f"{name} has no place in these days")


def _say_why(result: Result) -> None:
    if result.conflict is None:
        waiting = ", ".join(result.schedule.waiting)
        print(
            f"No plan was found in time, and none was proved impossible. Without a place: {waiting}",
            file=sys.stderr,
        )
        return
    few = "none of them can be left out" if result.conflict.is_smallest else "perhaps fewer would do"
    print(f"There is no plan. These rules cannot hold together ({few}):", file=sys.stderr)
    for rule in result.conflict.rules:
        print(f"- {rule.sentence}", file=sys.stderr)


def _check(args: argparse.Namespace, instance_file: str, schedule_file: str) -> int:
    instance = read_instance(_text(instance_file), file=instance_file)
    text = _text(schedule_file)
    schedule = read_schedule(_schedule_in(text), file=schedule_file)
    found = violations(instance, schedule)
    if args.json:
        document = {
            "accepted": not found,
            "points": None if found else points_of(instance, schedule),
            "violations": [{"rule": v.rule, "ids": list(v.ids), "sentence": v.sentence} for v in found],
        }
        json.dump(document, sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        for violation in found:
            print(violation)
        print(
            f"rejected: {len(found)} {'rule is' if len(found) == 1 else 'rules are'} broken"
            if found
            else f"accepted: {points_of(instance, schedule):.0f} points"
        )
    return STOPPED if found else DONE


def _schedule_in(text: str) -> str:
    """The schedule itself where a whole result of ``plan --json`` was handed in."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text  # told where it is read
    whole = isinstance(document, dict) and isinstance(document.get("schedule"), dict)
    return json.dumps(document["schedule"]) if whole else text


def _repair(args: argparse.Namespace, file: str) -> int:
    instance = read_instance(_text(file), file=file)
    mended = repair(instance)
    if args.json:
        json.dump(mended.document(), sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        for move in mended.moves:
            print(
                f"{move.patient} {move.visit}: {move.from_at or 'none'} -> {move.to_at or 'none'}: "
                f"{'; '.join(move.why)}"
            )
        for name, visit in mended.needs_consent:
            print(
                f"{visit} of {name} was promised and cannot be kept: ask for consent to move it",
                file=sys.stderr,
            )
        for name in mended.unplaced:
            print(f"{name} has no place any more", file=sys.stderr)
    return STOPPED if mended.needs_consent or mended.unplaced else DONE
