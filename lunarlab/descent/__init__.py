"""Landing: from lunar orbit to the ground."""
