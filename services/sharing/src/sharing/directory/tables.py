"""Tables of the directory: the fields that rules need, as the newest snapshot of each household told them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, Table
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from contracts.fields import HOUSEHOLD, INCOME, PERSON, compared
from servicekit.field_tables import copied_fields
from servicekit.tables import Base

if TYPE_CHECKING:  # what code reads by name; the records in contracts.fields say everything

    class _HouseholdFields(Base):
        area_code: str
        status: str

    class _PersonFields(Base):
        pass

    class _IncomeFields(Base):
        pass

else:
    _HouseholdFields = copied_fields("_HouseholdFields", compared(HOUSEHOLD))
    _PersonFields = copied_fields("_PersonFields", compared(PERSON))
    _IncomeFields = copied_fields("_IncomeFields", compared(INCOME))


class DirectoryHousehold(_HouseholdFields, table=True):
    """A household; of two snapshots the one with the higher version and token revision counts."""

    __tablename__ = "directory_household"

    household_id: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    token_revision: int


class DirectoryPerson(_PersonFields, table=True):
    """A member, under the tokens of the first of its keys."""

    __tablename__ = "directory_person"

    household_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    id_token: str | None
    person_token: str | None
    token_key_id: str


class DirectoryToken(Base, table=True):
    """Tokens of a member under a further key, while the token key is being changed."""

    __tablename__ = "directory_token"

    household_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    key_id: str = Field(primary_key=True)
    id_token: str
    person_token: str


class DirectoryIncome(_IncomeFields, table=True):
    """A year's income of a household."""

    __tablename__ = "directory_income"

    household_id: str = Field(primary_key=True)
    year: int = Field(primary_key=True)


_TABLES: Final[dict[str, Table]] = {
    owner: table.__table__  # type: ignore[union-attr]  # SQLModel adds it
    for owner, table in (("household", DirectoryHousehold), ("person", DirectoryPerson), ("income", DirectoryIncome))
}
# Needed to keep the copy, but not to compare.
_UNCOMPARED: Final = frozenset({"version", "token_revision", "token_key_id"})


def postgres_columns(owner: str) -> dict[str, str]:
    """Give the columns of `directory_<owner>` and their types, keys first."""
    columns = sorted(_TABLES[owner].columns, key=lambda column: not column.primary_key)
    return {column.name: column.type.compile(dialect=postgresql.dialect()) for column in columns}  # type: ignore[no-untyped-call]  # SQLAlchemy's


def duckdb_columns(owner: str) -> dict[str, str]:
    """Give the columns that a comparison reads, and their types in DuckDB; an array is its text, `{01,02}`."""
    return {
        name: "VARCHAR" if kind.endswith("[]") else kind
        for name, kind in postgres_columns(owner).items()
        if name not in _UNCOMPARED
    }
