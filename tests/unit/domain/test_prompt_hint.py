"""Which first questions of a chat get a hint, what it says they lack, and which get none."""

import pytest

from desktop_app.domain.prompt_hint import LONGEST, Lack, prompt_hint
from desktop_app.domain.prompt_words import Task

M, S, C, F = Lack.MATERIAL, Lack.SUBJECT, Lack.CONTEXT, Lack.FORM

FINE = (
    "What is the capital of France?",
    "Hi",
    "Hello",
    "hi there",
    "thanks",
    "Thank you",
    "Who wrote Hamlet",
    "why is the sky blue",
    "Explain recursion",
    "Explain quantum computing to a ten-year-old",
    "Tell me a joke",
    "Tell me a story",
    "Tell me about the French Revolution",
    "Tell me about Paris",
    "Tell me about yourself",
    "Write a poem about the sea",
    "Write a story about a dragon who is afraid of heights",
    "Write an email to my boss asking for Friday off",
    "Translate good morning to French",
    "Translate this: good morning",
    'translate "hello" into Spanish',
    "How do I make bread?",
    "How do I fix a flat tyre?",
    "make me laugh",
    "make money online",
    "Give me ideas for dinner",
    "Suggest names for my cat",
    "Schreib etwas über Hunde",
    "Hilf mir mit meinem Text",
    "Écris quelque chose sur les chiens",
    "help me met mijn tekst",
    "Mach es besser",
    "continue",
    "design",
    "write",
    "Aide-moi",
    "写点东西",
    "def f(x): return x",
    "for i in range(10): print(i)",
    "SELECT * FROM users",
    "fix this: def f(x) return x",
    "Summarise https://example.org/page",
    "Explain the problem of evil",
    "translate this is my house into german",
    "2+2",
    "What should I cook tonight with leeks and eggs?",
    "Write 100 words about dogs",
    "Should I learn Rust or Go?",
    "fix my bike",
    "Write a Python function that sorts numbers by their last digit",
    "help me understand recursion",
    "help me sleep",
    "don't write anything",
    "create a todo list app",
    "Plan a trip to Rome for two people in May",
    "Write a birthday card for my grandmother who turns 80",
    "what can you do",
    "Can you write poems?",
    "Are you there",
    "good morning",
    "test",
    "recipe for pancakes",
    "who are you",
    "Improve my chess opening",
    "Give me 5 synonyms of happy",
    "What do you think about nuclear power?",
    "Is this the right way to Rome",
    "Help me plan a weekend in Rome with two small kids",
    "Help me with the Pythagorean theorem",
    "Write a cover letter for a job as a nurse in Leeds",
    "do you know anything about birds",
    "make a sandwich",
    "Build muscle",
    "I need a recipe for bread",
    "I want to die",
    "Give me a hug",
    "Write me a limerick",
    "Write a haiku",
    "Draft a contract",
    "explain",
    "summarize",
    "Describe the water cycle",
    "Describe a sunset",
    "Check my math, 3 plus 4 is 8",
    "answer in French",
    "answer me",
    "do not do this",
    "Do you like it",
    "Tell me more about how vaccines work",
    "Teach me to juggle",
    "Write code to parse a CSV file",
    "Solve x squared equals 4",
    "I want something sweet",
    "Give three tips for staying healthy.",
    "tell me a story about a fox",
    "Write a song for a birthday",
    "Suggest a book",
    "make a liste",
    "schrijf een verhaal",
    "Skriv noget om hunde",
    "code review",
    "Tell me about Python",
    "???",
    "123",
    "   ",
    "",
    "\n",
    "What's 17 times 23?",
    "Write something about dogs:\n\nThey bark.",
    "fix this: `x = 1`",
)
"""Facts, greetings, games, clear requests, code, other languages: no hint rather than a wrong one."""

