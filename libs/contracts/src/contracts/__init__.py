"""Event models, topics and vocabularies shared by Bangfu's services.

Data only: no I/O, no rules. Producers own their module (`contracts.registry` belongs to the
registry); changes within a major version are additive, and the golden schemas in
`docs/events/` fail the build on anything else.
"""
