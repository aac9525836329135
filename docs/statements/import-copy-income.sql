-- Rows of a file.
COPY income (
        household_id, version, population, recorded_at, recorded_by, year, wage, business, property,
        transfer, business_cost, insurance_payout, self_paid
) FROM STDIN
