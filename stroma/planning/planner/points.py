"""The points of any schedule, worked out from the documents alone: what the planner's own sum is checked against."""

from datetime import datetime, timedelta

from stroma.planning.planner.instance import Instance, PlannedVisit, Resource, Schedule, minute_of_day


def points_of(instance: Instance, schedule: Schedule) -> float:
    """What a schedule costs: waiting by priority, age of the cells, overtime, moved visits, and who has no place."""
    points, total = instance.objective, 0.0
    patients = {patient.id: patient for patient in instance.patients}
    chains = {chain.id: chain for chain in instance.chains}
    resources = {resource.id: resource for resource in instance.resources}
    at = {(visit.patient, visit.visit): visit for visit in schedule.visits}
    stood = {(visit.patient, visit.visit): visit for visit in instance.current.visits}
    for name, chain_id in schedule.chains.items():
        chain, patient = chains[chain_id], patients[name]
        treated = at[name, chain.treatment].starts_at.date()
        total += points.wait_weight(patient.priority) * (treated - patient.ready_on).days
        if chain.product_from:
            total += points.cell_age_per_day * (treated - at[name, chain.product_from].starts_at.date()).days
        for visit in chain.visits:
            planned = at[name, visit.id]
            minutes = -(-visit.minutes // instance.slot_minutes) * instance.slot_minutes
            over = sum(_overtime(resources[resource], planned, minutes) for resource in planned.resources)
            total += points.overtime_per_hour * over / 60
            was = stood.get((name, visit.id))
            if was and not instance.keeps(patient, was) and was.starts_at != planned.starts_at:
                total += points.moved_visit
    for name in schedule.waiting:
        patient = patients[name]
        days = instance.days - (patient.ready_on - instance.first_day).days
        total += points.waiting_patient + points.wait_weight(patient.priority) * days
    return total


def _overtime(resource: Resource, planned: PlannedVisit, minutes: int) -> float:
    midnight = datetime.combine(planned.starts_at.date(), datetime.min.time())
    first = (planned.starts_at - midnight) / timedelta(minutes=1)
    inside = 0.0
    for shift in resource.shifts:
        if shift.is_on(planned.starts_at.date()):
            opens, closes = minute_of_day(shift.opens), minute_of_day(shift.closes)
            inside += max(0.0, min(first + minutes, closes) - max(first, opens))
    return max(0.0, minutes - inside)
