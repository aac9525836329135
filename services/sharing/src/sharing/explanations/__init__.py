"""Why a finding is there, and what single change would make it another one."""
