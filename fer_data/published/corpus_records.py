"""What is known of each corpus beside its licence: its papers, how it was collected, and what its people agreed to.

Data, no rules. It is what the field knows of these corpora by their papers; where nobody here read a corpus' own
agreement or forms of consent, that is what stands there. `licence_records.py` has the licences.
"""

from dataclasses import dataclass

__all__ = ["CORPUS_RECORDS", "OWN_RECORD", "SAMPLE_RECORD", "CorpusRecord"]

_FOUND = (
    "Taken from public places; that the people in them were asked is not known here, and must not be assumed."
)
_RECORDED = "People who knew that they were recorded; what they agreed to was not read here."


@dataclass(frozen=True, slots=True)
class CorpusRecord:
    """What a card can say of a corpus.

    Attributes:
        papers: that whoever uses the corpus cites, by authors, title and place.
        collected: where its pictures or videos come from.
        consent: what is known of the consent of the people in it.
        who: who is in it, and who is missing, as far as that is known.
        verified: whether the way it is read here ran on a real copy; else nobody held it against one.
    """

    papers: tuple[str, ...]
    collected: str
    consent: str
    who: str = "Age, sex, origin and skin tone of the people are not recorded here."
    verified: bool = False


SAMPLE_RECORD = CorpusRecord(
    papers=(),
    collected="Rendered by fer-data sample: heads, light, cameras and faces were drawn at random from a seed.",
    consent="Nobody is in the pictures.",
    who="No real person: what holds for these faces says nothing of how a model does on people of any group.",
    verified=True,
)
"""Of what `fer-data sample` rendered, in whatever folder layout."""

OWN_RECORD = CorpusRecord(
    papers=(),
    collected="A folder of its user's: how it was collected is not stated.",
    consent="Not stated.",
    verified=True,
)
"""Of a folder that is no published corpus."""

CORPUS_RECORDS = {
    "affwild2": CorpusRecord(
        papers=(
            (
                "D. Kollias, S. Zafeiriou: Expression, Affect, Action Unit Recognition: Aff-Wild2, Multi-Task Learning "
                "and ArcFace. BMVC 2019"
            ),
            (
                "D. Kollias et al.: Deep Affect Prediction in-the-Wild: Aff-Wild Database and Challenge, Deep "
                "Architectures, and Beyond. International Journal of Computer Vision, 2019"
            ),
        ),
        collected="Videos of people in everyday scenes from YouTube, annotated frame by frame.",
        consent=_FOUND,
    ),
    "affectnet": CorpusRecord(
        papers=(
            (
                "A. Mollahosseini, B. Hasani, M. H. Mahoor: AffectNet: A Database for Facial Expression, Valence, and "
                "Arousal Computing in the Wild. IEEE Transactions on Affective Computing, 2019"
            ),
        ),
        collected="Pictures that search engines found by words for emotions in six languages; one annotator a picture.",
        consent=_FOUND,
    ),
    "rafdb": CorpusRecord(
        papers=(
            (
                "S. Li, W. Deng, J. Du: Reliable Crowdsourcing and Deep Locality-Preserving Learning for Expression "
                "Recognition in the Wild. CVPR 2017"
            ),
        ),
        collected="Pictures from the internet, each labelled by about 40 raters.",
        consent=_FOUND,
    ),
    "fer2013": CorpusRecord(
        papers=(
            (
                "I. J. Goodfellow et al.: Challenges in Representation Learning: A Report on Three Machine Learning "
                "Contests. ICONIP 2013"
            ),
            (
                "E. Barsoum, C. Zhang, C. Canton Ferrer, Z. Zhang: Training Deep Networks for Facial Expression "
                "Recognition with Crowd-Sourced Label Distribution (FER+). ICMI 2016"
            ),
        ),
        collected="Pictures of 48 px that a search engine found by words for emotions; FER+ has ten raters a picture.",
        consent=_FOUND,
    ),
    "disfa": CorpusRecord(
        papers=(
            (
                "S. M. Mavadati, M. H. Mahoor, K. Bartlett, P. Trinh, J. F. Cohn: DISFA: A Spontaneous Facial Action "
                "Intensity Database. IEEE Transactions on Affective Computing, 2013"
            ),
        ),
        collected="27 people filmed in a laboratory while they watched a video; units coded frame by frame.",
        consent=_RECORDED,
        who="27 adults, recorded in one place.",
    ),
    "ckplus": CorpusRecord(
        papers=(
            (
                "P. Lucey et al.: The Extended Cohn-Kanade Dataset (CK+): A complete dataset for action unit and "
                "emotion-specified expression. CVPR Workshops 2010"
            ),
            "T. Kanade, J. F. Cohn, Y. Tian: Comprehensive Database for Facial Expression Analysis. FG 2000",
        ),
        collected="People in a laboratory who were told which expression to show.",
        consent=f"{_RECORDED} Pictures of some of them alone may be printed: its agreement lists them.",
        who="Adults, recorded in one place; expressions are posed.",
    ),
    "expw": CorpusRecord(
        papers=(
            (
                "Z. Zhang, P. Luo, C. C. Loy, X. Tang: From Facial Expression Recognition to Interpersonal Relation "
                "Prediction. International Journal of Computer Vision, 2018"
            ),
        ),
        collected="Pictures that a search engine found by words for emotions and for occasions.",
        consent=_FOUND,
    ),
    "afewva": CorpusRecord(
        papers=(
            (
                "J. Kossaifi, G. Tzimiropoulos, S. Todorovic, M. Pantic: AFEW-VA database for valence and arousal "
                "estimation in-the-wild. Image and Vision Computing, 2017"
            ),
        ),
        collected="Clips of feature films, annotated frame by frame.",
        consent="Actors of films: that they agreed to this use is not known here.",
        who="Actors of films; what they show is played.",
    ),
    "bp4d": CorpusRecord(
        papers=(
            (
                "X. Zhang et al.: BP4D-Spontaneous: a high-resolution spontaneous 3D dynamic facial expression "
                "database. Image and Vision Computing, 2014"
            ),
        ),
        collected="41 people filmed in a laboratory during eight tasks; units coded by experts in part of each video.",
        consent=_RECORDED,
        who="41 adults, most of them students, recorded in one place.",
    ),
    "cremad": CorpusRecord(
        papers=(
            (
                "H. Cao, D. G. Cooper, M. K. Keutmann, R. C. Gur, A. Nenkova, R. Verma: CREMA-D: Crowd-Sourced "
                "Emotional Multimodal Actors Dataset. IEEE Transactions on Affective Computing, 2014"
            ),
        ),
        collected="91 actors filmed while they spoke twelve sentences with six emotions; rated by a crowd.",
        consent="Actors who played for this corpus, which its holders put under an open licence.",
        who="Actors of 20 to 74 years; what they show is played.",
    ),
}
"""By value of `sources.NAME.corpus`."""
