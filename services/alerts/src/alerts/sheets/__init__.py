"""Sheets (报表): the form in which a period's figures are shown, frozen, issued by a second person, and kept."""