VAGUE = (
    ("write something about dogs", (C, F), Task.WRITE),
    ("help me with my text", (M, C), Task.IMPROVE),
    ("make it better", (M, C), Task.IMPROVE),
    ("Write something", (S, C, F), Task.WRITE),
    ("write something nice for my boss", (S, F), Task.WRITE),
    ("Please write an essay", (S, C), Task.WRITE),
    ("Can you write me a story?", (S, C), Task.WRITE),
    ("can you help me", (S, C), Task.OTHER),
    ("help", (S, C), Task.OTHER),
    ("Help me!", (S, C), Task.OTHER),
    ("I need help", (S, C), Task.OTHER),
    ("i need help with my homework", (M, C), Task.IMPROVE),
    ("fix this", (M,), Task.IMPROVE),
    ("Fix my code", (M,), Task.DEBUG),
    ("improve my text", (M, C), Task.IMPROVE),
    ("Summarise this", (M,), Task.SUMMARISE),
    ("summarize the article", (M,), Task.SUMMARISE),
    ("translate this to French", (M,), Task.TRANSLATE),
    ("translate to french", (M,), Task.TRANSLATE),
    ("rewrite it", (M, C), Task.IMPROVE),
    ("check my grammar", (M,), Task.IMPROVE),
    ("proofread my essay please", (M,), Task.IMPROVE),
    ("Tell me about dogs", (S, F), Task.EXPLAIN),
    ("tell me something", (S,), Task.EXPLAIN),
    ("Tell me something interesting", (S,), Task.EXPLAIN),
    ("write about dogs", (C, F), Task.WRITE),
    ("Write an email", (S, C), Task.EMAIL),
    ("write an email to my boss", (S,), Task.EMAIL),
    ("write a python script", (S, C), Task.CODE),
    ("make a website", (S, C), Task.CODE),
    ("create an app", (S, C), Task.CODE),
    ("Give me ideas", (S, C), Task.IDEAS),
    ("give me some tips", (S, C), Task.IDEAS),
    ("I need ideas", (S, C), Task.IDEAS),
    ("write a cover letter", (C,), Task.WRITE),
    ("write a blog post", (S, C), Task.WRITE),
    ("generate some content", (S, C, F), Task.WRITE),
    ("Help me write", (S, C, F), Task.WRITE),
    ("help me write an essay", (S, C), Task.WRITE),
    ("Help me decide", (S, C), Task.OTHER),
    ("help me with math", (S,), Task.OTHER),
    ("MAKE IT BETTER", (M, C), Task.IMPROVE),
    ("what should i do?", (S, C), Task.OTHER),
    ("Any ideas?", (S, C), Task.OTHER),
    ("what's wrong with my code", (M,), Task.OTHER),
    ("how can I improve this?", (M,), Task.OTHER),
    ("Explain this", (M,), Task.EXPLAIN),
    ("explain it to me", (M,), Task.EXPLAIN),
    ("could you please make this text shorter", (M, C), Task.IMPROVE),
    ("continue my story", (M,), Task.IMPROVE),
    ("do my homework", (M,), Task.OTHER),
    ("debug my code", (M,), Task.DEBUG),
    ("Give me information about birds", (C, F), Task.WRITE),
    ("Write some text for my website", (S, C), Task.WRITE),
    ("solve this problem", (M,), Task.OTHER),
    ("I want you to write a poem", (S, C), Task.WRITE),
    ("make a plan", (S, C), Task.WRITE),
    ("write a business plan", (C,), Task.WRITE),
    ("Make this funnier", (M, C), Task.IMPROVE),
    ("write something for my kids", (S, F), Task.WRITE),
    ("make something cool", (S, C, F), Task.WRITE),
    ("review my CV", (M, C), Task.IMPROVE),
    ("write it", (M, C), Task.IMPROVE),
    ("give me 5 ideas", (S, C), Task.IDEAS),
    ("it doesn’t work", (M,), Task.OTHER),
)


@pytest.mark.parametrize("question", FINE)
def test_what_says_enough_or_cannot_be_judged_gets_none(question: str) -> None:
    assert prompt_hint(question) is None


@pytest.mark.parametrize(("question", "lacks", "task"), VAGUE)
def test_a_vague_question_is_told_what_it_lacks(question: str, lacks: tuple[Lack, ...], task: Task) -> None:
    hint = prompt_hint(question)
    assert hint is not None
    assert (hint.lacks, hint.task) == (lacks, task)


@pytest.mark.parametrize("around", ["{}", "  {}  ", "{}!", "{}?", "please {}", "Could you {}, please?", "HELLO, {}..."])
def test_politeness_and_spaces_change_nothing(around: str) -> None:
    hint = prompt_hint(around.format("write something about dogs"))
    assert hint is not None
    assert hint.lacks == (C, F)


@pytest.mark.parametrize(
    "more", [" and how they learn commands from people", " — für Kinder", ": barking", " `x`", "\n\nWoof."]
)
def test_whatever_more_is_said_takes_the_hint_away(more: str) -> None:
    assert prompt_hint("write something about dogs" + more) is None


def test_only_the_length_of_a_long_text_is_looked_at() -> None:
    assert prompt_hint("please " * 20 + "help me") is not None
    for long in ("please help me " * 400_000, " " * 5_000_000, "a" * (LONGEST + 1), "please " * 1_000_000 + "help"):
        assert prompt_hint(long) is None


def test_no_text_is_too_odd() -> None:
    for code in [*range(0x300), 0x2028, 0xD7FF, 0xFFFD, 0x1F600]:
        for text in (chr(code), chr(code) * LONGEST, f"make it{chr(code)}better"):
            prompt_hint(text)
