"""Which codes say what, for the clinical reading in :mod:`stroma.candidacy.domain.findings`.

Each set names its codes per code system and, as a fallback, the words by which an uncoded or unlisted entry
is recognized. A match by words alone is said to be one, so that a reader can judge it. Sources of the codes:

- *seen*: SNOMED CT and RxNorm codes with the display they carry in Synthea's 2019, 2023 and 2025 records;
- ``standards.md`` §2.4: LOINC and SNOMED CT codes confirmed in a published guide;
- *general knowledge*: ICD-10-CM categories, CPT numbers, ingredients, and the other codes marked so.

The sets are not complete and need not be: absence of a match is never a finding, and candidacy asks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

SNOMED_CT = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"  # agrees with the American edition in the categories used here
CPT = "http://www.ama-assn.org/go/cpt"


class Match(StrEnum):
    """How sure a match is."""

    CODE = "code"
    WORDS = "words"
    DOUBTFUL = "doubtful"  # suspected, or a history of it: ask


def listed(text: str) -> tuple[str, ...]:
    """``"a, b"`` as ``("a", "b")``: long lists of words stay readable."""
    return tuple(text.split(", "))


# Words that turn an entry into its opposite, or make it about somebody else (general knowledge).
NOT_THE_PATIENT = listed("family history, screening, no evidence, absence of, fear of, risk of, at risk")
SUSPECTED = listed("suspected, possible, probable, rule out")
HISTORY = ("history of",)


@dataclass(frozen=True)
class CodeSet:
    """Codes that say the same thing.

    ``prefixes`` match the beginning of a code, for systems whose codes are ordered (ICD-10). ``words`` match
    whole words of the display in any case, ``*`` at the end standing for any ending.
    """

    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    prefixes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    except_words: tuple[str, ...] = ()
    doubt_words: tuple[str, ...] = SUSPECTED

    def match(self, system: str, code: str, display: str) -> Match | None:
        """How this entry belongs to the set; ``None`` when it does not."""
        by_code = bool(code) and (
            code in self.codes.get(system, {}) or code.startswith(self.prefixes.get(system, ()))
        )
        is_excepted = _holds(display, (*NOT_THE_PATIENT, *self.except_words))
        if not by_code and (is_excepted or not _holds(display, self.words)):
            return None
        if _holds(display, self.doubt_words):
            return Match.DOUBTFUL
        return Match.CODE if by_code else Match.WORDS


def _holds(text: str, words: tuple[str, ...]) -> bool:
    return bool(words) and _pattern(words).search(text.casefold()) is not None


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        "|".join(rf"\b{re.escape(w[:-1])}" if w[-1] == "*" else rf"\b{re.escape(w)}\b" for w in words)
    )


def _icd(text: str) -> dict[str, tuple[str, ...]]:
    return {ICD_10_CM: listed(text), ICD_10: listed(text)}


# --- Conditions -----------------------------------------------------------------------------------------

PREGNANCY = CodeSet(
    codes={
        SNOMED_CT: {
            "72892002": "Normal pregnancy",  # seen
            "398254007": "Preeclampsia",  # seen
            "198992004": "Antepartum eclampsia",  # seen
            "77386006": "Pregnant",  # the answer of the IPS pregnancy status (general knowledge)
            "47200007": "High risk pregnancy",  # general knowledge
        }
    },
    # Pregnant state, its supervision, lactation (general knowledge). Chapter O as a whole is left out: its
    # codes O80-O92 stay in a record long after a birth.
    prefixes=_icd("Z33, Z34, O09, Z39.1"),
    words=listed("pregnant, pregnancy, breastfeeding, breast feeding, lactating"),
    except_words=(*HISTORY, *listed("ectopic, tubal, termination, miscarriage, negative, counsel*, test")),
)

CANCER = CodeSet(
    codes={
        SNOMED_CT: {
            # Its display does not say malignant; the record it was seen in treats it with docetaxel.
            "126906006": "Neoplasm of prostate",  # seen
            "92691004": "Carcinoma in situ of prostate (disorder)",  # seen
            "254637007": "Non-small cell lung cancer (disorder)",  # seen
            "424132000": "Non-small cell carcinoma of lung, TNM stage 1 (disorder)",  # seen
            "254837009": "Malignant neoplasm of breast (disorder)",  # seen
            "162573006": "Suspected lung cancer (situation)",  # seen; doubtful by its words
            "363346000": "Malignant neoplastic disease",  # general knowledge
        }
    },
    # C malignant, D00-D09 in situ, Z85 history of (general knowledge). Skin (C44) is not singled out.
    prefixes=_icd("C, D00, D01, D02, D03, D04, D05, D06, D07, D09, Z85"),
    words=listed(
        "malignant neoplasm, malignant tumor, malignant tumour, cancer, carcinoma*, adenocarcinoma*, "
        "sarcoma*, lymphoma*, leukemia*, leukaemia*, myeloma*, melanoma*, metasta*"
    ),
    except_words=("benign",),
    doubt_words=(*SUSPECTED, *HISTORY),
)

ACTIVE_INFECTION = CodeSet(
    codes={
        SNOMED_CT: {  # all seen
            "10509002": "Acute bronchitis (disorder)",
            "195662009": "Acute viral pharyngitis (disorder)",
            "233604007": "Pneumonia",
            "301011002": "Escherichia coli urinary tract infection",
            "38822007": "Cystitis",
            "43878008": "Streptococcal sore throat (disorder)",
            "444814009": "Viral sinusitis (disorder)",
            "74400008": "Appendicitis",
            "75498004": "Acute bacterial sinusitis (disorder)",
            "840539006": "COVID-19",
            "840544004": "Suspected COVID-19",
            "91302008": "Sepsis (disorder)",
        }
    },
    # Infectious diseases without sequelae and HIV; acute airway infection, influenza, pneumonia; vertebral
    # osteomyelitis and discitis; osteomyelitis; urinary infection; cellulitis; COVID-19 (general knowledge).
    prefixes=_icd("A, B0, B1, B25, B3, B5, B95, B96, B97, J0, J1, M46.2, M46.3, M86, N39.0, L03, U07.1"),
    words=listed(
        "infection*, sepsis, septic*, pneumonia, osteomyelitis, discitis, abscess*, cellulitis, "
        "tuberculosis, bacteremia, endocarditis"
    ),
    except_words=(*HISTORY, *listed("vaccin*, immunization, latent, sequela*, human immunodeficiency virus")),
)

IMMUNE_DEFICIENCY = CodeSet(
    codes={SNOMED_CT: {"86406008": "Human immunodeficiency virus infection"}},  # general knowledge
    prefixes=_icd("B20, D80, D81, D82, D83, D84, Z94, Z79.6"),  # general knowledge
    words=listed("immunodeficien*, immunosuppress*, immunocompromised, hiv, organ transplant*, neutropenia"),
    except_words=listed("negative, test"),
)

INFLAMMATORY_ARTHRITIS = CodeSet(
    codes={
        SNOMED_CT: {  # general knowledge
            "69896004": "Rheumatoid arthritis",
            "9631008": "Ankylosing spondylitis",
            "33339001": "Psoriasis with arthropathy",
        }
    },
    prefixes=_icd("M05, M06, M07, M08, M45, M46.8, M46.9, L40.5"),  # general knowledge
    words=listed(
        "rheumatoid arthritis, ankylosing spondylitis, psoriatic arthritis, spondyloarthritis, reactive "
        "arthritis, inflammatory arthritis, axial spondyloarthropathy"
    ),
    except_words=HISTORY,
)

BLEEDING_DISORDER = CodeSet(
    codes={
        SNOMED_CT: {  # general knowledge
            "28293008": "Hereditary factor VIII deficiency disease",
            "41788008": "Hereditary factor IX deficiency disease",
            "64779008": "Blood coagulation disorder",
        }
    },
    # Without D68.5 and D68.6, which are disorders of clotting too much (general knowledge).
    prefixes=_icd("D65, D66, D67, D68.0, D68.1, D68.2, D68.3, D68.4, D68.9, D69"),
    words=listed(
        "hemophilia*, haemophilia*, von willebrand*, bleeding disorder, coagulopathy, thrombocytopenia, "
        "coagulation disorder, factor viii deficiency, factor ix deficiency"
    ),
    except_words=HISTORY,
)

DEMENTIA = CodeSet(
    codes={
        SNOMED_CT: {
            "26929004": "Alzheimer's disease (disorder)",  # seen
            "52448006": "Dementia",  # general knowledge
        }
    },
    prefixes=_icd("F01, F02, F03, G30, G31.0, G31.83"),  # general knowledge
    words=listed("dementia, alzheimer*"),
    except_words=HISTORY,
)

LOW_BACK_PAIN = CodeSet(
    codes={
        SNOMED_CT: {
            "278860009": "Chronic low back pain (finding)",  # seen
            "279039007": "Low back pain",  # general knowledge
        }
    },
    prefixes=_icd("M54.5"),  # general knowledge
    words=listed("low back pain, lower back pain, chronic back pain, lumbago, lumbar pain, discogenic pain"),
    except_words=HISTORY,
)

PAIN_WITHOUT_PLACE = CodeSet(
    codes={SNOMED_CT: {"82423001": "Chronic pain"}},  # seen; standards.md §2.4
    prefixes=_icd("G89"),  # general knowledge
)

SMOKER = CodeSet(
    codes={
        SNOMED_CT: {  # the current smokers of US Core's smoking status (general knowledge)
            "449868002": "Current every day smoker",
            "428041000124106": "Current some day smoker",
            "77176002": "Smoker, current status unknown",
            "428071000124103": "Heavy tobacco smoker",
            "428061000124105": "Light tobacco smoker",
        }
    },
    prefixes=_icd("F17.2, Z72.0"),  # general knowledge
)

NON_SMOKER = CodeSet(
    codes={
        SNOMED_CT: {
            "266919005": "Never smoker",  # seen
            "8517006": "Former smoker",  # seen
            "8392000": "Non-smoker",  # general knowledge
        }
    }
)

# --- Medicines: RxNorm's names of clinical drugs hold the ingredients, so words do most of the work ------

# Forms that hardly reach the circulation, and heparin that rinses a line (general knowledge).
NOT_IN_THE_BLOOD = listed("topical, ophthalmic, otic, cream, ointment, nasal, inhal*, flush, lock")

ANTICOAGULANT = CodeSet(
    # Antiplatelets too: a needle in the spine needs a hold plan for both (clinical.md §2.5, ASRA19). Aspirin
    # is left to the physiatrist's question (general knowledge).
    codes={
        RXNORM: {
            "855332": "Warfarin Sodium 5 MG Oral Tablet",  # seen
            "309362": "Clopidogrel 75 MG Oral Tablet",  # seen
            "11289": "warfarin",  # from here on ingredients, general knowledge
            "1364430": "apixaban",
            "1114195": "rivaroxaban",
            "1599538": "edoxaban",
            "67108": "enoxaparin",
            "5224": "heparin",
            "32968": "clopidogrel",
            "613391": "prasugrel",
            "1116632": "ticagrelor",
        }
    },
    words=listed(
        "warfarin, phenprocoumon, acenocoumarol, apixaban, rivaroxaban, dabigatran, edoxaban, enoxaparin, "
        "dalteparin, tinzaparin, fondaparinux, heparin, clopidogrel, prasugrel, ticagrelor"
    ),
    except_words=NOT_IN_THE_BLOOD,
)

IMMUNOSUPPRESSANT = CodeSet(  # ingredients, general knowledge
    words=listed(
        "methotrexate, azathioprine, mycophenol*, tacrolimus, cyclosporin*, ciclosporin, sirolimus, "
        "everolimus, leflunomide, adalimumab, etanercept, infliximab, golimumab, certolizumab, rituximab, "
        "tocilizumab, abatacept, tofacitinib, baricitinib, upadacitinib"
    ),
    except_words=NOT_IN_THE_BLOOD,
)

CHEMOTHERAPY = CodeSet(
    codes={
        RXNORM: {  # all seen
            "1860480": "1 ML DOCEtaxel 20 MG/ML Injection",
            "1736854": "Cisplatin 50 MG Injection",
            "583214": "PACLitaxel 100 MG Injection",
        }
    },
    words=listed(
        "docetaxel, paclitaxel, cisplatin, carboplatin, oxaliplatin, doxorubicin, epirubicin, "
        "cyclophosphamide, fluorouracil, capecitabine, gemcitabine, vincristine, etoposide"
    ),
    except_words=NOT_IN_THE_BLOOD,
)

# Given for cancer, but for other reasons too (endometriosis, fertility, prevention): a reason to ask.
CANCER_HORMONE = CodeSet(
    codes={RXNORM: {"752899": "0.25 ML Leuprolide Acetate 30 MG/ML Prefilled Syringe"}},  # seen
    words=listed("leuprolide, leuprorelin, goserelin, tamoxifen, anastrozole, letrozole, bicalutamide"),
)

OPIOID = CodeSet(
    codes={
        RXNORM: {  # all seen
            "1049221": "Acetaminophen 325 MG / Oxycodone Hydrochloride 5 MG Oral Tablet",
            "1310197": "Acetaminophen 300 MG / HYDROcodone Bitartrate 5 MG [Vicodin]",
            "1860154": "Abuse-Deterrent 12 HR Oxycodone Hydrochloride 15 MG Extended Release Oral Tablet",
            "857005": "Acetaminophen 325 MG / HYDROcodone Bitartrate 7.5 MG Oral Tablet",
            "861467": "Meperidine Hydrochloride 50 MG Oral Tablet",
        }
    },
    words=listed(
        "oxycodone, hydrocodone, morphine, hydromorphone, oxymorphone, fentanyl, methadone, tapentadol, "
        "tramadol, codeine, meperidine, buprenorphine"
    ),
)

SYSTEMIC_STEROID = CodeSet(  # ingredients, general knowledge
    words=listed(
        "prednisone, prednisolone, methylprednisolone, dexamethasone, triamcinolone, betamethasone, "
        "hydrocortisone"
    ),
    except_words=NOT_IN_THE_BLOOD,
)

# --- Procedures -----------------------------------------------------------------------------------------

LUMBAR_SURGERY = CodeSet(
    # CPT numbers of lumbar discectomy, decompression and fusion (general knowledge).
    codes={
        CPT: dict.fromkeys(
            listed("63005, 63012, 63017, 63030, 63042, 63047, 63056, 62380, 22558, 22612, 22630, 22633"),
            "Operation on the lumbar spine",
        )
    },
    words=listed(
        "lumbar fusion, lumbar spinal fusion, lumbar spine fusion, fusion of lumbar*, lumbar interbody "
        "fusion, lumbar arthrodesis, lumbar laminectomy, lumbar laminotomy, lumbar discectomy, lumbar "
        "microdiscectomy, lumbar decompression, lumbar disc replacement, excision of lumbar "
        "intervertebral dis*"
    ),
)

EPIDURAL_STEROID = CodeSet(
    # Interlaminar and transforaminal injection. The numbers do not name the drug; it is nearly always a
    # steroid (general knowledge).
    codes={
        CPT: dict.fromkeys(listed("62320, 62321, 62322, 62323, 64479, 64483"), "Epidural injection"),
    },
    words=listed(
        "epidural steroid*, epidural corticosteroid*, epidural injection of steroid*, transforaminal "
        "steroid*, injection of steroid into epidural*"
    ),
)

CANCER_TREATMENT = CodeSet(
    codes={SNOMED_CT: {"703423002": "Combined chemotherapy and radiation therapy (procedure)"}},  # seen
    words=listed("chemotherapy, radiation therapy, radiotherapy"),
)

# --- Measurements: LOINC, standards.md §2.4 unless marked -------------------------------------------------

PAIN_0_TO_10 = "72514-3"
BODY_MASS_INDEX = "39156-5"
BODY_WEIGHT = "29463-7"
BODY_HEIGHT = "8302-2"
HEMOGLOBIN = "718-7"
PLATELETS = "777-3"
HEMOGLOBIN_A1C = "4548-4"  # seen
TOBACCO_SMOKING_STATUS = "72166-2"  # seen
PREGNANCY_STATUS = "82810-3"  # International Patient Summary (general knowledge)
