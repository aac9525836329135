"""What the national form says of persons and households besides, which no rule asks for.

Revision ID: 0041
"""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_OF_PERSON = {
    "id_type": "text", "ethnicity": "text", "education": "text", "dropout_reason": "text",
    "disability_category": "text", "disability_level": "text", "insured_resident": "boolean",
    "insured_employee": "boolean",
    "critical_insurance": "boolean", "medical_aid": "boolean", "pension_resident": "boolean",
    "pension_employee": "boolean", "work_place": "text", "work_months": "integer", "monthly_pay": "numeric(14, 2)",
    "work_channel": "text", "public_post": "text", "public_post_months": "integer", "is_resettled_person": "boolean",
}  # fmt: skip
_OF_HOUSEHOLD = {
    "poverty_exit_year": "integer", "is_military_family": "boolean", "is_whole_no_labour": "boolean",
    "resettlement_site": "text", "risk_note": "text", "is_willing": "boolean",
}  # fmt: skip


def upgrade() -> None:
    """Nothing was said of anybody yet."""
    for table, columns in (("person", _OF_PERSON), ("household", _OF_HOUSEHOLD)):
        added = ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in columns.items())
        op.execute(f"ALTER TABLE {table} {added}")


def downgrade() -> None:
    """Forget it."""
    for table, columns in (("person", _OF_PERSON), ("household", _OF_HOUSEHOLD)):
        op.execute(f"ALTER TABLE {table} " + ", ".join(f"DROP COLUMN {name}" for name in columns))
