"""What training and evaluation know of each task: one folder a task, behind the Protocols of `protocol.py`."""
