"""What each kind of assay cannot tell, said plainly beside its result."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stroma.release.domain.assays import Kind

CANNOT_TELL: dict[Kind, str | Promise] = {
    Kind.STERILITY_RAPID: _(
        "No growth so far: slow organisms may still grow, and what was not in the sample is not seen. The "
        "14-day culture "
        "has the last word (USP <1071>)."
    ),
    Kind.STERILITY_FINAL: _(
        "The sample is sterile as far as this medium grows anything. It says little of mycoplasma and nothing "
        "of viruses, and a few "
        "organisms in the rest of the lot can be missed."
    ),
    Kind.MYCOPLASMA: _(
        "A PCR finds the nucleic acid of the species its primers know, dead ones too; below its limit of "
        "detection it sees "
        "nothing."
    ),
    Kind.ENDOTOXIN: _(
        "It measures endotoxin of Gram-negative bacteria only. Gram-positive bacteria and fungi leave none, "
        "and some media "
        "mask or feign it: look at the spike recovery."
    ),
    Kind.ENDOTOXIN_PER_KG: _(
        "Computed from concentration, dose volume and the last recorded weight; the dose is given within an "
        "hour, so it is "
        "the limit per kg and hour. For a dose of a few milliliters the limit per mL is the stricter one."
    ),
    Kind.GRAM: _(
        "A Gram stain sees organisms from about 10⁴ to 10⁵ per mL (general knowledge). None seen is not none there."
    ),
    Kind.KARYOTYPE: _(
        "G-banding sees changes of about 5 to 10 million bases and larger in the few cells that were in "
        "mitosis (general "
        "knowledge). A normal karyotype does not say that the cells are safe."
    ),
    Kind.POTENCY: _(
        "What the cells do in a dish. No potency test has been shown to predict relief of back pain in a patient."
    ),
    Kind.DIFFERENTIATION: _(
        "The area that took the stain, against cells that were not induced. It says that some cells can "
        "differentiate, not "
        "how many, and stain outside of cells counts as well. There is no accepted limit."
    ),
    Kind.IDENTITY: _(
        "Surface markers say that these look like stromal cells. Fibroblasts carry the same ones; function is "
        "another test."
    ),
    Kind.VIABILITY: _(
        "Dye exclusion sees broken membranes: cells that are about to die still count as alive."
    ),
}
"""What is not in it has nothing to be said about."""
