"""Which moves are made, from how the board changes.

The board reports squares, one by one as its scan comes by: a piece may be on two squares at once, or be
taken without its square ever having been empty, and one that is slid over the board shows on the way ("Notes
on the communication dynamics" in ``dgtbrd.h``). So the order of changes is not looked at. A move is made when
the board looks as it does after it, and stays so, or the reply to it is made.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from drivers.decoders.dgt_board.chess import START, Move, Position, fen
from edged.model import NS_PER_MS, NS_PER_S, Event

SETTLED_NS: Final = 500 * NS_PER_MS
"""So long the board must look the same for a move to be made: what is slid on the way does not stay."""
LIFTED_NS: Final = 2 * NS_PER_S
"""The same where one piece has been lifted since: for the reply, or for a capture that goes on."""
UNEXPLAINED_NS: Final = 10 * NS_PER_S
"""A board that no move explains for so long is believed, whoever is to move."""
HISTORY: Final = 1024


@dataclass(frozen=True, slots=True)
class _Made:
    """A move that the board shows, and that may still turn out to be another.

    Attributes:
        move: it.
        after: the position behind it.
        at_ns: when the board first looked like that.
    """

    move: Move
    after: Position
    at_ns: int


class Game:
    """Follows one board; all times are of the node, monotonic."""

    def __init__(self) -> None:
        self._positions: list[Position] = []
        self._moves: list[Move] = []
        self._is_from_start = False
        self._pending: _Made | None = None
        self._board = ""
        self._changed_ns = 0

    def forget(self) -> None:
        """Know nothing: the next board is where it begins."""
        self._positions.clear()
        self._moves.clear()
        self._pending = None
        self._board = ""

    def due_ns(self) -> int | None:
        """Return when ``settle`` may have something to tell."""
        if self._pending and self._is_as_pending():
            return self._pending.at_ns + SETTLED_NS
        if self._pending and _lifted(self._pending.after.placement, self._board) == 1:
            return self._pending.at_ns + LIFTED_NS
        if self._is_unexplained():
            return self._changed_ns + UNEXPLAINED_NS
        return None

    def settle(self, now_ns: int) -> Iterator[Event]:
        """Yield what has stayed as it is for long enough."""
        if self._pending:
            waited_ns = now_ns - self._pending.at_ns
            is_lifted = _lifted(self._pending.after.placement, self._board) == 1
            if (self._is_as_pending() and waited_ns >= SETTLED_NS) or (is_lifted and waited_ns >= LIFTED_NS):
                yield self._made()
        if self._is_unexplained() and now_ns - self._changed_ns >= UNEXPLAINED_NS:
            self._pending = None
            yield self._begin(self._board, self._changed_ns, "position_unexplained")

    def show(self, board: str, at_ns: int) -> Iterator[Event]:
        """Take in how the board looks, as a placement, and yield what that makes certain."""
        if board == self._board:
            return
        is_first = not self._board
        self._board, self._changed_ns = board, at_ns
        if is_first:
            yield self._begin(board, at_ns, "game_started" if board == START else "position_found")
        elif board == self._positions[-1].placement:
            self._pending = None  # put back, or straightened
        elif made := self._move_to(self._positions[-1], at_ns):
            self._pending = made
        elif self._pending and (made := self._move_to(self._pending.after, at_ns)):
            yield self._made()
            self._pending = made
        elif not self._pending and len(self._positions) > 1 and self._is_taken_back(at_ns):
            yield self._taken_back(at_ns)
        elif board == START:
            yield self._begin(board, at_ns, "game_started")

    def _begin(self, board: str, at_ns: int, kind: str) -> Event:
        self._pending = None
        self._is_from_start = board == START
        self._positions = [Position() if self._is_from_start else Position(board, None)]
        self._moves = []
        return Event(kind, at_ns, detail={"placement": fen(board)})

    def _move_to(self, position: Position, at_ns: int) -> _Made | None:
        """Return the move that leads from a position to the board as it is."""
        for move in position.moves():
            after = position.after(move)
            if after.placement == self._board:
                return _Made(move, after, at_ns)
        return None

    def _made(self) -> Event:
        """Tell the move that waits; there is one."""
        made = self._pending
        if made is None:
            raise ValueError("no move waits")
        self._pending = None
        before = self._positions[-1]
        piece = before.placement[made.move.origin]
        self._positions = [*self._positions[-HISTORY:], made.after]
        self._moves = [*self._moves[-HISTORY:], made.move]
        detail: dict[str, object] = {
            "uci": made.move.uci,
            "piece": piece,
            "side": "white" if piece.isupper() else "black",
            "captured": before.captured(made.move) or None,
            "ply": len(self._moves) if self._is_from_start else None,
            "placement": fen(made.after.placement),
        }
        return Event("move", made.at_ns, detail=detail)

    def _is_taken_back(self, at_ns: int) -> bool:
        """Tell whether the board looks as before the last move, or as after another in its place."""
        before = self._positions[-2]
        self._pending = self._move_to(before, at_ns)
        return self._board == before.placement or self._pending is not None

    def _taken_back(self, at_ns: int) -> Event:
        self._positions.pop()
        return Event("move_taken_back", at_ns, detail={"uci": self._moves.pop().uci})

    def _is_as_pending(self) -> bool:
        return self._pending is not None and self._board == self._pending.after.placement

    def _is_unexplained(self) -> bool:
        """Tell whether the board is not as it should be, and lacks more than what is held in hands."""
        if not self._positions or self._is_as_pending():
            return False
        known = [self._positions[-1].placement]
        if self._pending:
            known.append(self._pending.after.placement)
        return all(_lifted(placement, self._board) not in (0, 1, 2) for placement in known)


def _lifted(placement: str, board: str) -> int | None:
    """Return how many pieces a board lacks; None where it differs by more than that."""
    changed = [now for before, now in zip(placement, board, strict=True) if before != now]
    return len(changed) if set(changed) <= {"."} else None
