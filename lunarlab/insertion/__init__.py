"""Staying there: arrival, insertion into lunar orbit, and orbits around the Moon."""
