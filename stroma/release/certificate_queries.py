"""What a printed certificate says: the signed text, its signatures, and where the ledger stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stroma.clinic.models import Signature, Site
from stroma.custody.models import Lot
from stroma.ledger.domain.canonical import digest
from stroma.ledger.models import Chain, Checkpoint, Entry
from stroma.release.domain.certificate_code import digest_in_code
from stroma.release.models import Release
from stroma.release.queries import certificate_of, certificate_signatures
from stroma.release.standing import release_of

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PrintedCertificate:
    """A certificate as it is printed; without a release it is a draft."""

    lot: Lot
    text: str
    digest: str
    release: Release | None
    signatures: Sequence[Signature]
    entry_hash: str
    """Of the ledger's entry that let the lot go."""
    chain_head: str
    """Of the lot's chain, when it was printed."""
    checkpoint_root: str
    checkpoint_size: int


def printed_certificate(lot: Lot) -> PrintedCertificate:
    """The certificate under which the lot is released, else the one that would be signed now."""
    release = release_of(lot)
    text = release.certificate if release else certificate_of(lot)
    shown = digest(text.encode())
    chain = Chain.objects.filter(kind="lot", subject=lot.pk).first()
    entry = (
        Entry.objects.filter(action="lot.released", links__chain=chain).order_by("sequence").last()
        if release and chain
        else None
    )
    checkpoint = Checkpoint.objects.order_by("pk").last()
    return PrintedCertificate(
        lot=lot,
        text=text,
        digest=shown,
        release=release,
        signatures=[one for one in certificate_signatures(lot) if one.document_digest == shown],
        entry_hash=entry.hash if entry else "",
        chain_head=chain.head if chain else "",
        checkpoint_root=checkpoint.root if checkpoint else "",
        checkpoint_size=checkpoint.tree_size if checkpoint else 0,
    )


def certificate_standing(code: str) -> dict[str, str] | None:
    """For ``stroma verify``: how a scanned certificate stands here, in whatever site; None for what is no code.

    ``standing`` is ``current``, ``past`` (released under it once) or ``unknown``; ``altered`` says that the text kept
    under the digest is not the one it was made of.
    """
    wanted = digest_in_code(code)
    if wanted is None:
        return None
    found = Release.objects.filter(certificate_digest=wanted).select_related("lot").order_by("released_at")
    release = found.last()
    if release is None:
        return {"digest": wanted, "standing": "unknown"}
    holds = release_of(release.lot)
    is_current = release.lot.state == "RELEASED" and holds is not None and holds.pk == release.pk
    standing = "current" if is_current else "past"
    if digest(release.certificate.encode()) != wanted:
        standing = "altered"
    return {
        "digest": wanted,
        "standing": standing,
        "lot": release.lot.din,
        "state": release.lot.state,
        "released_at": release.released_at.isoformat(),
    }


def release_under(site: Site | None, certificate_digest: str) -> Release | None:
    """The last release of this site under a certificate with that digest."""
    if site is None or not _DIGEST.fullmatch(certificate_digest):
        return None
    found = Release.objects.filter(lot__site=site, certificate_digest=certificate_digest)
    return found.select_related("lot").order_by("released_at").last()
