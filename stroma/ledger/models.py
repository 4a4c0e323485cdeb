"""The tables of the ledger: entries, chains, sealed texts, the tree over them, and what this database is.

Entries, links, leaves and checkpoints refuse UPDATE and DELETE by trigger on both databases; so does the
installation. A sealed text may be emptied (a lawful erasure), never rewritten.

Note [Leaves have numbers of their own]
    An entry's ``sequence`` may have gaps (a transaction that was rolled back used its number up), and on
    PostgreSQL two entries may be committed in the other order than they were numbered. A tree needs neither.
    So a checkpoint gives every entry that has none yet the next leaf, in the order of sequence. Within a
    chain the leaves still stand in the order of the chain: the second entry was numbered only after the first
    had been committed.

Note [Indexes that nobody asks]
    Every action writes here, so each index is paid for with every action: on SQLite a page more to keep, on PostgreSQL
    a good part of a statement. There is one only where something is looked up by it or must be there once. An entry's
    hash is not: it covers the entry's own identifier, which is. Nor is a link's ``previous``: a guard lets in only the
    hash of the entry that stands before it, so that a chain never forks. A key to another table needs none of its own
    where a unique one begins with it.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

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
    nature = models.CharField(max_length=10, choices=[(n.value, _(n.value.lower())) for n in Nature])
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
    action = models.CharField(max_length=60)
    actor = models.CharField(max_length=60)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    text = models.TextField()
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["sequence"]

    def __str__(self) -> str:
        return f"{self.action} {self.hash[:12]}"


class Link(models.Model):
    """An entry's place in one chain."""

    identifies = frozenset[str]()

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="links", db_index=False)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="links", db_index=False)
    position = models.PositiveIntegerField()
    previous = models.CharField(max_length=64)

    class Meta:
        ordering = ["chain", "position"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "position"], name="one_entry_at_each_position"),
            models.UniqueConstraint(fields=["entry", "chain"], name="an_entry_joins_a_chain_once"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id}[{self.position}]"


class SealedText(Record):
    """A text the ledger vouches for by salted digest, such as a reason; empty once lawfully erased."""

    identifies = frozenset({"text", "salt"})

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="sealed_texts", db_index=False)
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


class Leaf(models.Model):
    """An entry's place in the tree; its data is the entry's hash (32 bytes).

    ``nodes`` holds the hashes of the perfect subtrees this leaf completes, its own first, 64 digits each: see
    Note [Nodes are kept with the leaf that completes them] in ``domain/merkle.py``.
    """

    identifies = frozenset[str]()

    index = models.PositiveBigIntegerField(primary_key=True, db_column="leaf_index")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="leaf")
    nodes = models.TextField()

    class Meta:
        ordering = ["index"]

    def __str__(self) -> str:
        return f"leaf {self.index}"


class Checkpoint(models.Model):
    """The signed head of the tree over the first ``tree_size`` leaves: see ``domain/tree_head.py``."""

    identifies = frozenset[str]()

    tree_size = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    key_fingerprint = models.CharField(max_length=64)
    public_key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.tree_size} entries, {self.root[:12]}"
