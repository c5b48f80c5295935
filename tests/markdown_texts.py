"""Markdown of every kind that CommonMark's specification has a chapter on, and of what is read beyond it; and mutations."""

import os
import random

SEED = int(os.environ.get("INGLENOOK_SEED", "0"))
"""Another number makes other mutations."""

EXAMPLES = [
    # tabs, precedence, escapes, entities
    "\tcode\twith\ttabs", "  \tcode", "- one\n\n\ttwo", "-\t\tcode", ">\t\tquoted code", "1.\ttab", "#\tHead\t", "*\t*\t*\t",
    "- `one\n- two`", "`a | b`\n\n| c |\n|---|", "\\*not emphasized*", "\\# no head", "\\- no item", "\\\\*really*",
    "line\\\nbreak", "`\\[\\``", "    \\[\\]", "~~~\n\\[\\]\n~~~", "[a](/b\\*c \"t\\*\")", "&nbsp; &amp; &copy; &#35; &#X22;",
    "&nbsp &x; &#; &#x; &#87654321; &#0;", "[a](&auml;.html)", "``` f&ouml;&ouml;\nx\n```", "&#42;a&#42;", "&#9;a", "*a*&amp;*b*",
    # thematic breaks, headings
    "***\n---\n___", "+++", "--\n**\n__", " ***\n  ***\n   ***", "    ***", "a\n    ***", " - - -", "_ _ _ _ a", "*-*",
    "- a\n***\n- b", "a\n***\nb", "a\n---\nb", "* a\n* * *\n* b", "- a\n- * * *", "# 1\n## 2\n###### 6\n####### 7", "#5 #hash",
    "\\## x", "# a *b* \\*c\\*", "#      a      ", "    # code", "a\n    # b", "## a ##", "# a ######\n##### b ##", "### a ### b",
    "# a#", "### a \\###", "****\n## a\n****", "#\n## \n### ###", "A *b*\n===\n\nC\n---", "A\nB\n===", "a\n===\n---", "   A\n===",
    "    a\n    ---", "A\n    ---", "A\n= =\n\nB\n--- -", "`a\n----\n`", "> a\n---", "> a\nb\n===", "- a\n---", "\n===", "---\n---",
    "- a\n-----", "> a\n-----", "\\> a\n-----", "a\n\nb\n---\nc",
    # code
    "    a\n      b", "  - a\n\n    b", "1.  a\n\n    - b", "    <a/>\n    *hi*", "    a\n\n    b\n  \n \n    c", "a\n    b",
    "    a\nb", "# a\n    b\nc\n---\n    d\n----", "    \n    a\n    ", "    a  ", "```\n<\n >\n```", "~~~\n<\n~~~", "``\na\n``",
    "```\na\n~~~\n```", "````\na\n```\n``````", "```", "`````\n\n```\na", "> ```\n> a\n\nb", "```\n\n  \n```", "```\n```",
    " ```\n a\na\n```", "   ```\n   a\n    a\n  a\n   ```", "    ```\n    a\n    ```", "```\na\n  ```", "```\na\n    ```", "``` ```\na",
    "~~~~~~\na\n~~~ ~~", "a\n```\nb\n```\nc", "a\n---\n~~~\nb\n~~~\n# c", "```ruby startline=3\ndef f(x)\nend\n```", "``` a b` ```\nc",
    "~~~ aa ``` ~~~\nb\n~~~", "```\n``` a\n```", "```python\nif x:\n    '''\n    doc\n", "```json\n{\"a\": [1, 2",
    # HTML, references, paragraphs, blank lines
    "<table><tr><td>\n<pre>\n**a**\n</pre>\n</td></tr></table>", "<div>\n*a*\n</div>", "<!-- a\n\nb -->\nc", "<?php\n echo\n?>",
    "<script>\nalert(1)\n</script>", "<img src=\"http://x/y.png\">", "a <b>c</b> <i", "<a href=\"javascript:x\">y</a>", "<![CDATA[\na\n]]>",
    "[a]: /u 't'\n\n[a]", "   [a]: \n      /u  \n           't'  \n\n[a]", "[a]: /u '\nt\nu\n'\n\n[a]", "[a]:\n/u\n\n[a]", "[a]:\n\n[a]",
    "[a]: <>\n\n[a]", "[a]: <b>(c)\n\n[a]", "[a]\n\n[a]: u", "[a]\n\n[a]: 1\n[a]: 2", "[A]: /u\n\n[a]", "[a]: /u \"t\" ok", "    [a]: /u\n\n[a]",
    "```\n[a]: /u\n```\n\n[a]", "a\n[b]: /c\n\n[b]", "# [A]\n[a]: /u\n> b", "[a]: /u\nb\n===\n[a]", "[a]: /u\n===\n[a]", "[a]\n\n> [a]: /u",
    "a\n\nb", "a\nb\n\nc\nd", "a\n\n\nb", "  a\n b", "a\n             b\n    c", "   a\nb", "    a\nb", "a     \nb     ", "  \n\na\n  \n\n# b\n\n  ",
    # quotes
    "> # A\n> b\n> c", "># A\n>b\n> c", "   > # A\n   > b", "    > # A", "> # A\n> b\nc", "> a\nb\n> c", "> a\n---", "> - a\n- b", ">     a\n    b",
    "> ```\na\n```", "> a\n    - b", ">", ">\n>  \n> ", ">\n> a\n>  ", "> a\n\n> b", "> a\n> b", "> a\n>\n> b", "a\n> b", "> a\n***\n> b", "> a\nb",
    "> a\n\nb", "> > > a\nb", ">>> a\n> b\n>>c", ">     code\n\n>    not code",
    # list items and lists
    "1.  A\n    b\n\n        c\n\n    > d", "- one\n\n two", "- one\n\n  two", " -    one\n\n     two", "   > > 1.  one\n>>\n>>     two", ">>- one\n>>\n  >  > two",
    "-one\n\n2.two", "- a\n\n\n  b", "1.  a\n\n    ```\n    b\n    ```\n\n    c\n\n    > d", "- A\n\n      b\n\n\n      c", "123456789. ok", "1234567890. not",
    "0. ok\n003. ok", "-1. not", "- a\n\n      b", "  10.  a\n\n           b", "1.     a\n\n   b\n\n       c", "-\n  a\n-\n  ```\n  b\n  ```\n-\n      c", "-   \n  a",
    "-\n\n  a", "- a\n-\n- b", "- a\n-   \n- b", "1. a\n2.\n3. c", "*", "a\n*\n\nb\n1.", " 1.  A\n     b\n\n         c\n\n     > d", "  1.  A\n    b", "> 1. > a\nb",
    "- a\n  - b\n    - c\n      - d", "- a\n - b\n  - c\n   - d", "10) a\n    - b", "10) a\n   - b", "- - a", "1. - 2. a", "- # A\n- B\n  ---\n  c",
    "- a\n- b\n+ c", "1. a\n2. b\n3) c", "a\n- b\n- c", "The number is\n14. Not an item", "The number is\n1. An item", "- a\n\n- b\n\n\n- c", "- a\n  - b\n    - c\n\n\n      d",
    "- a\n- b\n\n<!-- -->\n\n- c", "-   a\n\n    b\n\n-   c\n\n<!-- -->\n\n    d", "- a\n - b\n  - c\n   - d\n  - e\n - f\n- g", "1. a\n\n  2. b\n\n   3. c",
    "- a\n - b\n  - c\n   - d\n    - e", "1. a\n\n  2. b\n\n    3. c", "- a\n- b\n\n- c", "* a\n*\n\n* c", "- a\n- b\n\n  c\n- d", "- a\n- b\n\n  [r]: /u\n- d",
    "- a\n- ```\n  b\n\n\n  ```\n- c", "- a\n  - b\n\n    c\n- d", "* a\n  > b\n  >\n* c", "- a\n  > b\n  ```\n  c\n  ```\n- d", "- a", "- a\n  - b", "1. ```\n   a\n   ```\n\n   b",
    "* a\n  * b\n\n  c", "- a\n  - b\n  - c\n\n- d\n  - e", "- [ ] todo\n- [x] done", "2. two\n3. three\n\ntext\n\n4. four",
    # code spans, emphasis, strike-through
    "`a`", "`` a ` b ``", "` `` `", "`  ``  `", "` a`", "`\u00a0b\u00a0`", "` `\n`  `", "``\na\nb  \nc\n``", "``\na \n``", "`a   b \nc`", "`a\\`b`", "``a`b``", "*a`*`", "[not a `link](/a`)",
    "`<a href=\"`\">`", "`<http://a.b`c>`", "```a``", "`a", "`a``b``", "*a b*", "a * b*", "a*\"b\"*", "*\u00a0a\u00a0*", "a*b*", "5*6*78", "_a b_", "_ a_", "a_\"b\"_", "a_b_", "5_6_78", "aa_\"bb\"_cc",
    "a-_(b)_", "_a*", "*a *", "*a\nb\n*", "*(*a)", "*(*a*)*", "*a*b", "_a _", "_(_a)", "_(_a_)_", "_a_b", "_a_b_c_", "_(a)_.", "**a b**", "** a**", "a**\"b\"**", "a**b**", "__a b__", "__ a__",
    "a__b__", "a-__(b)__", "**a **", "**(**a)", "*(**a**)*", "**a \"*b*\" c**", "**a**b", "__a __", "__(__a)", "_(__a__)_", "__a__b", "__(a)__.", "*a [b](/u)*", "*a\nb*", "_a __b__ c_", "*a *b**",
    "**a** b", "*a **b***", "*a**b**c*", "***a** b*", "*a**b***", "a***b***c", "a******b*********c", "*a **b *c* d** e*", "** is not **", "**a [b](/u)**", "__a _b_ c__", "****a**", "****a****",
    "******a******", "***a***", "_____a_____", "*a _b* c_", "*a __b *c d* e__", "**a **b c**", "*a *b c*", "*[a*](/u)", "_a [b_](/u)", "*<img src=\"a\" title=\"*\"/>", "**a<http://a/?q=**>", "a ***",
    "~~a~~", "~~a ~~b~~", "a~~b", "~a~", "~~*a~~*", "**a ~~b** c~~",
    # links, images, autolinks, breaks
    "[a](/u \"t\")", "[a](/u)", "[](./t.md)", "[a]()", "[a](<>)", "[]()", "[a](/my u)", "[a](</my u>)", "[a](b\nc)", "[a](<b\nc>)", "[a](<b)c>)", "[a](<b\\>)", "[a](\\(b\\))", "[a](b(and(c)))", "[a](b(c)",
    "[a](#b)", "[a](b%20&auml;)", "[a](\"t\")", "[a](/u \"t\") [b](/u 't') [c](/u (t))", "[a](/u \"t \"b\" c\")", "[a](   /u\n  \"t\"  )", "[a] (/u)", "[a [b [c]]](/u)", "[a] b](/u)", "[a [b](/u)", "[a \\[b](/u)",
    "[a *b **c** `d`*](/u)", "[![m](x.jpg)](/u)", "[a [b](/u)](/u)", "[a *[b [c](/u)](/u)*](/u)", "![[[a](u1)](u2)](u3)", "*[a*](/u)", "[a *b](c*)", "[a <b attr=\"](c)\">", "[a`](/u)`", "[a<http://b/?q=](u)>",
    "[a][b]\n\n[b]: /u", "[a [b]][c]\n\n[c]: /u", "[a\n\n[a]: /u", "[a][]\n\n[a]: /u", "[a] \n[]\n\n[a]: /u", "[a]:b", "[]\n\n[]: /u", "[a][b][c]\n\n[c]: /u", "![a](/u \"t\")", "![a *b*]", "![a ![b](/u)](/v)",
    "![a](<u>)", "My ![a b](/p/t.jpg  \"t\"   )", "![](/u)", "![a][b]\n\n[b]: t.jpg", "!\\[a]", "\\![a]", "<http://a.b.c>", "<MAILTO:A@B.C>", "<made-up:a,b>", "<localhost:5001/a>", "<http://a.b/c d>", "<a@b.c>",
    "<a\\+@b.c>", "<>", "< http://a.b >", "<m:abc>", "http://a.b", "a@b.c", "a  \nb", "a\\\nb", "a       \n     b", "*a  \nb*", "`a  \nb`", "a\\", "a  ", "### a\\", "a\nb", "a \n b", "Multiple     spaces",
    # tables
    "| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n--|--\n1 | 2\n\nc", "| a |\n|:-:|\n| `x|y` |", "| a | b |\n|---|\n| 1 |", "| a |\n|---|\n\nb", "| a |\n|---|\n> b", "x\n| a |\n|---|\n| 1 |", "| a |\n| - |\n| 1 | 2 | 3 |",
    "- | a |\n  |---|\n  | 1 |", "> | a |\n> |---|\n> | 1 |", "| *a* | [b](/u) |\n|:--|--:|\n| $x$ | ~~y~~ |", "| a |\n|---|\n| \\| |", "| a |\n|---|\n$$\nx\n$$", "|\n|-|", "| a |\n|---|\n| 1 |\n```\nx\n```",
    # TeX
    "$a$ and $$b$$", "$$\na = b\n$$", "$$ a $$\nb", "text\n$$\na\n$$\nmore", "\\(a\\) and \\[b\\]", "\\[\na\n\\]", "$5 and $6", "$ a $", "$a", "$$\na", "\\[\na", "\\(a", "$$\na\n\nb\n$$", "> $$\n> a\n> $$", "- $$\n  a\n  $$", "`$a$`",
    "$\\frac{1}{2}$", "$$\\begin{matrix}a&b\\\\c&d\\end{matrix}$$", "a$b$c", "$a\\$b$", "\\\\(a\\\\)", "$$$$", "$$$", "\\[\\]", "$$a$$b$$c$$", "# $x$", "**$x$**", "[$x$](/u)",
    # what hides or reverses
    "a\u202eb\u202cc", "\u2066x\u2069", "a\x00b", "a\x1b[31mb", "a\u2028b\u2029c", "\ufdd0\ufdd1\ufffc", "עברית `code` العربية", "🙂 👩‍👩‍👧‍👦 **é**", "a\r\nb\rc\r\n", "\ufeff# a", "\u00a0a", "x\u200by",
]  # fmt: skip

