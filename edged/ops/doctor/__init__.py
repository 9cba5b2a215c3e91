"""Looks a node over: what is wrong with the board, its radios, its ports and its broker, and the mend."""
