"""A synthetic county's month, from the generator to the last alert; every claim is checked."""

from bangfu_local.demo.flow import run_demo
from bangfu_local.demo.options import DemoOptions
from bangfu_local.demo.report import Report

__all__ = ["DemoOptions", "Report", "run_demo"]
