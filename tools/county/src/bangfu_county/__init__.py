"""A synthetic county: families, incomes, department files with realistic dirt, and hardship planted on purpose.

`generate` writes plain files that anybody can look at or push; `oracle.expected` reads them again and says, by slow and
obvious loops that share nothing with the system's rules, what a comparison has to find.
"""

from bangfu_county.generate import MIN_HOUSEHOLDS, generate
from bangfu_county.manifest import Dirt, FileEntry, Manifest, NearMiss, Planted
from bangfu_county.national import Difference, write_national

__all__ = [
    "MIN_HOUSEHOLDS",
    "Difference",
    "Dirt",
    "FileEntry",
    "Manifest",
    "NearMiss",
    "Planted",
    "generate",
    "write_national",
]
