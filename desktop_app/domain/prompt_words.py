"""The English words of requests that say little: verbs, what is made or changed, and what stands around them."""

from enum import StrEnum


class Task(StrEnum):
    """What a question wants."""

    WRITE = "write"
    EMAIL = "email"
    CODE = "code"
    IDEAS = "ideas"
    IMPROVE = "improve"
    DEBUG = "debug"
    SHORTEN = "shorten"
    SUMMARISE = "summarise"
    TRANSLATE = "translate"
    EXPLAIN = "explain"
    OTHER = "other"


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text that has nothing else."""
    return frozenset(text.split())


OPENINGS = tuple(
    tuple(opening.split())
    for opening in (
        "please", "kindly", "hi", "hello", "hey", "ok", "okay", "so", "just", "now", "can you", "could you", "would you",
        "will you", "i want you to", "i need you to", "i would like you to", "i'd like you to", "i want to", "i need to",
        "i would like to", "i'd like to", "let's", "let us",
    )
)  # fmt: skip
ABOUT_NOTHING = frozenset(
    ("any ideas", "any suggestions", "any advice", "any tips", "what should i do", "what do i do")
)
"""Questions that say nothing at all."""
ABOUT_UNSEEN = frozenset(
    (
        "what do you think", "what do you think of it", "what do you think about it", "what do you think of this",
        "what do you think about this", "what is wrong", "what's wrong", "what is wrong with it", "what's wrong with it",
        "what is wrong with this", "what's wrong with this", "what is wrong with my code", "what's wrong with my code",
        "is this good", "is it good", "is this right", "is it right", "is this correct", "is it correct", "is this ok",
        "how can i improve it", "how can i improve this", "how do i improve it", "how do i improve this",
        "how can i make it better", "how can i make this better", "how do i make it better", "how do i make this better",
        "how do i fix it", "how do i fix this", "how can i fix it", "how can i fix this", "it doesn't work",
        "it does not work", "this doesn't work", "this does not work", "it isn't working", "my code doesn't work",
        "my code does not work", "why doesn't it work", "why doesn't this work", "why doesn't my code work",
    )
)  # fmt: skip
"""Questions about something that nobody has seen yet."""
WRITING = words_of("write compose draft create generate produce")
MAKING = WRITING | words_of("make design build develop give prepare invent")
CHANGING = words_of(
    "improve fix rewrite rephrase paraphrase reword correct proofread check edit polish revise format shorten simplify "
    "review finish complete continue expand refine enhance optimise optimize debug solve analyse analyze evaluate grade "
    "summarise summarize translate explain describe do answer"
)
TELLING = words_of("tell talk teach inform")
VERBS = MAKING | CHANGING | TELLING
EXACT = words_of(
    "fix correct proofread check format finish complete continue do answer solve grade analyse analyze evaluate"
)
"""What these want is clear, once there is something to do it to."""
UNDERTAKINGS = words_of("decide choose study learn understand start prepare plan think brainstorm")
TASKS = {
    "summarise": Task.SUMMARISE,
    "summarize": Task.SUMMARISE,
    "translate": Task.TRANSLATE,
    "explain": Task.EXPLAIN,
    "describe": Task.EXPLAIN,
    "shorten": Task.SHORTEN,
    "simplify": Task.SHORTEN,
    "debug": Task.DEBUG,
    "do": Task.OTHER,
    "solve": Task.OTHER,
    "answer": Task.OTHER,
}
"""What a verb tells of what is wanted; most others improve something."""
IT = words_of("it this these those them")
POINTING = words_of("my our the this that these those")
ANYTHING = words_of("something anything stuff thing things content text texts information info everything")
FORMS_OF = {
    Task.EMAIL: words_of("email emails mail"),
    Task.CODE: words_of("code script scripts program programs website websites webpage app apps game games function"),
    Task.IDEAS: words_of("idea ideas tips advice suggestions recommendations names name titles title options"),
    Task.WRITE: words_of(
        "story stories poem poems essay essays article articles letter letters speech report reports plan plans list "
        "lists summary blog post posts song songs lyrics paragraph paragraphs book novel chapter presentation newsletter "
        "cv resume review message introduction bio description caption captions headline headlines schedule strategy "
        "proposal page document outline"
    ),
}
"""What can be made."""
FORMS = frozenset().union(*FORMS_OF.values())
THINGS = FORMS | words_of(
    "text texts grammar spelling sentence sentences paper homework assignment document file project draft work bug error "
    "problem question questions exercise answer answers task data table notes thesis"
)
TOPICS = words_of("cover business marketing lesson study workout meal product press sales")
"""Words before a form that say a part of what it is about."""
LOOKS = words_of(
    "good nice great cool best better short long longer shorter small big simple simpler easy easier quick fast faster "
    "interesting funny funnier creative new unique original amazing perfect professional beautiful detailed complete full "
    "basic clear clearer nicer modern different random formal informal python java javascript html css social media "
    "linkedin instagram web"
)
PERSONS = words_of(
    "kids children kid child boss friend friends mother mom mum dad father team students student teacher class colleagues "
    "colleague customers customer clients client beginners beginner family wife husband girlfriend boyfriend parents son "
    "daughter sister brother manager"
)
"""Whom something may be for."""
EMPTY = words_of(
    "a an the more of for to in on with and or me us my our some any please just really very so lot lots bit little kind "
    "sort all few couple that which can by from at as into up about thanks now today e work works sound look again here"
)
BROKEN = words_of("code script program function bug error app website")
DETERMINERS = words_of("a an some any me us my our it this these the")
YOU = words_of("you yourself your")
DENYING = words_of("don't not never no without")
KNOWN = IT | POINTING | ANYTHING | FORMS | THINGS | TOPICS | LOOKS | PERSONS | EMPTY | BROKEN
