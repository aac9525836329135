"""The insurance ledger (参保台账): enrolment, premium, reimbursement and cost of the people in focus, by year."""
