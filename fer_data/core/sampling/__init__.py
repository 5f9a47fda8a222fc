"""Seeds, folds, imbalance and balancing of training rows."""
