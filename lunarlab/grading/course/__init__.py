"""A course around the grader: what students are given, what they hand in, what they and the registry get back."""
