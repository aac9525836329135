"""What the portal's pages and its document say. Pure."""

from __future__ import annotations

PROBLEMS = "错误代码目录 Problems"
ALL = "全部 all"
FIELDS = {
    "code": "代码 code",
    "status": "状态 status",
    "title": "含义 title",
    "advice": "怎么办 advice",
    "explanation": "Explanation",
}
"""Of a problem, as its page shows them."""

WEBHOOKS = "webhooks 推送"
"""The tag of what subscribers are sent."""
