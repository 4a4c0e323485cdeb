"""The planner: own clinics beside a plain CP-SAT model and greedy earliest fit, or public projects (--psplib).

Without ``--psplib``: invented clinics (``planner_clinics``), each solved by ours, by the plain model of every rule
(``rules``) and by first come, earliest fit, in one run with the same workers; every schedule goes through the checker.
Then one more patient into the full calendar, and repairs of it. With ``--psplib FILES``: one object for each instance.
"""

import argparse
import csv
import json
import os
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from ortools.sat.python import cp_model

from bench.planner_clinics import FIRST_DAY, clinic
from stroma.planning.planner.checker import violations
from stroma.planning.planner.instance import Instance, Schedule
from stroma.planning.planner.points import points_of
from stroma.planning.planner.project_files import read_projects
from stroma.planning.planner.project_search import solve_project
from stroma.planning.planner.projects import ProjectAnswer, project_faults
from stroma.planning.planner.reading import read_instance
from stroma.planning.planner.repair import no_show, not_before, repair, someone_is_away, touched
from stroma.planning.planner.result import Result, gap, plan
from stroma.planning.planner.roster import Roster
from stroma.planning.planner.rules import RulesModel
from stroma.planning.planner.state import State
from stroma.protocols.domain.problem import BadInput

FIRST_FREEZE = datetime.combine(FIRST_DAY + timedelta(days=28), datetime.min.time())


def main(arguments: Sequence[str]) -> int:
    """Run and print; 1 when a schedule does not pass its checker or contradicts a published bound."""
    parser = argparse.ArgumentParser(prog="./run bench planner", description=__doc__)
    parser.add_argument("--patients", type=int, nargs="+", default=[25, 50, 100, 200, 400])
    parser.add_argument("--seeds", type=int, default=20, help="how many clinics of each size (20)")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each search (60)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="count the processor time of one worker instead of time, for a machine that is shared; clinics only",
    )
    parser.add_argument("--no-plain", action="store_true", help="leave the plain model out")
    parser.add_argument(
        "--repairs", type=int, default=20, help="repairs of each kind and bookings for each clinic (20)"
    )
    parser.add_argument("--psplib", type=Path, nargs="+", metavar="FILE", help=".sm .mm .sch .rcmp .jsonl")
    parser.add_argument(
        "--bounds",
        type=Path,
        nargs="+",
        metavar="TABLE",
        help="tables of published results (instance; best_known, best_lower_bound or optimum or best_makespan)",
    )
    parser.add_argument("--every", type=int, default=1, help="with --psplib: only each Nth instance")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    args = parser.parse_args(arguments)
    if args.processor_time and (args.psplib or not args.no_plain):
        parser.error("--processor-time measures clinics only, and needs --no-plain")
    return _projects(args) if args.psplib else _clinics(args)


def _write(row: dict[str, Any], *, as_json: bool) -> None:
    print(
        json.dumps(row) if as_json else "  ".join(f"{key} {value}" for key, value in row.items()), flush=True
    )


def _projects(args: argparse.Namespace) -> int:
    instances, problems = [], []
    for path in args.psplib:
        try:
            instances += read_projects(path)
        except BadInput as refused:
            problems += refused.problems
    if problems:
        print("\n".join(str(problem) for problem in problems), file=sys.stderr)
        return 2
    published = _published(args.bounds or [])
    wrong, gaps, processor = 0, [], 0.0
    for project in instances[:: args.every]:
        began = process_time()
        answer = solve_project(project, seconds=args.seconds, workers=args.workers)
        took = process_time() - began
        processor += took
        checked = answer.schedule is None or not project_faults(project, answer.schedule)
        row = {
            "instance": project.name,
            "makespan": answer.makespan,
            "bound": answer.bound,
            "status": answer.status,
            "seconds": round(answer.seconds, 2),
            "checked": checked,
            "processor_seconds": round(took, 2),
        }
        contradicts = False
        if known := published.get(project.name.upper()):
            contradicts = known.is_contradicted_by(answer)
            row |= {"best_known": known.best, "contradicts": contradicts}
            if known.best and answer.makespan is not None:
                gaps.append(answer.makespan / known.best - 1)
        wrong += contradicts or not checked
        _write(row, as_json=args.json)
    if gaps:
        print(
            f"{len(gaps)} instances, mean gap to the best known {sum(gaps) / len(gaps):.2%}, "
            f"{processor:.0f} s of processor time, {_load()}",
            file=sys.stderr,
        )
    return int(wrong > 0)


