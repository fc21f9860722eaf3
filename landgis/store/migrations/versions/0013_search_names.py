"""Find parcels by the numbers they had, and addresses by their words without accents."""

from alembic import op

from landgis.store.database import driver

revision = "0013"
down_revision = "0012"

OLD_NAMES = """
CREATE INDEX parcels_old_name ON parcels (old_number, old_sheet, old_unit_code)
    WHERE old_number IS NOT NULL;
"""

ADDRESSES = r"""
CREATE FUNCTION address_key(unit_code text, address text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN md5(coalesce(unit_code, '') || chr(10) || address)::uuid;
COMMENT ON FUNCTION address_key IS 'Names an address of a unit, however long, in 16 bytes';

CREATE FUNCTION folded_words(value text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_split_to_array(trim(regexp_replace(
    lower(translate(
        regexp_replace(normalize(value, NFKD), '[\u0300-\u036f]', '', 'g'), 'đĐ', 'dd')),
    '[^a-z0-9]+', ' ', 'g')), ' ');
COMMENT ON FUNCTION folded_words IS
    'Words of a text without accents: what landgis.cadastre.search.folding.words answers';

CREATE TABLE address_names (
    address_key uuid NOT NULL PRIMARY KEY,
    unit_code text,
    address text NOT NULL,
    words tsvector NOT NULL
);
COMMENT ON TABLE address_names IS
    'Every address that parcels of a unit ever had; one without live parcels is no answer. The '
    'words are folded, and =CODE stands for the unit';
CREATE INDEX address_names_words ON address_names USING gin (words);
CREATE INDEX parcels_address_key ON parcels (address_key(unit_code, address))
    WHERE address IS NOT NULL AND NOT withheld;

CREATE TABLE address_words (word text NOT NULL PRIMARY KEY);
COMMENT ON TABLE address_words IS 'Every folded word of address_names: what a mistyped one may be';

CREATE FUNCTION note_addresses(unit_codes text[], addresses text[]) RETURNS void
LANGUAGE sql AS $$
    WITH noted AS (
        INSERT INTO address_names (address_key, unit_code, address, words)
        SELECT address_key(named.unit_code, named.address), named.unit_code, named.address,
               array_to_tsvector(array_remove(
                   folded_words(left(named.address, 1000))
                       || ('=' || coalesce(named.unit_code, '')), ''))
        FROM unnest(unit_codes, addresses) AS named (unit_code, address)
        WHERE NOT EXISTS (
            SELECT FROM address_names AS known
            WHERE known.address_key = address_key(named.unit_code, named.address))
        ORDER BY 1
        ON CONFLICT DO NOTHING
        RETURNING words
    )
    INSERT INTO address_words (word)
    SELECT DISTINCT each.word
    FROM noted CROSS JOIN LATERAL unnest(tsvector_to_array(noted.words)) AS each (word)
    WHERE each.word NOT LIKE '=%'
      AND NOT EXISTS (SELECT FROM address_words AS known WHERE known.word = each.word)
    ORDER BY 1
    ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION note_addresses IS 'Have addresses found, each by its unit and its words';
"""
# Addresses are few where a hamlet is one, so a table of them is small and answers "which hamlets
# are called so" without looking at each parcel. Sorted, so that two writers never wait crosswise.

KNOWN = """
SELECT note_addresses(array_agg(unit_code), array_agg(address))
FROM (SELECT DISTINCT unit_code, address FROM parcels WHERE address IS NOT NULL) AS named;
"""


def upgrade() -> None:
    """Add the indexes, and the table of addresses with what keeps it."""
    connection = driver(op.get_bind())
    for statements in (OLD_NAMES, ADDRESSES, KNOWN):
        connection.execute(statements)
