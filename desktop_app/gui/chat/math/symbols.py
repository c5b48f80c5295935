"""TeX's names of signs, and how the letters of its alphabets are written. Free of Qt."""

from enum import Enum


class Kind(Enum):
    """What a sign is to its neighbours, which decides the space between them."""

    ORDINARY = 0
    OPERATOR = 1
    BINARY = 2
    RELATION = 3
    OPENING = 4
    CLOSING = 5
    PUNCTUATION = 6
    INNER = 7


_ORDINARY = """
alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν
xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω
Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω digamma ϝ varkappa ϰ
infty ∞ partial ∂ nabla ∇ hbar ℏ ell ℓ Re ℜ Im ℑ wp ℘ aleph ℵ beth ℶ imath ı jmath ȷ emptyset ∅ varnothing ∅
forall ∀ exists ∃ nexists ∄ neg ¬ lnot ¬ top ⊤ bot ⊥ angle ∠ measuredangle ∡ triangle △ square □ Box □ blacksquare ■
diamond ⋄ Diamond ◇ bigstar ★ prime ′ backprime ‵ backslash \\ degree ° sharp ♯ flat ♭ natural ♮ clubsuit ♣
diamondsuit ♢ heartsuit ♡ spadesuit ♠ ldots … dots … cdots ⋯ dotsb ⋯ dotsc … dotsm ⋯ dotsi ⋯ vdots ⋮ ddots ⋱ checkmark ✓
surd √ complement ∁ eth ð hslash ℏ mho ℧ pounds £ euro € copyright © S § P ¶ dag † ddag ‡ qed ∎ QED ∎ blacktriangle ▲
"""
_BINARY = """
pm ± mp ∓ times × div ÷ cdot ⋅ ast ∗ star ⋆ circ ∘ bullet ∙ oplus ⊕ ominus ⊖ otimes ⊗ oslash ⊘ odot ⊙ cup ∪ cap ∩
uplus ⊎ sqcup ⊔ sqcap ⊓ wedge ∧ land ∧ vee ∨ lor ∨ setminus ∖ smallsetminus ∖ wr ≀ amalg ⨿ dagger † ddagger ‡
bigtriangleup △ bigtriangledown ▽ triangleleft ◁ triangleright ▷ ltimes ⋉ rtimes ⋊ bigcirc ◯ boxplus ⊞ boxtimes ⊠
centerdot ⋅ veebar ⊻ barwedge ⊼ dotplus ∔ intercal ⊺
"""
_RELATION = """
leq ≤ le ≤ geq ≥ ge ≥ neq ≠ ne ≠ equiv ≡ sim ∼ simeq ≃ approx ≈ cong ≅ propto ∝ ll ≪ gg ≫ lll ⋘ ggg ⋙ prec ≺ succ ≻
preceq ⪯ succeq ⪰ subset ⊂ supset ⊃ subseteq ⊆ supseteq ⊇ subsetneq ⊊ supsetneq ⊋ sqsubseteq ⊑ sqsupseteq ⊒ in ∈ notin ∉
ni ∋ owns ∋ vdash ⊢ dashv ⊣ models ⊨ vDash ⊨ Vdash ⊩ perp ⊥ parallel ∥ nparallel ∦ mid ∣ nmid ∤ asymp ≍ doteq ≐
bowtie ⋈ leqslant ⩽ geqslant ⩾ lesssim ≲ gtrsim ≳ nless ≮ ngtr ≯ nleq ≰ ngeq ≱ approxeq ≊ triangleq ≜ coloneqq ≔ eqqcolon ≕
to → rightarrow → leftarrow ← gets ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ implies ⟹ impliedby ⟸ iff ⟺
longrightarrow ⟶ longleftarrow ⟵ longleftrightarrow ⟷ Longrightarrow ⟹ Longleftarrow ⟸ Longleftrightarrow ⟺ mapsto ↦
longmapsto ⟼ uparrow ↑ downarrow ↓ updownarrow ↕ Uparrow ⇑ Downarrow ⇓ nearrow ↗ searrow ↘ swarrow ↙ nwarrow ↖
hookrightarrow ↪ hookleftarrow ↩ rightharpoonup ⇀ rightharpoondown ⇁ leftharpoonup ↼ leftharpoondown ↽
rightleftharpoons ⇌ leftrightharpoons ⇋ rightleftarrows ⇄ leadsto ⇝ rightsquigarrow ⇝ twoheadrightarrow ↠ nrightarrow ↛
therefore ∴ because ∵ vartriangleleft ⊲ vartriangleright ⊳ trianglelefteq ⊴ trianglerighteq ⊵ smile ⌣ frown ⌢ Join ⋈
"""
_OPERATORS = """
sum ∑ prod ∏ coprod ∐ bigcup ⋃ bigcap ⋂ bigvee ⋁ bigwedge ⋀ bigoplus ⨁ bigotimes ⨂ bigodot ⨀ biguplus ⨄ bigsqcup ⨆
"""
_INTEGRALS = "int ∫ iint ∬ iiint ∭ oint ∮ oiint ∯ oiiint ∰"
_OPENING = "lbrace { lbrack [ langle ⟨ lfloor ⌊ lceil ⌈ lvert | lVert ‖ lgroup ⟮ ulcorner ⌜ llcorner ⌞"
_CLOSING = "rbrace } rbrack ] rangle ⟩ rfloor ⌋ rceil ⌉ rvert | rVert ‖ rgroup ⟯ urcorner ⌝ lrcorner ⌟"
_PUNCTUATION = "colon :"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


