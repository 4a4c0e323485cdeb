"""A project as a CP-SAT model: each rule one short function whose docstring is the rule."""

from typing import Any

from stroma.planning.planner.projects import Project, ProjectAnswer, ProjectSchedule


class ProjectModel:
    """The model, the best schedule known, and the bound proved; each run goes on from there."""

    def __init__(self, project: Project, bound: int) -> None:
        from ortools.sat.python import cp_model  # slow import

        self.cp, self.model, self.project = cp_model, cp_model.CpModel(), project
        self.bound, self.makespan = bound, 10**9
        self.schedule: ProjectSchedule | None = None
        self.infeasible = False
        self._solver: Any = None
        horizon = project.horizon
        self.starts = [self.model.new_int_var(0, horizon, "") for _ in project.tasks]
        self.end = self.model.new_int_var(0, horizon, "")
        self.chosen: list[list[Any]] = []
        self.lengths: list[Any] = []
        self.spans: list[list[tuple[Any, int]]] = []
        for task in range(len(project.tasks)):
            self._is_done_in_one_mode(task)
        for task, after in enumerate(project.successors):
            for other in after:
                self._ends_before(task, other)
        for lag in project.lags:
            self._keeps_its_lag(lag.before, lag.after, lag.least)
        for resource, capacity in enumerate(project.capacity):
            self._is_not_overused(resource, capacity)
        for resource, stock in enumerate(project.stock):
            self._is_not_used_up(resource, stock)
        self.model.minimize(self.end)

    def _is_done_in_one_mode(self, task: int) -> None:
        """Each task is done once, in one of its modes, before the end."""
        modes = self.project.tasks[task]
        literals = (
            [self.model.new_bool_var("") for _ in modes] if len(modes) > 1 else [self.model.new_constant(1)]
        )
        self.model.add_exactly_one(literals)
        self.chosen.append(literals)
        self.lengths.append(
            sum(mode.duration * literal for mode, literal in zip(modes, literals, strict=True))
        )
        self.model.add(self.starts[task] + self.lengths[task] <= self.end)
        self.spans.append(
            [
                (
                    self.model.new_fixed_size_interval_var(self.starts[task], mode.duration, "")
                    if len(modes) == 1
                    else self.model.new_optional_fixed_size_interval_var(
                        self.starts[task], mode.duration, literal, ""
                    ),
                    number,
                )
                for number, (mode, literal) in enumerate(zip(modes, literals, strict=True))
            ]
        )

    def _ends_before(self, task: int, other: int) -> None:
        """A task ends before those that follow it begin."""
        if len(self.project.tasks[task]) == 1:
            self.model.add(self.starts[task] + self.project.tasks[task][0].duration <= self.starts[other])
        else:
            for mode, literal in zip(self.project.tasks[task], self.chosen[task], strict=True):
                self.model.add(self.starts[task] + mode.duration <= self.starts[other]).only_enforce_if(
                    literal
                )

    def _keeps_its_lag(self, before: int, after: int, least: int) -> None:
        """A task begins no sooner after another begins than its lag; a negative lag is a longest one."""
        self.model.add(self.starts[after] >= self.starts[before] + least)

    def _is_not_overused(self, resource: int, capacity: int) -> None:
        """At no time is more of a resource used than there is."""
        used = [
            (span, self.project.tasks[task][number].demand[resource])
            for task, spans in enumerate(self.spans)
            for span, number in spans
            if self.project.tasks[task][number].demand[resource] and self.project.tasks[task][number].duration
        ]
        if used:
            self.model.add_cumulative([span for span, _ in used], [amount for _, amount in used], capacity)

    def _is_not_used_up(self, resource: int, stock: int) -> None:
        """All tasks together use no more of a stock than there is."""
        self.model.add(
            sum(
                mode.consumed[resource] * literal
                for modes, literals in zip(self.project.tasks, self.chosen, strict=True)
                for mode, literal in zip(modes, literals, strict=True)
            )
            <= stock
        )

    @property
    def is_closed(self) -> bool:
        """Whether the best schedule is proved to be the best, or that there is none."""
        return self.infeasible or self.makespan <= self.bound

    def learn(self, starts: list[int], makespan: int) -> None:
        """Take a schedule found elsewhere, in the only modes."""
        if makespan < self.makespan and starts:
            self.makespan = makespan
            self.schedule = ProjectSchedule(tuple(starts), tuple(0 for _ in starts))

    def run(self, seconds: float, workers: int, seed: int, *, use_lns_only: bool = False) -> None:
        """Search from the best known; keeps what is found and proved. Only near the best known, little is proved."""
        if self.is_closed:
            return
        model = self.model.clone()
        model.add(self.end >= self.bound)
        if self.schedule is not None:
            model.clear_hints()  # type: ignore[no-untyped-call]  # a method without types
            for variable, value in zip(self.starts, self.schedule.starts, strict=True):
                model.add_hint(model.get_int_var_from_proto_index(variable.index), value)
            model.add(self.end <= self.makespan)
        solver = self._solver = self.cp.CpSolver()
        solver.parameters.max_time_in_seconds = max(0.01, seconds)
        solver.parameters.num_workers = workers
        solver.parameters.random_seed = seed
        solver.parameters.use_lns_only = use_lns_only
        # It runs in another thread, where its own handler of Ctrl-C would end the program (``counts.py``).
        solver.parameters.catch_sigint_signal = False
        status = solver.solve(model)
        if status == self.cp.INFEASIBLE:
            self.infeasible = self.schedule is None
            self.bound = self.makespan if self.schedule is not None else self.bound
            return
        if status in (self.cp.OPTIMAL, self.cp.FEASIBLE) and solver.objective_value < self.makespan:
            self.makespan = round(solver.objective_value)
            self.schedule = ProjectSchedule(
                tuple(solver.value(start) for start in self.starts),
                tuple(
                    next(n for n, lit in enumerate(literals) if solver.value(lit)) for literals in self.chosen
                ),
            )
        if status != self.cp.MODEL_INVALID:
            self.bound = max(self.bound, round(solver.best_objective_bound))
        if status == self.cp.OPTIMAL:
            self.bound = self.makespan

    def stop(self) -> None:
        """End a run in another thread."""
        if self._solver is not None:
            self._solver.stop_search()

    def answer(self, seconds: float) -> ProjectAnswer:
        """What is known."""
        if self.infeasible:
            return ProjectAnswer("infeasible", None, self.bound, seconds, None)
        if self.schedule is None:
            return ProjectAnswer("unknown", None, self.bound, seconds, None)
        status = "optimal" if self.makespan <= self.bound else "feasible"
        return ProjectAnswer(status, self.makespan, self.bound, seconds, self.schedule)
