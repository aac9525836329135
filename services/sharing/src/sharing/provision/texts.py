"""What people read in files that are provided."""

from __future__ import annotations

from typing import Final

SHEET: Final = "名单"
HOUSEHOLD: Final = "户标识"
PERSON: Final = "人员标识"
RECEIPT: Final = "提供回执"
YES_NO: Final = {True: "是", False: "否"}
WATERMARK: Final = "提供回执 {receipt};接收方 {receiver};用途:{purpose};截至 {as_of};仅限本用途,不得转交第三方"
NUMBER: Final = "证件号码或姓名格式不正确 / no valid citizen number, or no name"
