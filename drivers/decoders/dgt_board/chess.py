"""Positions of chess, and the moves that lead from one to the next.

As much as it takes to tell which move a changed board is: how the pieces move, castling, en passant and
promotion. Whether a king is left in check is not looked at: players do that too, and take it back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

START: Final = "rnbqkbnrpppppppp" + "." * 32 + "PPPPPPPPRNBQKBNR"
"""A letter a square from a8 to h1, as in FEN; ``.`` for none."""
A1, E1, H1, A8, E8, H8 = 56, 60, 63, 0, 4, 7
_STRAIGHT: Final = ((0, 1), (0, -1), (1, 0), (-1, 0))
_DIAGONAL: Final = ((1, 1), (1, -1), (-1, 1), (-1, -1))
_KNIGHT: Final = ((1, 2), (2, 1), (-1, 2), (2, -1), (1, -2), (-2, 1), (-1, -2), (-2, -1))
_SLIDES: Final = {"r": _STRAIGHT, "b": _DIAGONAL, "q": _STRAIGHT + _DIAGONAL}
_STEPS: Final = {"n": _KNIGHT, "k": _STRAIGHT + _DIAGONAL}
_CORNERS: Final = {"K": (E1, H1), "Q": (E1, A1), "k": (E8, H8), "q": (E8, A8)}
"""Right to castle to the squares of king and rook."""


@dataclass(frozen=True, slots=True)
class Move:
    """A move.

    Attributes:
        origin: square, 0 for a8 to 63 for h1.
        target: the same.
        promotion: to which piece, in lower case; empty for none.
    """

    origin: int
    target: int
    promotion: str = ""

    @property
    def uci(self) -> str:
        """As the Universal Chess Interface writes it: ``e2e4``, ``e7e8q``; castling is the king's move."""
        return f"{square_name(self.origin)}{square_name(self.target)}{self.promotion}"


@dataclass(frozen=True, slots=True)
class Position:
    """A position.

    Attributes:
        placement: as ``START``.
        white_to_move: None where that is not known; then either side may move.
        castling: rights that are left, letters of ``KQkq``.
        en_passant: square behind a pawn that has just gone two; None for none.
    """

    placement: str = START
    white_to_move: bool | None = True
    castling: str = "KQkq"
    en_passant: int | None = None

    def moves(self) -> Iterator[Move]:
        """Yield every move that the pieces can make."""
        for square, piece in enumerate(self.placement):
            if piece != "." and self.white_to_move in (None, piece.isupper()):
                yield from self._moves_of(square, piece)

    def after(self, move: Move) -> "Position":
        """Return the position that a move leads to."""
        squares = list(self.placement)
        piece = squares[move.origin]
        squares[move.origin] = "."
        squares[move.target] = piece
        if move.promotion:
            squares[move.target] = move.promotion.upper() if piece.isupper() else move.promotion
        passed = None
        if piece in "Pp" and abs(move.target - move.origin) == 16:
            passed = (move.origin + move.target) // 2
        if piece in "Pp" and move.target == self.en_passant:
            squares[move.origin // 8 * 8 + move.target % 8] = "."
        if piece in "Kk" and abs(move.target - move.origin) == 2:
            corner = move.origin + (3 if move.target > move.origin else -4)
            squares[(move.origin + move.target) // 2] = squares[corner]
            squares[corner] = "."
        touched = {move.origin, move.target}
        castling = "".join(right for right in self.castling if not touched & set(_CORNERS[right]))
        return Position("".join(squares), not piece.isupper(), castling, passed)

    def captured(self, move: Move) -> str:
        """Return the piece that a move takes; empty for none."""
        if self.placement[move.origin] in "Pp" and move.target == self.en_passant:
            return "p" if self.placement[move.origin] == "P" else "P"
        return self.placement[move.target].replace(".", "")

    def _moves_of(self, square: int, piece: str) -> Iterator[Move]:
        kind = piece.lower()
        if kind == "p":
            yield from self._pawn_moves(square, is_white=piece == "P")
            return
        for down, right in _SLIDES.get(kind, ()) or _STEPS[kind]:
            target = _beside(square, down, right)
            while target is not None:
                if not self._is_own(target, piece):
                    yield Move(square, target)
                if self.placement[target] != "." or kind in _STEPS:
                    break
                target = _beside(target, down, right)
        if kind == "k":
            yield from self._castling_moves(square, piece)

    def _pawn_moves(self, square: int, *, is_white: bool) -> Iterator[Move]:
        ahead = -1 if is_white else 1
        targets = []
        one = _beside(square, ahead, 0)
        if one is not None and self.placement[one] == ".":
            targets.append(one)
            two = _beside(one, ahead, 0)
            if square // 8 == (6 if is_white else 1) and two is not None and self.placement[two] == ".":
                targets.append(two)
        for right in (-1, 1):
            target = _beside(square, ahead, right)
            if target is None:
                continue
            taken = self.placement[target]
            if (taken != "." and taken.isupper() != is_white) or target == self.en_passant:
                targets.append(target)
        for target in targets:
            for promotion in "qrbn" if target // 8 in (0, 7) else ("",):
                yield Move(square, target, promotion)

    def _castling_moves(self, square: int, piece: str) -> Iterator[Move]:
        for right in self.castling:
            king, corner = _CORNERS[right]
            rook = "R" if piece == "K" else "r"
            if king != square or right.isupper() != piece.isupper() or self.placement[corner] != rook:
                continue
            between = self.placement[min(king, corner) + 1 : max(king, corner)]
            if set(between) == {"."}:
                yield Move(king, king + (2 if corner > king else -2))

    def _is_own(self, square: int, piece: str) -> bool:
        other = self.placement[square]
        return other != "." and other.isupper() == piece.isupper()


def square_name(square: int) -> str:
    """Return ``a8`` for 0 to ``h1`` for 63."""
    return f"{'abcdefgh'[square % 8]}{8 - square // 8}"


def fen(placement: str) -> str:
    """Return a placement as the first field of FEN."""
    rows = [placement[at : at + 8] for at in range(0, 64, 8)]
    for empty in range(8, 0, -1):
        rows = [row.replace("." * empty, str(empty)) for row in rows]
    return "/".join(rows)


def _beside(square: int, down: int, right: int) -> int | None:
    row, column = square // 8 + down, square % 8 + right
    return row * 8 + column if 0 <= row < 8 and 0 <= column < 8 else None
