"""Rows that are of no person, as they counted in each month: events, funds, projects, entities, sites."""
