"""Words: what full-text search compares. A text is folded, the fold is cut into tokens, and a word or phrase is in a
text when its tokens stand there next to each other and in its order.

The fold forgets what a person who searches does not care for: case, accents, the form of Unicode, typographic quotes.
The store's engine folds by the same rules (columns `words` and `error_words`, migration 0004); the tables below are
the ones that the migration was written from, and a test compares the two over all of Unicode. They name ranges
instead of asking `unicodedata`, so that a newer Unicode does not change what an index holds.
docs/reference/query-language.md says the rules for readers.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, pairwise

from portlog.schema.texts import PART_SEPARATOR, SEPARATOR

Ranges = tuple[tuple[int, int], ...]


def _ranges(text: str) -> Ranges:
    pairs = (part.split("-") for part in text.split())
    return tuple((int(pair[0], 16), int(pair[-1], 16)) for pair in pairs)


SEPARATORS = _ranges("""
    80-A9 AB-AC AE-B1 B4 B6-B8 BB BF D7 F7 2C2-2C5 2D2-2DF 2E5-2EB 2ED 2EF-2FF 375 37E 384-385 387 3F6 482
    55A-55F 589-58F 5BE 5C0 5C3 5C6 5F3-60F 61B 61D-61F 66A-66D 6D4 6DD-6DE 6E9 6FD-6FE 700-70F 7F6-7F9
    7FE-7FF 830-83E 85E 888 890-891 8E2 964-965 970 9F2-9F3 9FA-9FB 9FD A76 AF0-AF1 B70 BF3-BFA C77 C7F
    C84 D4F D79 DF4 E3F E4F E5A-E5B F01-F17 F1A-F1F F34 F36 F38 F3A-F3D F85 FBE-FC5 FC7-FDA 104A-104F
    109E-109F 10FB 1360-1368 1390-1399 1400 166D-166E 1680 169B-169C 16EB-16ED 1735-1736 17D4-17D6
    17D8-17DB 1800-180A 1940-1945 19DE-19FF 1A1E-1A1F 1AA0-1AA6 1AA8-1AAD 1B5A-1B6A 1B74-1B7E 1BFC-1BFF
    1C3B-1C3F 1C7E-1C7F 1CC0-1CC7 1CD3 1FBD 1FBF-1FC1 1FCD-1FCF 1FDD-1FDF 1FED-1FEF 1FFD-200A 2010-2029
    202F-205F 207A-207E 208A-208E 20A0-20C0 2100-2101 2103-2106 2108-2109 2114 2116-2118 211E-2123 2125
    2127 2129 212E 213A-213B 2140-2144 214A-214D 214F 218A-2319 231C-23E8 23FB-244A 249C-24E9 2500-25B5
    25B7-25FF 27C0-2B4F 2B51-2B54 2B56-2BFF 2CE5-2CEA 2CF9-2CFC 2CFE-2CFF 2D70 2E00-2E2E 2E30-3004
    3008-3020 3030 3036-3037 303D-303F 309B-309C 30A0 30FB 3190-3191 3196-319F 31C0-31E3 4DC0-4DFF
    A490-A4C6 A4FE-A4FF A60D-A60F A673 A67E A6F2-A716 A720-A721 A789-A78A A828-A82B A836-A839 A874-A877
    A8CE-A8CF A8F8-A8FA A8FC A92E-A92F A95F A9C1-A9CD A9DE-A9DF AA5C-AA5F AA77-AA79 AADE-AADF AAF0-AAF1
    AB5B AB6A-AB6B ABEB E000-F8FF FB29 FBB2-FBC2 FD3E-FD4F FDCF FDFC-FDFF FE10-FE19 FE30-FE6B FF01-FF0F
    FF1A-FF20 FF3B-FF40 FF5B-FF65 FFE0-FFEE FFF9-FFFD
""")
"""What separates words beyond ASCII: punctuation, symbols and spaces of the Basic Multilingual Plane (Unicode 14).

Left out: what NFKC casefolding drops or turns into letters (soft hyphen, joiners, U+3200-33FF), and UNSPACED's emoji.
"""

UNSPACED = _ranges("""
    E00-EFF 1000-109F 1100-11FF 1780-17FF 1950-19DD 1A20-1A9F 231A-231B 23E9-23FA 25B6 2600-27BF 2B50 2B55
    2E80-2FFF 3005-3007 3021-302F 3031-A48F A960-A97F A9E0-A9FF AA60-AA76 AA7A-AADD AC00-D7FF F900-FAFF
    16FE0-18DFF 1AFF0-1B2FF 1F000-1FAFF 20000-3FFFF
""")
"""Characters of which each is a token: those of scripts without spaces between words (Thai, Lao, Burmese, Khmer,
Chinese, Japanese), Hangul, whose words carry endings, and emoji. So any run of them is found inside any other."""

MARKS = _ranges("""
    300-36F 483-487 591-5BD 5BF 5C1-5C2 5C4-5C5 5C7 610-61A 640 64B-65F 670 6D6-6DC 6DF-6E8 6EA-6ED 1AB0-1AFF
    1DC0-1DFF 20D0-20FF FE20-FE2F
""")
"""Marks that are dropped: accents of Latin, Greek and Cyrillic, Hebrew points, Arabic harakat and tatweel. Marks of
Indic scripts are vowels and stay; those of Thai are characters of their own; kana's are composed into their letters."""

LETTERS = (("й", "ҋ"), ("ı", "i"), ("ł", "l"), ("ø", "o"), ("đ", "d"), ("æ", "ae"), ("œ", "oe"))  # noqa: RUF001
"""Letters that stand for others. й is kept apart from и, of which it is no accented form: it waits as ҋ."""

