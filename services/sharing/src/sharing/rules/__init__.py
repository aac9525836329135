"""Rules as data: catalogue, facts, parameters, and the checked language of predicates."""
