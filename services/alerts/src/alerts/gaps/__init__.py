"""Policy gaps (政策缺口): what a department owes by policy, once a township has confirmed that somebody lacks it."""
