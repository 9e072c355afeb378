"""Words of returning that were written in a hurry: «вернулсь», «верулась».

Who is back and is not heard stays off the line for all who look. But a word that is another one
when it is spelled so must stay talk.
"""

from __future__ import annotations

_MEANT = ("вернулась", "вернулся", "вернулись", "возвращаюсь")
_OTHERS = frozenset({"вернутся", "вернулось", "возвращаясь"})


def is_slip(token: str) -> bool:
    """Whether one letter parts it from such a word.

    Never the first: «дернулась», «свернулась», «увернулась» are other words.
    """
    return token not in _OTHERS and any(
        token[0] == word[0] and _is_one_off(token, word) for word in _MEANT
    )


def _is_one_off(token: str, word: str) -> bool:
    """Whether a letter is missing, too many or wrong, or two neighbours have changed places."""
    pairs = enumerate(zip(token, word, strict=False))
    at = next((at for at, (one, other) in pairs if one != other), min(len(token), len(word)))
    token, word = token[at:], word[at:]
    return (
        token[1:] == word
        or token == word[1:]
        or token[1:] == word[1:]
        or (token[:2] == word[1::-1] and token[2:] == word[2:])
    )
