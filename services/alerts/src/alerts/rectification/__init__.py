"""Rectification ledger (整改台账): what assessments, audits and inspections found, until it is put right for good."""
