"""What the pages themselves refuse."""

from __future__ import annotations

from servicekit.problems import Forbidden, NotFound


class ConsoleClosed(NotFound):
    """404: nobody declared how people sign in to the pages."""

    code = "gateway.console.closed"
    title = "本系统未开放网页办理"
    advice = "请联系系统管理员设置网页登录(GATEWAY_CONSOLE)。"


class FormForeign(Forbidden):
    """403: the form was not sent from a page of this system."""

    code = "gateway.console.form_foreign"
    title = "表单不是从本系统页面提交的"
    advice = "请从首页重新打开表单后填写。"
