"""What is checked before any work: parameters against the machine, and inputs against their kind."""