SIGNS: dict[str, tuple[str, Kind]] = {
    **{name: (sign, Kind.ORDINARY) for name, sign in _pairs(_ORDINARY).items()},
    **{name: (sign, Kind.BINARY) for name, sign in _pairs(_BINARY).items()},
    **{name: (sign, Kind.RELATION) for name, sign in _pairs(_RELATION).items()},
    **{name: (sign, Kind.OPENING) for name, sign in _pairs(_OPENING).items()},
    **{name: (sign, Kind.CLOSING) for name, sign in _pairs(_CLOSING).items()},
    **{name: (sign, Kind.PUNCTUATION) for name, sign in _pairs(_PUNCTUATION).items()},
    "{": ("{", Kind.OPENING), "}": ("}", Kind.CLOSING), "|": ("‖", Kind.ORDINARY), "Vert": ("‖", Kind.ORDINARY),
    "vert": ("|", Kind.ORDINARY), "%": ("%", Kind.ORDINARY), "$": ("$", Kind.ORDINARY), "#": ("#", Kind.ORDINARY),
    "&": ("&", Kind.ORDINARY), "_": ("_", Kind.ORDINARY),
}  # fmt: skip
"""The sign of a command, and what it is."""

LARGE = _pairs(_OPERATORS)
"""Operators that are larger in a formula of its own, with their limits above and below there."""
INTEGRALS = _pairs(_INTEGRALS)
"""Operators that are larger, with their limits beside them."""

LIMITS = _words("lim limsup liminf max min sup inf det gcd Pr argmax argmin injlim projlim varlimsup varliminf")
"""Named operators whose limits stand below in a formula of its own."""
NAMED = LIMITS | _words("""
    sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth sech csch log ln lg exp arg deg dim hom ker mod rank
    tr sgn diag span erf softmax
""")
"""Operators that are written as words."""
SPELLED = {"limsup": "lim sup", "liminf": "lim inf", "argmax": "arg max", "argmin": "arg min"}

CHARACTERS: dict[str, tuple[str, Kind]] = {
    "+": ("+", Kind.BINARY), "-": ("−", Kind.BINARY), "*": ("∗", Kind.BINARY), "=": ("=", Kind.RELATION),
    "<": ("<", Kind.RELATION), ">": (">", Kind.RELATION), ":": (":", Kind.RELATION), "(": ("(", Kind.OPENING),
    "[": ("[", Kind.OPENING), ")": (")", Kind.CLOSING), "]": ("]", Kind.CLOSING), ",": (",", Kind.PUNCTUATION),
    ";": (";", Kind.PUNCTUATION), "!": ("!", Kind.CLOSING), "?": ("?", Kind.CLOSING), "|": ("|", Kind.ORDINARY),
    "'": ("′", Kind.ORDINARY),
    **{sign: (sign, kind) for sign, kind in SIGNS.values() if not sign.isascii()},
}  # fmt: skip
"""The sign of a character that stands for itself, and what it is; all others are ordinary."""

SPACES = {
    ",": 3 / 18, ":": 4 / 18, ">": 4 / 18, ";": 5 / 18, "!": -3 / 18, " ": 6 / 18, "quad": 1.0, "qquad": 2.0,
    "thinspace": 3 / 18, "medspace": 4 / 18, "thickspace": 5 / 18, "negthinspace": -3 / 18, "enspace": 0.5,
    "space": 6 / 18, "enskip": 0.5, "nobreakspace": 6 / 18,
}  # fmt: skip
"""Spaces, in em."""

