"""What runs inside the fence, before and beside a student's code. These files use the standard library and numpy alone."""
