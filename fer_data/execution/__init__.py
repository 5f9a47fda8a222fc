"""How work is run, kept and accounted for."""