ACCENTS = {
    "hat": "^", "widehat": "^", "tilde": "~", "widetilde": "~", "bar": "-", "overline": "-", "vec": ">", "dot": ".",
    "ddot": ":", "dddot": "…", "acute": "´", "grave": "`", "check": "v", "widecheck": "v", "breve": "u",
    "overrightarrow": ">", "overleftarrow": "<", "overleftrightarrow": "<>", "mathring": "o",
}  # fmt: skip
"""Which accent a command sets above what follows it."""
WIDE_ACCENTS = _words("overline widehat widetilde widecheck overrightarrow overleftarrow overleftrightarrow")
"""Accents that are as wide as what they stand above."""

TEXTS = _words("text textrm textnormal mbox hbox textit textbf texttt textsf")
"""Commands whose argument is text."""
ALIGNED = _words("align align* aligned alignat alignat* alignedat split eqnarray eqnarray* flalign flalign*")
"""Environments whose columns are aligned in pairs."""
CENTRED = _words("gather gather* gathered multline multline* equation equation* displaymath math")
"""Environments of lines below each other."""
IGNORED = _words("""
    limits nolimits nonumber notag displaylimits allowbreak break nobreak relax null strut mathstrut normalsize small
    large Large scriptsize tiny centering hfill noindent
""")
"""Commands that make no difference here."""
DROPPED = _words("label tag tag* color vspace hspace hspace* phantomsection")
"""Commands that are left out with their argument."""

NEGATED = {
    "=": "≠", "∈": "∉", "∋": "∌", "⊂": "⊄", "⊃": "⊅", "⊆": "⊈", "⊇": "⊉", "≡": "≢", "∼": "≁", "≃": "≄", "≈": "≉",
    "≅": "≇", "<": "≮", ">": "≯", "≤": "≰", "≥": "≱", "∃": "∄", "∣": "∤", "∥": "∦", "→": "↛", "⊢": "⊬", "⊨": "⊭",
}  # fmt: skip
"""What a sign becomes behind \\not."""

_STARTS = {  # the first capital letter, small letter and digit of each alphabet
    "it": (0x1D434, 0x1D44E, 0), "bf": (0x1D400, 0x1D41A, 0x1D7CE), "bi": (0x1D468, 0x1D482, 0),
    "bb": (0x1D538, 0x1D552, 0x1D7D8), "cal": (0x1D49C, 0x1D4B6, 0), "frak": (0x1D504, 0x1D51E, 0),
    "sf": (0x1D5A0, 0x1D5BA, 0x1D7E2), "tt": (0x1D670, 0x1D68A, 0x1D7F6),
}  # fmt: skip
_EXCEPTIONS = {
    "it": {"h": "ℎ"},
    "bb": {"C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"},
    "cal": {
        "B": "ℬ", "E": "ℰ", "F": "ℱ", "H": "ℋ", "I": "ℐ", "L": "ℒ", "M": "ℳ", "R": "ℛ", "e": "ℯ", "g": "ℊ", "o": "ℴ",
    },
    "frak": {"C": "ℭ", "H": "ℌ", "I": "ℑ", "R": "ℜ", "Z": "ℨ"},
}  # fmt: skip
_GREEK_SMALL = {"it": 0x1D6FC, "bf": 0x1D6C2, "bi": 0x1D736}
_GREEK_VARIANTS = {"ϵ": 0, "ϑ": 1, "ϰ": 2, "ϕ": 3, "ϱ": 4, "ϖ": 5}

ALPHABETS = {
    "mathrm": "rm", "mathbf": "bf", "mathit": "it", "mathbb": "bb", "mathcal": "cal", "mathscr": "cal",
    "mathfrak": "frak", "mathsf": "sf", "mathtt": "tt", "boldsymbol": "bi", "bm": "bi", "rm": "rm", "bf": "bf",
    "it": "it", "mathnormal": "it", "Bbb": "bb", "operatorname": "rm",
}  # fmt: skip
"""Which alphabet a command writes in."""


def letter(sign: str, alphabet: str) -> str:
    """Return the mathematical letter for `sign` in `alphabet`, which an OpenType font for mathematics has."""
    exception = _EXCEPTIONS.get(alphabet, {}).get(sign)
    if exception is not None:
        return exception
    greek = _GREEK_SMALL.get(alphabet)
    if greek is not None and "α" <= sign <= "ω":
        return chr(greek + ord(sign) - ord("α"))
    if greek is not None and sign in _GREEK_VARIANTS:
        return chr(greek + 26 + _GREEK_VARIANTS[sign])
    starts = _STARTS.get(alphabet)
    if starts is None or not sign.isascii():
        return sign
    capital, small, digit = starts
    if sign.isupper():
        return chr(capital + ord(sign) - ord("A"))
    if sign.islower():
        return chr(small + ord(sign) - ord("a"))
    if sign.isdigit() and digit:
        return chr(digit + ord(sign) - ord("0"))
    return sign
