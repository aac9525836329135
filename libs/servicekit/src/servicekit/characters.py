"""Characters that cannot be seen, or that stand for another one: the one table that names, numbers and cells share."""

from __future__ import annotations

import unicodedata
from typing import Final

# Format characters (zero width, byte order marks, marks of direction), variation selectors and blanks that are letters.
_UNSEEN = {
    chr(code)
    for code in (*range(0x3000), *range(0xFE00, 0x10000), *range(0x1BCA0, 0x1BCA4), *range(0xE0000, 0xE0200))
    if unicodedata.category(chr(code)) == "Cf"
} | {chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x180B, 0x1810), 0x034F, 0x115F,
                            0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)}  # fmt: skip

# Characters that GB 18030 once had to put into the private use area, by the places that it has for them.
# Source: GB 18030-2005 and -2022, annex D; fonts and systems of before still write the private ones.
_PRIVATE = {
    private: bytes([0xFE, place]).decode("gb18030")
    for private, place in zip(range(0xE815, 0xE865), [p for p in range(0x50, 0xA1) if p != 0x7F], strict=True)
} | {
    0xE81E: "\u9fb4", 0xE826: "\u9fb5", 0xE82B: "\u9fb6", 0xE82C: "\u9fb7", 0xE832: "\u9fb8", 0xE843: "\u9fb9",
    0xE854: "\u9fba", 0xE864: "\u9fbb", 0xE816: "\U00020087", 0xE817: "\U00020089", 0xE818: "\U000200cc",
    0xE831: "\U000215d7", 0xE83B: "\U0002298f", 0xE855: "\U000241fe",
}  # fmt: skip

# Radicals that stand for the whole character, as texts copied from PDF hold them; NFKC folds the Kangxi ones itself.
_RADICALS = dict(
    zip("⺟⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻚⻛⻝⻢⻣⻤⻥⻦⻨⻩⻬⻰", "母民虎西见角贝车长门青页风食马骨鬼鱼鸟麦黄齐龙", strict=True)
)

INVISIBLE: Final = dict.fromkeys(map(ord, _UNSEEN), "")
"""For `str.translate`: takes out what nobody sees."""

FOLDS: Final = INVISIBLE | _PRIVATE | {ord(radical): whole for radical, whole in _RADICALS.items()}
"""For `str.translate`: takes out what nobody sees, and puts what is meant in the place of what stands for it."""

PRIVATE: Final = "[\ue000-\ue814\ue865-\uf8ff\U000f0000-\U0010fffd]"
"""Characters of somebody's own font, as a regular expression: what they stand for only that font knows."""
