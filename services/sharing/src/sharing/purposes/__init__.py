"""The purpose ledger (用途台账): who received what about whom, when, and what for; and what was called back."""
