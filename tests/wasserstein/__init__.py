"""Laws of the transport flows."""
