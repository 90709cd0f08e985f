"""The statement of one connection's day: composed from what both sides said, kept, and sent once."""