TYPOGRAPHIC = "’‘“”–—…•→\u00a0"  # noqa: RUF001
"""Of SEPARATORS the commonest: a text that has nothing else beyond ASCII is not normalised."""

TEXT_END, PART_END = "␟", "␞"
"""Tokens that stand between two texts and between request and response; being symbols, no folded query has them."""

_IGNORED = _ranges("""
    AD 34F 61C 115F-1160 17B4-17B5 180B-180F 200B-200F 202A-202E 2060-206F 3164 FE00-FE0F FEFF FFA0 FFF0-FFF8
    1BCA0-1BCA3 1D173-1D17A E0000-E0FFF
""")  # Default_Ignorable_Code_Point, which NFKC_Casefold drops


def character_class(ranges: Ranges) -> str:
    """The inside of a regular expression's character class."""
    return "".join(
        re.escape(chr(first)) if first == last else f"{re.escape(chr(first))}-{re.escape(chr(last))}"
        for first, last in ranges
    )


_SEPARATOR = re.compile(f"[{character_class(SEPARATORS)}]")
_UNSPACED = re.compile(f"[{character_class(UNSPACED)}]")
_MARK = re.compile(f"[{character_class(MARKS)}]")
_TYPOGRAPHIC = str.maketrans(dict.fromkeys(TYPOGRAPHIC, " "))
_DROPPED = {code: "" for first, last in _IGNORED for code in range(first, last + 1)}
_TOKEN = re.compile(r"[0-9A-Za-z\u0080-\U0010ffff]+")


def fold(text: str) -> str:
    """The text as it is compared: of equal tokens where a reader sees the same words."""
    return _fold_text(text).replace(SEPARATOR, f" {TEXT_END} ").replace(PART_SEPARATOR, f" {PART_END} ")


def _fold_text(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = text.translate(_TYPOGRAPHIC)
    if plain.isascii():
        return plain.lower()
    folded = _nfkc_casefold(_SEPARATOR.sub(" ", plain))
    for letter, stands_for in LETTERS:
        folded = folded.replace(letter, stands_for)
    folded = unicodedata.normalize("NFC", _MARK.sub("", unicodedata.normalize("NFD", folded)))
    return _UNSPACED.sub(r" \g<0> ", folded)


class _Casefolds(dict[int, str]):
    """Character to its NFKC_Casefold, computed when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFD", chr(code)).casefold()
        folded = unicodedata.normalize("NFKC", folded).translate(_DROPPED).casefold()
        self[code] = folded = unicodedata.normalize("NFKC", folded)
        return folded


_CASEFOLDS = _Casefolds(_DROPPED)


def _nfkc_casefold(text: str) -> str:
    """Unicode's toNFKC_Casefold."""
    return unicodedata.normalize("NFC", text.translate(_CASEFOLDS))


def tokens(text: str) -> list[str]:
    """The tokens of a text, in order; of a word or phrase that is searched for, too."""
    return _TOKEN.findall(fold(text))


def is_unspaced(token: str) -> bool:
    """Whether it is a character that is always a token of its own, so that no longer token begins with it."""
    return _UNSPACED.fullmatch(token) is not None


# -- where a fold is from ------------------------------------------------------------------------------------------


class Folded:
    """One text, without the separators between texts, folded; and where in it each place of the fold is from.

    A text folds piece by piece, cut where nothing joins. So places are counted within one piece only.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._whole = text.translate(_TYPOGRAPHIC).isascii()  # then the fold has the text's own places
        self._starts = [0] if self._whole else _cuts(text)
        folds = [_fold_text(piece) for piece in self._pieces()]
        self._fold_starts = list(accumulate(map(len, folds), initial=0))
        self.text = "".join(folds)

    def _pieces(self) -> Iterator[str]:
        for start, end in pairwise([*self._starts, len(self._text)]):
            yield self._text[start:end]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where in the text that stands from which [start, end) of the fold was made; start < end."""
        if self._whole:
            return start, end
        return self._cluster(start)[0], self._cluster(end - 1)[1]

    def _cluster(self, at: int) -> tuple[int, int]:
        piece = bisect_right(self._fold_starts, at) - 1
        start, folded = self._starts[piece], self._fold_starts[piece]
        next_ = self._starts[piece + 1] if piece + 1 < len(self._starts) else len(self._text)
        for cluster in _clusters(self._text[start:next_]):
            folded += len(_fold_text(cluster))
            if folded > at:
                return start, start + len(cluster)
            start += len(cluster)
        raise IndexError(at)


_PIECE_CHARS = 256
_JOINING_MIN = "\xad"  # the first character that joins or is dropped


def _cuts(text: str) -> list[int]:
    """Where pieces of about _PIECE_CHARS begin."""
    cuts = [0]
    while (at := cuts[-1] + _PIECE_CHARS) < len(text):
        while at < len(text) and _joins(text[at]):
            at += 1
        if at == len(text):
            break
        cuts.append(at)
    return cuts


def _clusters(text: str) -> Iterator[str]:
    """The smallest pieces of a text that fold without regard to each other: a character with what is joined to it."""
    start = 0
    for at in range(1, len(text)):
        if not _joins(text[at]):
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


def _joins(character: str) -> bool:
    """Whether it may change with, or be composed with, what stands before it; or is dropped."""
    if character < _JOINING_MIN:
        return False
    folded = unicodedata.normalize("NFD", _CASEFOLDS[ord(character)])
    return not _fold_text(character) or unicodedata.category(folded[0])[0] == "M" or "\u1160" <= folded[0] <= "\u11ff"
