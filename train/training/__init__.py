"""What `train` is made of: inputs, objective, the loop, checkpoints, the model card."""
