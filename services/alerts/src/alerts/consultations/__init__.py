"""Consultations (会商研判): what several departments decided together, about clues or a topic."""
