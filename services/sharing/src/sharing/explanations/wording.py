"""What people read of an explanation, in both languages: a rule's expressions, and what a change leads to. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from contracts.parameters import Parameter, Words
from contracts.vocabulary import Severity
from servicekit.expressions import PARAMETERS_ALIAS
from sharing.catalogue.service import Fact

_COMPARED: Mapping[type[exp.Expr], tuple[str, str]] = {
    exp.EQ: ("为", "is"),
    exp.NEQ: ("不为", "is not"),
    exp.GT: ("大于", "is above"),
    exp.GTE: ("不低于", "is at least"),
    exp.LT: ("低于", "is below"),
    exp.LTE: ("不高于", "is at most"),
}
_CALCULATED: Mapping[type[exp.Expr], tuple[str, str]] = {
    exp.Add: (" + ", " + "), exp.Sub: (" - ", " - "), exp.Mul: (" × ", " × "),
}  # fmt: skip
_CALLED: Mapping[type[exp.Expr], tuple[str, str]] = {
    exp.Coalesce: ("首个已知值", "first known of"),
    exp.Greatest: ("较大者", "greater of"),
    exp.Least: ("较小者", "lesser of"),
}

KNOWN = Words(zh="任一已知值", en="known")


def wording(tree: exp.Expr, facts: Mapping[str, Fact], parameters: Mapping[str, Parameter]) -> Words:
    """Write a checked expression in words: facts and parameters by their titles."""
    return Words(zh=_Language(0, facts, parameters).of(tree), en=_Language(1, facts, parameters).of(tree))


class _Language:
    """One of the two; `place` is that of its words in the tables above."""

    def __init__(self, place: int, facts: Mapping[str, Fact], parameters: Mapping[str, Parameter]) -> None:
        self._place = place
        self._facts = facts
        self._parameters = parameters

    def _say(self, zh: str, en: str) -> str:
        return (zh, en)[self._place]

    def of(self, node: exp.Expr) -> str:
        match node:
            case exp.Paren():
                return self._say(f"（{self.of(node.this)}）", f"({self.of(node.this)})")
            case exp.Column():
                return self._title(node)
            case exp.Literal() | exp.Boolean() | exp.Null():
                return self._constant(node)
            case exp.Not():
                return self._say(f"不成立：{self.of(node.this)}", f"not: {self.of(node.this)}")
            case exp.And() | exp.Or():
                word = self._say("且", "and") if isinstance(node, exp.And) else self._say("或", "or")
                return f"{self.of(node.this)} {word} {self.of(node.expression)}"
            case exp.Is():
                return f"{self.of(node.this)} {self._say('为', 'is')} {self.of(node.expression)}"
            case exp.Between():
                low, high = self.of(node.args["low"]), self.of(node.args["high"])
                return self._say(
                    f"{self.of(node.this)} 在 {low} 至 {high} 之间", f"{self.of(node.this)} is from {low} to {high}"
                )
            case exp.In():
                listed = self._say("、", ", ").join(self.of(item) for item in node.expressions)
                return f"{self.of(node.this)} {self._say('属于', 'is one of')} {listed}"
            case exp.Case():
                return self._case(node)
            case exp.AddMonths():
                months = self.of(node.expression)
                return self._say(f"{self.of(node.this)} 加 {months} 个月", f"{self.of(node.this)} plus {months} months")
            case exp.Neg():
                return f"-{self.of(node.this)}"
            case exp.Cast():
                return str(node.this.this)
        for words, between in ((_COMPARED, " "), (_CALCULATED, "")):
            if type(node) in words:
                word = words[type(node)][self._place]
                return f"{self.of(node.this)}{between}{word}{between}{self.of(node.expression)}"
        arguments = self._say("、", ", ").join(self.of(each) for each in (node.this, *node.expressions))
        return f"{_CALLED[type(node)][self._place]}({arguments})"

    def _title(self, node: exp.Column) -> str:
        known = self._parameters[node.name] if node.table == PARAMETERS_ALIAS else self._facts[node.name]
        return self._say(known.zh, known.en)

    def _constant(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Null):
            return self._say("不详", "unknown")
        if isinstance(node, exp.Boolean):
            return self._say("是", "true") if node.this else self._say("否", "false")
        return str(node.this)

    def _case(self, node: exp.Case) -> str:
        parts = [
            self._say(
                f"{self.of(branch.this)} 时为 {self.of(branch.args['true'])}",
                f"{self.of(branch.args['true'])} if {self.of(branch.this)}",
            )
            for branch in node.args["ifs"]
        ]
        if (default := node.args.get("default")) is not None:
            parts.append(self._say(f"否则为 {self.of(default)}", f"else {self.of(default)}"))
        return self._say("，", ", ").join(parts)


def change(label: Words, value: Words, severity: Severity | None) -> Words:
    """Say what a single other value would lead to."""
    zh = f"预警等级为{severity.label}" if severity else "不再预警"
    en = f"the finding would be {severity.english}" if severity else "nothing would be found"
    return Words(zh=f"如“{label.zh}”为 {value.zh}，则{zh}。", en=f"If “{label.en}” were {value.en}, {en}.")
