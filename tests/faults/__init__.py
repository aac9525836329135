"""The fault harness: drives a county's month while parts of the system die, and checks the promises at the end.

`make faults SEED=n [BUS=kafka] [FAILPOINT=name:kill] [NEMESIS=a,b]`, `make soak`; see docs/faults.md.
"""
