"""What `align` is made of: requests, the worker of one video, row states, pictures of the decisions, assembly."""
