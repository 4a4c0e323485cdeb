"""On PostgreSQL an entry is spelled, hashed and written by a function of the server, while its chains are locked.

Note [What the function leaves to who calls it]
    The text up to the links comes as it is (``domain.entry.opening``), with the chains in the order in which all writers
    lock them. The function fills in positions and hashes, what this database is, and two times, none of which needs an
    escape, so that the rules of canonical JSON stand in one place. Guards on the tables hold for it as for everybody.
"""

from django.db import migrations

from stroma.ledger.guards import ServerFunction

FUNCTION = """
CREATE FUNCTION ledger_record(
    entry_id uuid, entry_action text, entry_actor text, happened timestamptz, clock timestamptz, opening text,
    kinds text[], subjects uuid[],
    sealed_ids uuid[], sealed_names text[], sealed_digests text[], sealed_salts text[], sealed_texts text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    spelled CONSTANT text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
    tolerance CONSTANT interval := '2 minutes';
    what text;
    began timestamptz;
    recorded timestamptz;
    chain record;
    ids bigint[] := '{}';
    lengths integer[] := '{}';
    heads text[] := '{}';
    links text := '';
    written text;
    hashed text;
BEGIN
    SELECT nature INTO what FROM ledger_installation;
    IF what IS NULL THEN
        RAISE EXCEPTION 'not_founded' USING ERRCODE = 'ST001';
    END IF;
    began := CASE what WHEN 'SIMULATED' THEN happened ELSE clock END;
    IF happened > began + tolerance THEN
        RAISE EXCEPTION 'time_in_the_future' USING ERRCODE = 'ST002',
            DETAIL = json_build_object('at', happened, 'now', began);
    END IF;
    recorded := began;
    FOR place IN 1 .. cardinality(kinds) LOOP
        SELECT c.id, c.length, c.head, c.last_recorded_at INTO chain FROM ledger_chain c
            WHERE c.kind = kinds[place] AND c.subject = subjects[place] FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            INSERT INTO ledger_chain (kind, subject, length, head)
                VALUES (kinds[place], subjects[place], 0, repeat('0', 64)) ON CONFLICT DO NOTHING;
            SELECT c.id, c.length, c.head, c.last_recorded_at INTO STRICT chain FROM ledger_chain c
                WHERE c.kind = kinds[place] AND c.subject = subjects[place] FOR NO KEY UPDATE;
        END IF;
        IF began < chain.last_recorded_at - tolerance THEN
            RAISE EXCEPTION 'clock_went_back' USING ERRCODE = 'ST002', DETAIL = json_build_object(
                'chain', kinds[place] || ':' || subjects[place], 'last', chain.last_recorded_at, 'now', began);
        END IF;
        recorded := GREATEST(recorded, chain.last_recorded_at);
        ids := ids || chain.id;
        lengths := lengths || chain.length;
        heads := heads || chain.head::text;
        links := links || CASE place WHEN 1 THEN '' ELSE ',' END
            || '{"chain":"' || kinds[place] || ':' || subjects[place]
            || '","position":' || chain.length || ',"previous":"' || chain.head || '"}';
    END LOOP;
    written := opening || links || '],"nature":"' || what
        || '","occurred_at":"' || to_char(happened AT TIME ZONE 'UTC', spelled)
        || '","recorded_at":"' || to_char(recorded AT TIME ZONE 'UTC', spelled) || '"}';
    hashed := encode(sha256(convert_to(written, 'UTF8')), 'hex');
    WITH entry AS (
        INSERT INTO ledger_entry (id, action, actor, occurred_at, recorded_at, text, hash)
            VALUES (entry_id, entry_action, entry_actor, happened, recorded, written, hashed) RETURNING sequence
    ), link AS (
        INSERT INTO ledger_link (entry_id, chain_id, position, previous)
            SELECT sequence, one.* FROM entry, unnest(ids, lengths, heads) AS one
    ), sealed AS (
        INSERT INTO ledger_sealedtext (entry_id, id, name, digest, salt, text)
            SELECT sequence, one.*
            FROM entry, unnest(sealed_ids, sealed_names, sealed_digests, sealed_salts, sealed_texts) AS one
    )
    UPDATE ledger_chain SET length = length + 1, head = hashed, last_recorded_at = recorded WHERE id = ANY (ids);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_only_the_indexes_that_are_asked")]

    operations = [
        ServerFunction("ledger_record", FUNCTION),
    ]
