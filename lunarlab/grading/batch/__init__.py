"""A whole class: hand-ins are taken in, each is judged once in a sandbox, and every point ends in the gradebook."""
