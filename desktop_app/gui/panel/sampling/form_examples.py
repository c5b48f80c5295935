"""Forms of answers to start from; titles are English message ids."""

from desktop_app.support.i18n import N_

SCHEMAS: tuple[tuple[str, str], ...] = (
    (
        N_("Yes or no, with a reason"),
        """{
  "type": "object",
  "properties": {
    "reason": {"type": "string", "maxLength": 300},
    "answer": {"enum": ["yes", "no", "unclear"]}
  },
  "required": ["reason", "answer"],
  "additionalProperties": false
}""",
    ),
    (
        N_("A list of things"),
        """{
  "type": "array",
  "minItems": 1,
  "maxItems": 10,
  "items": {
    "type": "object",
    "properties": {
      "name": {"type": "string", "maxLength": 60},
      "why": {"type": "string", "maxLength": 200}
    },
    "required": ["name", "why"],
    "additionalProperties": false
  }
}""",
    ),
    (
        N_("Facts taken from a text"),
        """{
  "type": "object",
  "properties": {
    "people": {"type": "array", "items": {"type": "string"}, "maxItems": 20},
    "places": {"type": "array", "items": {"type": "string"}, "maxItems": 20},
    "dates": {"type": "array", "items": {"type": "string", "format": "date"}, "maxItems": 20}
  },
  "required": ["people", "places", "dates"],
  "additionalProperties": false
}""",
    ),
    (
        N_("A mark and a comment"),
        """{
  "type": "object",
  "properties": {
    "comment": {"type": "string", "maxLength": 400},
    "mark": {"enum": [1, 2, 3, 4, 5]}
  },
  "required": ["comment", "mark"],
  "additionalProperties": false
}""",
    ),
    (
        N_("An appointment"),
        """{
  "type": "object",
  "properties": {
    "title": {"type": "string", "maxLength": 80},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"},
    "place": {"type": ["string", "null"]}
  },
  "required": ["title", "date", "time", "place"],
  "additionalProperties": false
}""",
    ),
)

GRAMMARS: tuple[tuple[str, str], ...] = (
    (N_("Yes or no"), 'root ::= "Yes" | "No"'),
    (
        "A date",
        """root  ::= year "-" month "-" day
year  ::= [12] [0-9]{3}
month ::= "0" [1-9] | "1" [0-2]
day   ::= "0" [1-9] | [12] [0-9] | "3" [01]""",
    ),
    (
        N_("A list with dashes"),
        """root ::= item{3,10}
item ::= "- " [A-Z] [^\\r\\n]{2,80} "\\n\"""",
    ),
    (
        N_("A Markdown table"),
        """root ::= "| Name | What it does |\\n|---|---|\\n" row{2,12}
row  ::= "| " cell " | " cell " |\\n"
cell ::= [^|\\r\\n]{1,60}""",
    ),
    (
        N_("A chess move"),
        """# A move in algebraic notation, as in Nf3, exd5, O-O or e8=Q+
root    ::= (castle | pawn | piece) [+#]?
castle  ::= "O-O" "-O"?
pawn    ::= ([a-h] "x")? [a-h] [1-8] ("=" [NBQR])?
piece   ::= [NBQRK] [a-h]? [1-8]? "x"? [a-h] [1-8]""",
    ),
    (
        N_("Only these words"),
        """root ::= word (" " word){0,20} "."
word ::= "red" | "green" | "blue" | "and" | "or" """.rstrip(),
    ),
)
