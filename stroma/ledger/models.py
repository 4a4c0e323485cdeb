"""The tables of the ledger: entries, the chains they join, the texts they seal, and what this database is.

Entries and links refuse UPDATE and DELETE by trigger on both databases; so does the installation. A sealed text may be
emptied (a lawful erasure), never rewritten.
"""

import uuid

from django.db import models
from django.db.models import Q

from stroma.ledger.domain.entry import ChainKind, Nature


class Record(models.Model):
    """A row with an identifier that means nothing and may stand in the ledger."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class Installation(models.Model):
    """What this database is, for ever: one row, never changed."""

    identifies = frozenset[str]()

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    uuid = models.UUIDField(default=uuid.uuid4)
    nature = models.CharField(max_length=10, choices=[(n.value, n.value.lower()) for n in Nature])
    founded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="there_is_one_installation"),
            models.CheckConstraint(
                condition=Q(nature__in=[n.value for n in Nature]), name="an_installation_is_real_or_simulated"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nature.lower()} installation {self.uuid}"


class Chain(models.Model):
    """One chain and its head; the row that writers lock."""

    identifies = frozenset[str]()

    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in ChainKind])
    subject = models.UUIDField()
    length = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64)
    last_recorded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject"], name="one_chain_for_each_subject")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject}"


class Entry(models.Model):
    """One thing that happened. ``text`` holds exactly the canonical bytes that ``hash`` covers."""

    identifies = frozenset[str]()

    sequence = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True)
    action = models.CharField(max_length=60, db_index=True)
    actor = models.CharField(max_length=60, db_index=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    text = models.TextField()
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["sequence"]

    def __str__(self) -> str:
        return f"{self.action} {self.hash[:12]}"


class Link(models.Model):
    """An entry's place in one chain."""

    identifies = frozenset[str]()

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="links")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="links")
    position = models.PositiveIntegerField()
    previous = models.CharField(max_length=64)

    class Meta:
        ordering = ["chain", "position"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "position"], name="one_entry_at_each_position"),
            models.UniqueConstraint(fields=["chain", "previous"], name="a_chain_never_forks"),
            models.UniqueConstraint(fields=["entry", "chain"], name="an_entry_joins_a_chain_once"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id}[{self.position}]"


class SealedText(Record):
    """A text the ledger vouches for by salted digest: a reason, a name, an answer. Empty once lawfully erased."""

    identifies = frozenset({"text", "salt"})

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="sealed_texts")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    salt = models.CharField(max_length=64)
    text = models.TextField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "name"], name="an_entry_seals_a_name_once"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(text="", salt=""), name="an_erased_text_is_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.entry_id}"
