"""A fence around a student's code: tiers that prove themselves, a pipe that only numbers cross, and answers at its end."""
