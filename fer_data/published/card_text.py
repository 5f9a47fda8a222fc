"""What the cards of datasets and models say alike: what they are for, and what they are not for."""

__all__ = ["AI_ACT", "BESIDE_CARD", "FACES_PICTURE", "LABELS_PICTURE", "LICENCE_FILE", "NOT_FOR", "fenced"]

LABELS_PICTURE, FACES_PICTURE = "labels.png", "faces.jpg"
"""The pictures beside a dataset's card; that of faces of open datasets alone."""

LICENCE_FILE = "LICENSE.md"
"""The Hub links a licence that it has no name for to a file of this name, or to an address."""

BESIDE_CARD = (LICENCE_FILE, LABELS_PICTURE, FACES_PICTURE)
"""What a card shows or links, where it is there: it goes wherever the card goes."""

NOT_FOR = (
    "Not for decisions about people (hiring, policing, health, education), and not for identifying them."
)

AI_ACT = (
    "In the European Union, Regulation (EU) 2024/1689 (the AI Act), Art. 5(1)(f), prohibits AI systems that infer "
    "emotions of people at the workplace and in education, save for medical or safety reasons."
)


def fenced(text: str) -> str:
    """Return a text as a block of Markdown that shows it as it is, whatever backticks are in it.

    >>> print(fenced("@misc{a}"))
    ```text
    @misc{a}
    ```
    """
    longest, run = 0, 0
    for letter in text:
        run = run + 1 if letter == "`" else 0
        longest = max(longest, run)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.strip()}\n{fence}"
