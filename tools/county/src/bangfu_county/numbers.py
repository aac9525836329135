"""Citizen numbers of a province that does not exist (99), each given once."""

from __future__ import annotations

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# Place of first registration: need not be the county of residence (people marry and move).
_REGIONS = ("990101", "990102", "990103", "990201", "990322", "990425")


def check_digit(first17: str) -> str:
    """Compute the 18th character. Source: GB 11643-1999."""
    return _CHECKS[sum(w * int(d) for w, d in zip(_WEIGHTS, first17, strict=True)) % 11]


class NumberOffice:
    """Gives every person a number of its own; up to 3,000 people of one sex born on one day."""

    def __init__(self) -> None:
        self._given: dict[int, int] = {}

    def issue(self, born: date, sex: str) -> str:
        """Issue the next unused number for a birth date and sex ("1" odd, "2" even sequence).

        Raises:
            OverflowError: more people were born on one day than numbers exist.
        """
        is_male = sex == "1"
        slot = born.toordinal() * 2 + is_male
        nth = self._given.get(slot, 0)
        if nth >= 500 * len(_REGIONS):
            raise OverflowError(f"no numbers left for {born}")
        self._given[slot] = nth + 1
        region = _REGIONS[nth % len(_REGIONS)]
        # 37 and 500 share no divisor: the sequence wanders, yet visits each number once.
        sequence = (nth // len(_REGIONS) * 37 + slot * 11) % 500 * 2 + is_male
        first17 = f"{region}{born:%Y%m%d}{sequence:03d}"
        return first17 + check_digit(first17)


def certificate_suffix(number18: str) -> str:
    """Category (4 physical, 1 sight, 7 multiple) and level that a disability certificate adds, or a re-issue mark too.

    Source: 20 characters, or 22 with a re-issue suffix such as B1; the first 18 are the citizen number.
    """
    return ("43", "12", "71B1")[int(number18[14:17]) % 3]


def fifteen_digits(number18: str) -> str:
    """Turn the number of somebody born in 19xx into the form used before 1999."""
    return number18[:6] + number18[8:17]
