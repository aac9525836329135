"""The fields of a household's income and expenditure of one year (收支), in yuan."""

from __future__ import annotations

from decimal import Decimal

from contracts.fields.record import Field, Fields
from contracts.vocabulary import FieldClass

_NONE = Decimal(0)

# Source: the national income form: net = wage + business + property + transfer - business cost;
# reference = net + insurance payout - compliant self-paid expenditure. The database computes the three results.
INCOME: Fields = (
    Field(
        name="year", kind="int", zh="收入年度", en="year", sensitivity=FieldClass.S3, shortest=2000, longest=2100,
        in_snapshot=True, in_directory=True, fact="income_year",
    ),
    Field(
        name="wage", kind="money", unit="yuan", zh="工资性收入", en="wages", sensitivity=FieldClass.S3,
        default=_NONE, is_editable=True,
    ),
    Field(
        name="business", kind="money", unit="yuan", zh="生产经营性收入", en="income of production and business",
        sensitivity=FieldClass.S3, default=_NONE, is_editable=True,
    ),
    Field(
        name="property", kind="money", unit="yuan", zh="财产性收入", en="income of property",
        sensitivity=FieldClass.S3, default=_NONE, is_editable=True,
    ),
    Field(
        name="transfer", kind="money", unit="yuan", zh="转移性收入", en="transfers", sensitivity=FieldClass.S3,
        default=_NONE, is_editable=True,
    ),
    Field(
        name="business_cost", kind="money", unit="yuan", zh="生产经营性支出",
        en="cost of production and business", sensitivity=FieldClass.S3, default=_NONE, is_editable=True,
    ),
    Field(
        name="insurance_payout", kind="money", unit="yuan", zh="理赔收入", en="insurance payout",
        sensitivity=FieldClass.S3, default=_NONE, is_editable=True,
    ),
    Field(
        name="net", kind="money", unit="yuan", zh="家庭年纯收入", en="net income of the household in the year",
        sensitivity=FieldClass.S3, is_given=False, is_computed=True, in_snapshot=True, in_directory=True,
        fact="net_income",
    ),
    Field(
        name="per_capita_net", kind="money", unit="yuan", zh="人均纯收入", en="net income a head",
        sensitivity=FieldClass.S3, is_given=False, is_computed=True, in_snapshot=True, in_directory=True,
        fact="per_capita_net",
    ),
    Field(
        name="ref_per_capita", kind="money", unit="yuan", zh="人均参考收入（加理赔减合规自付）",
        en="reference income a head (plus insurance payout, minus self-paid expenditure)",
        sensitivity=FieldClass.S3, is_given=False, is_computed=True, in_snapshot=True, in_directory=True,
        fact="per_capita_ref",
    ),
    Field(
        name="self_paid", kind="money", unit="yuan", zh="合规自付支出",
        en="compliant self-paid expenditure in the window", sensitivity=FieldClass.S3, default=_NONE,
        is_editable=True, in_snapshot=True, in_directory=True, fact="self_paid",
    ),
)  # fmt: skip
