"""Tables of predictions: their schemas, and every row checked as it is read."""
