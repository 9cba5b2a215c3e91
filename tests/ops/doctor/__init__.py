"""A board is looked over: each thing is broken for real, and the mend is read."""
