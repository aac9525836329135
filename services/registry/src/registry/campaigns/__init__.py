"""Campaigns of visits (集中排查, 定期核查, 搬迁后续走访): a task for each household that one concerns."""
