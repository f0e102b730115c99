"""``quiz(question, options)``: one question, an answer by radio button, and a sentence for every answer, wrong ones most.

Radio buttons and a button of ipywidgets: Tab and Space operate them (JupyterLab keeps the arrow keys for itself). Where
there are no widgets (a printed page, a run without a browser) the same question shows as text, and
``quiz(...).answer("b")`` judges.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from lunarlab.errors import LunarlabError

LETTERS = "abcdefgh"


class Quiz:
    """One question. `options` maps each answer to what is said about it; the right one is marked by a leading ``*``."""

    def __init__(self, question: str, options: Mapping[str, str]) -> None:
        right = [text for text in options if text.startswith("*")]
        if not 2 <= len(options) <= len(LETTERS) or len(right) != 1:
            raise LunarlabError(
                f"a quiz needs 2 to {len(LETTERS)} options and one that begins with '*'; it has {len(right)}"
            )
        self.question = question
        self.options = {text.removeprefix("*"): said for text, said in options.items()}
        self.right = right[0].removeprefix("*")

    def judge(self, option: str | None) -> tuple[bool, str]:
        """Whether an option is right, and the sentence that goes with it."""
        if option is None:
            return False, "Choose an answer first."
        right = option == self.right
        return right, f"{'Right.' if right else 'Not quite.'} {self.options[option]}"

    def answer(self, letter: str) -> str:
        """Judge the option with this letter (a, b, ...)."""
        allowed = LETTERS[: len(self.options)]
        if str(letter).strip().lower() not in tuple(allowed):
            return f"Answer with one of {', '.join(allowed)}."
        return self.judge(list(self.options)[allowed.index(str(letter).strip().lower())])[1]

    def __repr__(self) -> str:
        lines = [f"  {letter}) {option}" for letter, option in zip(LETTERS, self.options, strict=False)]
        return "\n".join(
            [self.question, *lines, 'To answer without buttons: add .answer("a") after the closing parenthesis.']
        )

    def widget(self) -> Any:
        """Radio buttons, a button, and a place for the answer that screen readers announce."""
        import ipywidgets as w

        question = w.HTML(f'<p style="margin:.2em 0;font-size:1.05em"><strong>{escape(self.question)}</strong></p>')
        options = [(f"{letter})  {text}", text) for letter, text in zip(LETTERS, self.options, strict=False)]
        radio = w.RadioButtons(options=options, value=None, layout=w.Layout(width="auto"))
        radio.add_class("lunarlab-quiz")
        button = w.Button(description="Check answer", tooltip="Check answer")
        said = w.HTML()
        style = w.HTML(
            "<style>.lunarlab-quiz label{white-space:normal!important;height:auto!important;line-height:1.4!important;"
            "padding:.15em 0;overflow:visible!important;text-overflow:clip!important;max-width:75ch}"
            ".lunarlab-quiz .widget-radio-box{width:100%!important;height:auto!important}</style>"
        )

        def show(_: Any) -> None:
            right, text = self.judge(radio.value)
            edge = "#1b7f4d" if right else "#b3261e" if radio.value else "#767676"
            said.value = (
                f'<div role="status" aria-live="polite" style="border-left:4px solid {edge};padding:.3em .8em;'
                f'max-width:75ch;line-height:1.4">{escape(text)}</div>'
            )

        button.on_click(show)
        return w.VBox([style, question, radio, button, said])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, Any]:
        """Widgets where they can be shown, and the question as text beside them."""
        try:
            bundle = dict(self.widget()._repr_mimebundle_())
        except Exception:  # no widget front end or no ipywidgets: the text is the quiz
            bundle = {}
        bundle["text/plain"] = repr(self)
        return bundle


def quiz(question: str, options: Mapping[str, str]) -> Quiz:
    """Ask a question. Shows itself as the last line of a cell.

    Parameters
    ----------
    question : str
        What is asked.
    options : dict
        Answer -> what to say when it is chosen. The right answer begins with ``*``.

    Raises
    ------
    LunarlabError
        No right answer is marked, or more than one.
    """
    return Quiz(question, options)