@dataclass(frozen=True)
class _Published:
    """What others found and proved; no best where they proved that there is none."""

    best: float | None
    bound: float

    def is_contradicted_by(self, answer: ProjectAnswer) -> bool:
        """A schedule below the published bound, or a proof against the published best."""
        if self.best is None:
            return answer.makespan is not None
        if answer.makespan is None:
            return answer.status == "infeasible"
        return answer.makespan < self.bound or answer.bound > self.best


def _published(paths: Sequence[Path]) -> dict[str, _Published]:
    """Published results from tables of either form, by the file's name without its ending."""
    found = {}
    for path in paths:
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                best = row.get("best_known") or row.get("best_makespan") or row.get("optimum")
                bound = row.get("best_lower_bound") or row.get("lower_bound") or best
                if best and bound:
                    found[Path(row["instance"]).stem.upper()] = _Published(float(best), float(bound))
                elif row.get("status") == "infeasible":
                    found[Path(row["instance"]).stem.upper()] = _Published(None, 0)
    return found


def _clinics(args: argparse.Namespace) -> int:
    wrong = 0
    for patients in args.patients:
        for seed in range(1, args.seeds + 1):
            instance = read_instance(json.dumps(clinic(patients, seed)), file=f"clinic {patients}/{seed}")
            row: dict[str, Any] = {"patients": patients, "seed": seed}
            clock, workers = (process_time, 1) if args.processor_time else (perf_counter, args.workers)
            result = plan(instance, seconds=args.seconds, workers=workers, clock=clock)
            row |= _measured("ours", instance, result.schedule, result.bound)
            row |= {"bound": round(result.bound, 1), "first_plan_s": round(result.first_plan_seconds, 3)}
            row |= _measured("greedy", instance, _greedy(instance), result.bound)
            if not args.no_plain:
                row |= _plain(instance, args, result.bound)
            row |= _booked_and_repaired(instance, result, args.repairs, seed, clock)
            row |= {"clock": "processor" if args.processor_time else "wall", "load": _load()}
            wrong += any(value is False for key, value in row.items() if key.endswith("_checked"))
            _write(row, as_json=args.json)
    return int(wrong > 0)


def _measured(who: str, instance: Instance, schedule: Schedule, bound: float) -> dict[str, Any]:
    accepted = not violations(instance, schedule)
    points = points_of(instance, schedule)
    return {who: points, f"{who}_gap": round(gap(points, bound), 4), f"{who}_checked": accepted}


def _greedy(instance: Instance) -> Schedule:
    """First come, earliest fit."""
    state = State(Roster(instance))
    for patient in sorted(instance.patients, key=lambda patient: (patient.ready_on, patient.id)):
        state.insert(patient.id)
    return state.schedule()


def _plain(instance: Instance, args: argparse.Namespace, bound: float) -> dict[str, Any]:
    began = perf_counter()
    first = _FirstPlan()
    model = RulesModel(instance)
    left = args.seconds - (perf_counter() - began)
    status, solver = model.solve(seconds=left, workers=args.workers, callback=first)
    if status not in {"optimal", "feasible"}:
        return {"plain": None, "plain_status": status}
    row = _measured("plain", instance, model.schedule(solver), bound)
    own = solver.best_objective_bound / 60
    return row | {
        "plain_own_gap": round(gap(row["plain"], own), 4),
        "plain_first_plan_s": round(args.seconds - left + (first.at or 0.0), 2),
    }


class _FirstPlan(cp_model.CpSolverSolutionCallback):
    """When the plain model found its first plan, in seconds from the begin of its search."""

    at: float | None = None

    def on_solution_callback(self) -> None:
        if self.at is None:
            self.at = self.wall_time


