"""Change requests (户变更申请): who proposes a change of a household, who approves it, and what it was decided on."""
