"""A synthetic county's month, from the generator to the last alert; every claim is checked."""

from bangfu.demo.flow import run_demo
from bangfu.demo.options import DemoOptions
from bangfu.demo.report import Report

__all__ = ["DemoOptions", "Report", "run_demo"]
