"""Income plans (增收计划), the year's cohorts of households that need one, and how far each village has come."""