PIECES = [
    "*", "**", "_", "`", "```", "~~~", "~~", "[", "]", "(", ")", "](", "![", "<", ">", "&", "\\", "$", "$$", "\\(", "\\)", "\\[",
    "\\]", "|", "|---|", "\n", "\n\n", "\r", "\r\n", "    ", "\t", "# ", "- ", "1. ", "> ", "---", "===", ":", "\"", "[a]: /u\n", "a", "é",
    "🙂", "\u202e", "\x00", "\u2029", "\ufffc", "https://a.b", "&amp;", "<!--", "-->", "{", "}", "^2", "\\frac", "\\begin{matrix}", "&",
]  # fmt: skip


def chance_of(number: int) -> random.Random:
    """Return the source of the mutations of one test."""
    return random.Random(number + 1000 * SEED)


def mutated(chance: random.Random) -> str:
    """Return one to four examples below each other, with a few pieces put in, taken out, repeated or exchanged."""
    text = chance.choice(["\n", "\n\n"]).join(chance.choice(EXAMPLES) for _ in range(chance.randrange(1, 5)))
    for _ in range(chance.randrange(6)):
        place = chance.randrange(len(text) + 1)
        end = min(len(text), place + chance.randrange(1, 8))
        change = chance.randrange(5)
        if change == 0:
            text = text[:place] + text[end:]
        elif change == 1:
            text = text[:place] + text[place:end] * chance.randrange(2, 6) + text[end:]
        elif change == 2:
            other = chance.randrange(len(text) + 1)
            text = text[:place] + text[other : other + 6] + text[place:]
        else:
            text = text[:place] + chance.choice(PIECES) * chance.choice((1, 1, 1, 2, 7)) + text[place:]
    return text


def in_pieces(text: str, chance: random.Random, most: int) -> list[str]:
    """Return `text` cut anywhere, into pieces of at most `most` characters."""
    pieces = []
    place = 0
    while place < len(text):
        size = chance.randrange(1, most + 1)
        pieces.append(text[place : place + size])
        place += size
    return pieces
