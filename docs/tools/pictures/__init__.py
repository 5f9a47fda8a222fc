"""The pictures of the README and the site, drawn from what the demo made of its rendered people.

`python -m docs.tools.pictures` (or `make pictures`) writes them into docs/pictures/: the same demo, the same bytes, but
for those that a browser has a part in.
"""
