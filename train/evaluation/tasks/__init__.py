"""What training and evaluation know of each task, one folder a task, behind a Protocol each.

`Learning` stands in `train/training/learning.py`, `Evaluation` in `evaluation.py`.
"""
