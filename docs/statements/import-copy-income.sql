-- Rows of a file.
COPY income (
        household_id, year, version, wage, business, property, transfer, business_cost, insurance_payout,
        self_paid, population, recorded_at, recorded_by
) FROM STDIN