def _booked_and_repaired(
    instance: Instance, result: Result, times: int, seed: int, clock: Callable[[], float]
) -> dict[str, Any]:
    """One more patient into the full calendar; repairs after what goes wrong in a clinic."""
    rng = random.Random(seed)
    full = instance.model_copy(
        update={
            "current": result.schedule,
            "frozen_until": FIRST_FREEZE + timedelta(days=rng.randrange(30)),
        }
    )
    booking = _book_one_more(full, times, rng, clock)
    repairs, moved, accepted, lost = [], [], True, 0
    for broken in _mishaps(full, times, rng):
        if len(touched(broken)) > 50:
            continue
        began = clock()
        mended = repair(broken)
        repairs.append(clock() - began)
        rules = violations(broken, mended.schedule)
        accepted &= all(set(v.ids) & set(mended.unplaced) for v in rules)
        lost += len(mended.unplaced)
        own = {visit.patient for visit in touched(broken)}
        untouched = [visit for visit in broken.current.visits if visit.patient not in own]
        others = [move for move in mended.moves if move.patient not in own and move.from_at]
        moved.append(len(others) / max(1, len(untouched)))
    return {
        "booking_p99_ms": _p99(booking),
        "repairs": len(repairs),
        "repair_p99_ms": _p99(repairs),
        "without_place_after_repair": lost,
        "untouched_moved": round(max(moved, default=0.0), 4),
        "repairs_checked": accepted,
    }


def _book_one_more(full: Instance, times: int, rng: random.Random, clock: Callable[[], float]) -> list[float]:
    state = State(Roster(full))
    state.keep_what_stands()
    took = []
    for number in range(times):
        like = rng.choice(full.patients)
        new = like.model_copy(
            update={"id": f"new_{number}", "ready_on": (full.frozen_until or FIRST_FREEZE).date()}
        )
        state.patients[new.id] = new
        began = clock()
        state.insert(new.id)
        took.append(clock() - began)
        if new.id in state.placed:
            state.remove(new.id)
        del state.patients[new.id]
    return took


def _mishaps(full: Instance, times: int, rng: random.Random) -> Iterable[Instance]:
    frozen = full.frozen_until or FIRST_FREEZE
    later = [visit for visit in full.current.visits if visit.starts_at >= frozen + timedelta(days=3)]
    people = [one.id for one in full.resources if one.id.startswith(("physician", "technologist", "nurse"))]
    kinds: list[Callable[[], Instance]] = [
        lambda: someone_is_away(
            full, rng.choice(people), (first := _day(frozen, rng)), first + timedelta(days=1), "ill"
        ),
        lambda: _slow(full, rng),
        lambda: _missed(full, rng),
    ]
    for number in range(times if later else 0):
        yield kinds[number % len(kinds)]()


def _day(frozen: datetime, rng: random.Random) -> Any:
    return frozen.date() + timedelta(days=rng.randrange(1, 40))


def _slow(full: Instance, rng: random.Random) -> Instance:
    harvests = [
        v
        for v in full.current.visits
        if v.visit == "harvest" and full.frozen_until and v.starts_at > full.frozen_until
    ]
    slow = rng.choice(harvests or [v for v in full.current.visits if v.visit == "harvest"])
    return not_before(full, slow.patient, {"harvest": slow.starts_at.date() + timedelta(days=1)})


def _missed(full: Instance, rng: random.Random) -> Instance:
    injections = [
        v
        for v in full.current.visits
        if v.visit == "follow_up" and full.frozen_until and v.starts_at > full.frozen_until
    ]
    missed = rng.choice(injections or [v for v in full.current.visits if v.visit == "follow_up"])
    return no_show(full, missed.patient, missed.visit)


def _p99(seconds: Sequence[float]) -> float | None:
    if not seconds:
        return None
    return round(1000 * sorted(seconds)[min(len(seconds) - 1, int(0.99 * len(seconds)))], 1)


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
