"""The sentences for this step's reasons."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, str | Promise] = {
    # Adding what can be booked.
    "resource_kind_unknown": _(
        "No protocol knows the kind {kind}. Choose one of the kinds of staff, rooms or equipment."
    ),
    "resource_needs_person": _("A {kind} is a person. Name their account."),
    "resource_is_no_person": _("A {kind} is no person. Leave the account out."),
    "resource_lacks_role": _(
        "This person does not hold the role {kind} at this site. Give them the role first."
    ),
    "resource_person_has_no_place": _("A person is not tied to a place. Leave the place out."),
    "resource_place_elsewhere": _("That place belongs to another site. Choose a place of this site."),
    "resource_name_taken": _("Something at another place has that name already. Choose another name."),
    "resource_exists": _("This one can be booked as {kind} already. Nothing needs to be added."),
    "resource_of_another_sort": _(
        "This one is booked as {is} and cannot be {kind} as well. Add it under a name and place of its own."
    ),
    # Changing the calendar.
    "calendar_in_the_past": _(
        "The change would hold from {valid_from}; today is {today}, and the past does not move. Choose today or later."
    ),
    "calendar_reason_missing": _(
        "No reason was given. Say why in a few words; who reads the calendar sees it."
    ),
    "calendar_hours_overlap": _(
        "Two stretches of one weekday overlap at {at}. Let one end before the other begins."
    ),
    "calendar_hours_empty": _(
        "A stretch begins and ends at {at}. Give it an end, or leave the day empty where it is closed."
    ),
    "calendar_night_not_last": _(
        "A stretch that lasts into the next day must be the last one of its weekday."
    ),
    "absence_ends_first": _("The time would end before it begins. Correct one of the two."),
    "absence_in_the_past": _(
        "The time would begin on {starts_at}, in the past, which does not move. Let it begin today or later."
    ),
    "absence_of_another_kind": _("Nobody books this one as {kind}. Choose what it is booked as."),
    "absence_taken_back_before": _("This was taken back already. Nothing needs to be done."),
    "absence_is_over": _("This was over on {ends_at}. What was stays as it was."),
    "turn_of_no_thing": _("{kind} is no kind of room or device. Choose one that is set up or cleaned."),
    "turn_too_long": _("Set-up and cleaning take from 0 to {longest} minutes each. Correct the number."),
    "shifts_of_no_person": _("Rooms and devices have no shifts. Say when they are out of order instead."),
    "resource_of_another_site": _("This site cannot book that person or thing. Choose one of this site."),
    # Whether a chain may be booked.
    "visit_to_hold_again_unknown": _("The protocol of this course has no visit {visit}."),
    "booking_course_not_open": _("The course is {state}. Only an open course is booked; open a new one."),
    "booking_consent_missing": _("There is no consent for this course. Record the patient's consent first."),
    "booking_consent_withdrawn": _(
        "The patient withdrew the consent on {withdrawn_at}. Nothing is booked without a new consent."
    ),
    "visits_already_booked": _(
        "The visits of this chain are booked already. Move one of them, or cancel them to book the chain anew."
    ),
    "slot_taken": _(
        "Other bookings were faster {tries} times in a row, and nothing was booked. Try again in a moment."
    ),
    "offer_changed": _(
        "Meanwhile somebody else was booked, and this chain is no longer free as it was shown. Choose again."
    ),
    "overtime_reason_missing": _(
        "These visits lie in overtime: {visits}. Give the reason; it is kept with your name."
    ),
    # The cheapest ways round a refusal.
    "way_another_physiatrist": _("With another physiatrist: the first visit would be on {on}."),
    "way_another_weekday": _("On other weekdays as well: the first visit would be on {on}."),
    "way_overtime": _("With {minutes} minutes of overtime on {on}, for “{title}”."),
    "way_later_start": _("With a later start: the first visit would be on {on}."),
    "way_one_more": _("With one more {kind} on {on}, for “{title}”."),
    # Why there is no chain.
    "visit_unknown": _("The protocol has no visit {visit}. Correct the list of visits held."),
    "visit_skipped": _(
        "The visit “{later}” is said to be held, but “{title}” before it is not. Say when that was held."
    ),
    "resource_missing": _(
        "The visit “{title}” needs {needed} × {kind}; this site has {available}. Add what is missing."
    ),
    "window_closed": _(
        "The time for the visit “{title}” is over before it can be booked. Ask the physiatrist how to go on."
    ),
    "closed_in_window": _(
        "The visit “{title}” must begin between {from} and {to}, and the site is not open long enough then. "
        "Choose another start of the chain."
    ),
    "resource_busy": _(
        "The visit “{title}” must begin between {from} and {to}, and no {kind} is free for it then; the next "
        "one is free on {free_from}. Start the chain later, or free a {kind}."
    ),
    "resource_busy_throughout": _(
        "The visit “{title}” must begin between {from} and {to}, and no {kind} is free for it then or at any "
        "later time that was looked at. Free or add a {kind}."
    ),
    "never_free_together": _(
        "The visit “{title}” must begin between {from} and {to} and takes {kinds} together; each is free at "
        "some time, but never all at once and each a different one. Free or add one of them."
    ),
    "visits_not_joinable": _(
        "No time of the visit “{title}” leaves room for all that follows it: {later}. "
        "Free what those visits take, or start the chain later."
    ),
    "visits_collide": _(
        "The visit “{title}” gets in the way of other visits of the same chain: {others}. "
        "Add another person or room for one of them."
    ),
    "hold_busy": _(
        "No {kind} is free on every day of “{title}”. Start the chain later, or free or add a {kind}."
    ),
    "planning_gave_up": _(
        "After {tries} tries no place was found for the visit “{title}”. Choose another start of the chain."
    ),
    # What the checker finds in a plan.
    "plan_lacks_visit": _("The plan lacks the visit {visit}. Add it."),
    "plan_adds_visit": _("The plan has the visit {visit}, which is not to be booked. Remove it."),
    "plan_repeats_visit": _("The plan has the visit {visit} more than once. Keep one."),
    "plan_too_early": _("The visit {visit} begins at {at}; nothing may begin before {earliest}. Move it."),
    "plan_wrong_length": _("The visit {visit} must last {duration}. Correct its end."),
    "plan_outside_hours": _("The visit {visit} at {at} lies outside the site's hours. Move it."),
    "plan_breaks_lag": _(
        "The visit {visit} begins {lag} after the visit it follows; the protocol asks for {earliest} to "
        "{latest}. Move it."
    ),
    "plan_misfills_role": _(
        "The visit {visit} does not have the right person or thing for every role. Fill each role."
    ),
    "plan_counts_twice": _("The visit {visit} counts one for two roles. Give one role to somebody else."),
    "plan_outside_shift": _("The visit {visit} takes somebody outside their working hours. Move it."),
    "plan_double_books": _("The visit {visit} takes somebody or something that is booked then. Move it."),
    "plan_lacks_hold": _("The plan keeps nothing for “{title}” on all of its days. Keep one, and only one."),
    "plan_adds_hold": _("The plan keeps something for {hold}, which is not to be kept. Free it."),
    "plan_window_closed": _(
        "Course {course} cannot be planned: the time for the visit “{title}” is over. Ask the physiatrist how to go on."
    ),
    # Moving a visit.
    "move_names_no_visit": _("No visit was named that shall move. Choose one."),
    "move_names_visit_twice": _("A visit was named twice with two places to go. Name it once."),
    "move_overtaken": _(
        "The visit {visit} was moved meanwhile and begins on {starts_at} now. Look at it there and decide again."
    ),
    "move_taken": _("Somebody else has just taken that time. Choose another one."),
    "move_of_unplanned_visit": _("The protocol has no visit {visit}, so it cannot move. Cancel it instead."),
    "move_replaces_nobody": _(
        "The visit {visit} does not hold what shall be replaced. Look at what it takes now."
    ),
    "move_changes_nothing": _("The visit “{title}” stands so already. Choose another time or somebody else."),
    "move_into_the_past": _("The visit “{title}” cannot begin at {to}: it is {at} now. Choose a later time."),
    "move_between_slots": _(
        "The visit “{title}” cannot begin at {to}: visits begin at the full hour or {minutes}, 30 or 45 minutes after."
    ),
    "move_outside_hours": _(
        "The visit “{title}” at {to} lies outside the site's hours. Choose another time, or give the reason why it "
        "must be then."
    ),
    "move_outside_shift": _(
        "{resource} does not work at the time of the visit “{title}”. Choose somebody else or another time, or give "
        "the reason why they come."
    ),
    "move_at_short_notice": _(
        "The visit “{title}” would change less than {hours} hours before. Give the reason why it must."
    ),
    "move_patient_not_asked": _(
        "The patient was told when the visit “{title}” is. Ask them about {to}, and say that they agree."
    ),
    "move_misfills_role": _(
        "The visit “{title}” takes {kinds}; those named are not one for each. Choose somebody who can be booked as it."
    ),
    "move_finds_patient_busy": _(
        "The patient has another appointment at the time of the visit “{title}”. Choose another time."
    ),
    "move_finds_busy": _(
        "{resource} is taken at the time of the visit “{title}”, and no other {kind} is free. Choose another time."
    ),
    "move_finds_busy_others_free": _(
        "{resource} is taken at the time of the visit “{title}”. Take {free} instead, or choose another time."
    ),
    "move_finds_no_place": _(
        "No {kind} is free for “{title}” on every day from {first} to {last}. Choose another day, or free or add a "
        "{kind}."
    ),
    "move_breaks_lag": _(
        "The visit “{title}” would begin at {at}; after “{before}” it must begin between {from} and {to}."
    ),
    "move_strands_visit": _(
        "The visit “{title}” stands at {at}; after the move of “{before}” it would have to begin between {from} and "
        "{to}. Move it as well."
    ),
    "moves_meet": _(
        "The visits “{visit}” and “{other}” would take the same person, room or device at one time. Move one elsewhere."
    ),
    # Planning again after something happened.
    "upset_names_nobody": _("Say who or what is away."),
    "upset_days_reversed": _("Give the first and the last day, the first one first."),
    "upset_is_over": _("The last day, {last}, is over: today is {today}. Choose days to come."),
    "upset_names_no_course": _("Say whose chain it is."),
    "upset_visit_unknown": _("The protocol of this course has no visit {visit}. Choose one of its visits."),
    "upset_day_is_over": _("Give a first possible day from today, {today}, on."),
    "plan_not_open": _(
        "This plan is {state}: nothing can be taken from it now. Wait, or ask for a new plan."
    ),
    "plan_nothing_chosen": _("No chain was chosen. Choose at least one that was not taken yet."),
    "plan_overtaken": _(
        "What was booked for course {course} has changed since this plan was made. Ask for a new plan."
    ),
    # Chains in trouble.
    "chain_visit_left_open": _(
        "The visit “{title}” of {at} is over, and nobody has said whether it took place. Mark it as held or missed."
    ),
    "chain_visits_left_open": _(
        "{n} visits are over, the first, “{title}”, on {at}, and nobody has said whether they took place."
    ),
    "chain_cells_without_date": _(
        "The visit “{title}” of {at} was cancelled and has no other date, and the cells stay in their place. Plan the "
        "chain again, or say where they are."
    ),
    "chain_visit_missed": _("The visit “{title}” of {at} was missed and has no other date. Book it anew."),
    "chain_lot_failed": _(
        "The lot failed on {at}, and what was booked for it still stands. Ask for a plan that begins anew."
    ),
    "chain_harvest_at_risk": _(
        "The culture will hold the dose at “{title}” on {at} with a chance of {chance}. Ask for a later one."
    ),
    # The waiting list.
    "waits_already": _("This course is on the waiting list already. Nothing needs to be done."),
    "waits_no_longer": _("This course is no longer on the waiting list."),
    "waiting_until_past": _("{first_by} is no later day. Say by which later day the first visit must be."),
    "waiting_on_no_day": _("Choose at least one weekday on which the patient can come."),
    "offer_answered": _("This offer was {state} before. Nothing needs to be done."),
    "offer_expired": _("The time to answer this offer was over on {expires_at}. The course waits on."),
    "offer_gone": _("Somebody else has these times now. The course waits on and is offered the next ones."),
    # Reminders.
    "reminder_done_before": _("This reminder was given before. Nothing needs to be done."),
    "reminder_too_late": _("The visit began on {starts_at}. A reminder is of no use any more."),
    "change_not_to_call": _("Nobody is to be called about this change: a mail tells it, or it was undone."),
    "change_told_before": _("The patient was told of this change before. Nothing needs to be done."),
    "call_taken_back_before": _("This call was taken back before. The patient is to be called."),
    # What a patient does with a visit of their own.
    "wish_for_anothers_visit": _("This is not your visit."),
    "wish_for_the_laboratory": _("You do not come to this one, so nothing needs to change for you."),
    "wish_for_ended_visit": _("This visit is no longer booked. Call us to book another one."),
    "wish_for_begun_visit": _("This visit has begun. Call us."),
    "wish_open_already": _("You have asked for another time already. We answer you soon."),
    "wish_without_words": _("Write a few words, so that we understand."),
    "wish_answered_before": _("This wish was answered before. Nothing needs to be done."),
    "wish_answer_missing": _("Write the patient a word on why the visit stays."),
    "own_booking_of_anothers_course": _("This is not your treatment."),
    "own_booking_has_begun": _(
        "Your visits have begun. Call us, and we book the ones that are left with you."
    ),
    "own_cancel_needs_a_call": _(
        "For this visit a team, a room and perhaps your cells are prepared. Call us, and we find another way with you."
    ),
    "own_cancel_too_late": _("It is less than {hours} hours until this visit. Call us, please."),
    # What becomes of a visit.
    "visit_not_booked": _("The visit {visit} is {state}. Only a visit that is booked can change."),
    "visit_not_begun": _(
        "The visit {visit} begins at {starts_at}; at {at} it cannot have been missed. Cancel it instead."
    ),
    "no_place_stayed_kept": _(
        "Nothing stays kept since the visit {visit} did not take place. Look at the board for where the cells are."
    ),
    "place_keeps_no_such_cells": _(
        "{resource} is no place for these cells, or they are in it already. Choose another one."
    ),
    "place_taken_today": _("{resource} is taken today. Choose another place for the cells."),
    "visit_reason_missing": _("No reason was given. Say why in a few words."),
    "merge_double_books": _(
        "Both records have an appointment at {starts_at} (the duplicate's visit {visit}). Cancel one of them, "
        "then merge."
    ),
    "no_visit_booked": _("The course has no booked visit, so there is nothing to cancel."),
    # A first talk with a physiatrist.
    "consultation_too_soon": _("That time is too near or over. Choose a time after {earliest}."),
    "consultation_outside_hours": _("The site is not open for the whole of that time. Choose another time."),
    "consultation_taken": _("Somebody else has just taken that time. Choose another one."),
    "consultation_name_missing": _("Say what we may call you."),
    "consultation_contact_missing": _(
        "Leave an e-mail address or a telephone number, so that we can reach you."
    ),
    "consultation_not_booked": _("This consultation was cancelled before. Nothing needs to be done."),
    "consultation_over": _("This consultation began on {starts_at}. It can no longer be cancelled."),
}
