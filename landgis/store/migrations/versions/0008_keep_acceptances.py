"""Keep what people accept as it is, and find findings by rule, by place and by name."""

from alembic import op

from landgis.store.database import driver

revision = "0008"
down_revision = "0007"

# The foreign key was looked up row by row (1.2 s per 200,000).
# A finding of an earlier batch does not say which parcels it is on: it is a subject of its own, and
# its body has the words of its rule in it.
FINDINGS = """
CREATE TABLE finding_kinds (
    batch_id uuid NOT NULL REFERENCES import_batches,
    kind integer NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    outcome text NOT NULL,
    words jsonb NOT NULL,
    findings integer NOT NULL,
    PRIMARY KEY (batch_id, kind)
);
COMMENT ON TABLE finding_kinds IS
    'What findings of a batch share, kept once; words: title, remedy, basis';
INSERT INTO finding_kinds
SELECT
    batch_id,
    row_number() OVER (PARTITION BY batch_id ORDER BY min(position)) - 1,
    rule,
    severity,
    outcome,
    '{}',
    count(*)
FROM findings
GROUP BY batch_id, rule, severity, outcome;

ALTER TABLE findings DROP CONSTRAINT findings_batch_id_fkey;
ALTER TABLE findings ADD COLUMN kind integer;
ALTER TABLE findings ADD COLUMN subject text;
ALTER TABLE findings ADD COLUMN lon double precision;
ALTER TABLE findings ADD COLUMN lat double precision;
ALTER TABLE findings ADD COLUMN measured double precision;
UPDATE findings AS f SET
    kind = k.kind,
    subject = f.finding_id,
    lon = (f.body #>> '{place,coordinates,0}')::double precision,
    lat = (f.body #>> '{place,coordinates,1}')::double precision,
    measured = CASE jsonb_typeof(f.body -> 'measured')
        WHEN 'number' THEN (f.body ->> 'measured')::double precision END
FROM finding_kinds AS k
WHERE k.batch_id = f.batch_id
AND (k.rule, k.severity, k.outcome) = (f.rule, f.severity, f.outcome);
ALTER TABLE findings ALTER COLUMN kind SET NOT NULL;
ALTER TABLE findings ALTER COLUMN subject SET NOT NULL;
CREATE INDEX findings_rule ON findings (batch_id, rule, position);
CREATE INDEX findings_name ON findings (batch_id, finding_id);
CREATE INDEX findings_subject ON findings (batch_id, subject);
CREATE INDEX findings_place ON findings (batch_id, lon, lat);
"""

ACCEPTANCES = """
CREATE TABLE finding_acceptances (
    acceptance_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    lon double precision,
    lat double precision,
    measured double precision,
    finding_id text NOT NULL,
    rule text NOT NULL,
    batch_id uuid NOT NULL REFERENCES import_batches,
    at timestamptz DEFAULT now() NOT NULL,
    by text NOT NULL,
    why text NOT NULL,
    taken_back_at timestamptz,
    taken_back_by text,
    CONSTRAINT finding_acceptances_why CHECK (why <> ''),
    CONSTRAINT finding_acceptances_taken_back
        CHECK ((taken_back_at IS NULL) = (taken_back_by IS NULL))
);
CREATE INDEX finding_acceptances_subject ON finding_acceptances (subject)
    WHERE taken_back_at IS NULL;
COMMENT ON TABLE finding_acceptances IS
    'Findings accepted as they are: of every file with the same subject, place and measure';
COMMENT ON COLUMN finding_acceptances.subject IS
    'Hash of the rule and of the parcels; the place tells one finding on them from another';
"""


def upgrade() -> None:
    """Add what makes a word on a finding hold in the next file, too."""
    connection = driver(op.get_bind())
    connection.execute(FINDINGS)
    connection.execute(ACCEPTANCES)
