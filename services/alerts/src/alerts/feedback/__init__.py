"""Feedback (核实结果反馈): what became of a department's findings, told to it, and that it has read so."""
