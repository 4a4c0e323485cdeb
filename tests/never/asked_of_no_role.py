"""The actions for which no role is asked, each with why: the table of who may do what names all others."""

NOBODY_ASKED = {
    "open_site": "makes the first administrator; nobody has a role before",
    "found_installation": "no person has an account yet",
    "book_consultation": "a visitor without an account: tests/planning/test_book_a_consultation.py",
    "note_credential_change": "what a person did with their own account: "
    "tests/clinic/test_credentials_change_in_the_ledger.py",
    "void_attestation": "what the owner of an account does with its address: "
    "tests/patients/test_an_account_takes_two_people.py",
    "report_attempts": "the door tells, nobody asked: tests/clinic/test_wrong_tries_are_reported.py",
    "cancel_consultation": "whoever holds the visitor's key: tests/planning/test_book_a_consultation.py",
}
"""Actions that ask for no role, each with why and, where there is more to say, where it is tried."""

ONLY_THEIR_OWN = {
    "give_account": "tests/patients/test_patients_act_for_themselves.py",
    "sign_consent": "tests/patients/test_patients_act_for_themselves.py",
    "keep_draft": "tests/follow_up/test_questionnaires_are_answered.py",
    "book_own_chain": "tests/planning/test_patients_book_themselves.py",
    "ask_to_move": "tests/planning/test_wishes_of_patients.py",
    "cancel_own_visit": "tests/planning/test_wishes_of_patients.py",
    "report_problem": "tests/web/test_patients_tell_the_clinic.py",
    "take_up_problem": "tests/web/test_patients_tell_the_clinic.py",
}
"""What patients do for themselves, or is done with what they told, and the tests that try who else may."""
