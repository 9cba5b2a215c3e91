import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.dgt_board.chess import START, Position, fen, square_name
from drivers.decoders.dgt_board.decoder import CLOCK_TIME, DgtBoardDecoder
from drivers.decoders.dgt_board.game import Game
from drivers.decoders.dgt_board.message import (
    BoardDump,
    ClockAnswer,
    ClockSide,
    ClockStatus,
    ClockTimes,
    FieldUpdate,
    MalformedMessage,
    Message,
    NoClock,
    SerialNumber,
    Version,
    parse,
)
from edged.errors import DriverError
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Event, Packet
from edged.sources.decoder import TimedDecoder, make_decoder
from tests.conformance.decoders import Told, feed
from tests.traces.instruments import dgt_changes, dgt_clock, dgt_dump, dgt_field, dgt_game, dgt_message

KIWIPETE = "r...k..rp.ppqpb.bn..pnp....PN....p..P.....N..Q.pPPPBBPPPR...K..R"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8e 00 05 00 08", FieldUpdate(0, "r")),
        ("8e 00 05 3f 02", FieldUpdate(63, "R")),
        ("8e 00 05 34 00", FieldUpdate(52, ".")),
        ("8e 00 05 34 0d", FieldUpdate(52, ".", is_special=True)),
        (
            "8d 00 0a 01 29 58 00 05 07 13",
            ClockTimes(
                left=ClockSide(307),
                right=ClockSide(5398),
                status=ClockStatus.RUNNING | ClockStatus.RIGHT_HIGH | ClockStatus.LEFT_TURN,
            ),
        ),
        (
            "8d 00 0a 40 00 00 19 59 59 04",
            ClockTimes(
                ClockSide(9 * 3600 + 3599, flag=True), ClockSide(0, flag=True), ClockStatus.BATTERY_LOW
            ),
        ),
        (
            "8d 00 0a 21 00 00 01 00 00 08",
            ClockTimes(ClockSide(3600), ClockSide(3600), ClockStatus.RIGHT_TURN),
        ),
        ("8d 00 0a 00 00 00 00 00 00 20", NoClock()),
        ("8d 00 0a 00 00 00 00 00 00 00", ClockAnswer()),
        ("8d 00 0a 0a 10 01 00 00 00 00", ClockAnswer()),
        ("8d 00 0a 00 10 08 3a 00 33 00", ClockAnswer()),
        ("91 00 08 30 30 31 33 37", SerialNumber("00137")),
        ("91 00 0c 30 30 31 33 37 20 31 2e 30", SerialNumber("00137")),
        ("93 00 05 01 02", Version("1.02")),
        (
            f"86 00 43 08 09 0a 0c 0b 0a 09 08 {'07' * 8} {'00' * 32} {'01' * 8} 02 03 04 06 05 04 03 02",
            BoardDump(START),
        ),
    ],
)
def test_a_message_is_what_it_says(text: str, expected: Message) -> None:
    assert parse(bytes.fromhex(text)) == expected


@pytest.mark.parametrize(
    "text",
    ["8e 00 05 40 00", "8e 00 05 00 10", "8d 00 0a 01 60 00 01 00 00 11", "8d 00 0a 01 0a 00 01 00 00 11"],
)
def test_a_number_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(MalformedMessage):
        parse(bytes.fromhex(text))
    told = DgtBoardDecoder().feed(Packet("serial", bytes.fromhex(text)))
    assert (told.chunks, told.events, len(told.faults)) == ((), (), 1)


@pytest.mark.parametrize(
    ("position", "depth", "count"),
    [(Position(), 1, 20), (Position(), 2, 400), (Position(), 3, 8902), (Position(KIWIPETE), 1, 48)],
)
def test_there_are_as_many_moves_as_are_known(position: Position, depth: int, count: int) -> None:
    """The perft numbers of the chess programming wiki; at these depths nobody can leave a king in check."""

    def perft(position: Position, depth: int) -> int:
        if not depth:
            return 1
        return sum(perft(position.after(move), depth - 1) for move in position.moves())

    assert perft(position, depth) == count


def test_names_are_those_of_the_game() -> None:
    assert [square_name(square) for square in (0, 7, 56, 63, 36)] == ["a8", "h8", "a1", "h1", "e4"]
    assert fen(START) == "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR"
    assert fen(KIWIPETE) == "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R"


class Table:
    """A board that is played on; a change every 0.3 s, and a second behind the last of them."""

    def __init__(self, placement: str = START) -> None:
        self.game = Game()
        self.board = placement
        self.now_ns = 0
        self.events = list(self.game.show(placement, 0))

    def play(self, text: str, each_s: float = 0.3, then_s: float = 1.0) -> list[Event]:
        began = len(self.events)
        for change in text.split():
            self.now_ns += round(each_s * NS_PER_S)
            self.events += self.game.settle(self.now_ns)
            square = "abcdefgh".index(change[0]) + 8 * (8 - int(change[1]))
            self.board = self.board[:square] + change[2] + self.board[square + 1 :]
            self.events += self.game.show(self.board, self.now_ns)
        self.now_ns += round(then_s * NS_PER_S)
        self.events += self.game.settle(self.now_ns)
        return self.events[began:]


def told(events: list[Event]) -> list[str]:
    """Return the kinds of events; of a move, what it is."""
    return [str(event.detail["uci"]) if event.kind == "move" else event.kind for event in events]


def placed(text: str) -> str:
    """Return a placement from pieces such as ``Ke1 pa7``."""
    squares = ["."] * 64
    for piece in text.split():
        squares["abcdefgh".index(piece[1]) + 8 * (8 - int(piece[2]))] = piece[0]
    return "".join(squares)


@pytest.mark.parametrize(
    ("pieces", "changes", "expected"),
    [
        ("Ke1 ke8 Pe2", "e2. e4P", ["e2e4"]),
        ("Ke1 ke8 Pe2", "e4P e2.", ["e2e4"]),  # seen on both
        ("Ke1 ke8 Bb3 nc4", "c4B b3.", ["b3c4"]),  # the empty square is never seen
        ("Ke1 ke8 Qc1 pc4", "c4. c2Q c3Q c1. c2. c4Q c3.", ["c1c4"]),  # the example of the description
        ("Ke1 ke8 Rh1", "e1. g1K h1. f1R", ["e1g1"]),
        ("Ke1 ke8 Rh1", "h1. f1R e1. g1K", ["e1g1"]),
        ("Ke1 ke8 ra8", "e8. a8. c8k d8r", ["e8c8"]),
        ("Ke1 ke8 Pb7", "b7. b8P b8. b8Q", ["b7b8q"]),
        ("Ke1 ke8 Pb7 ra8", "a8. b7. a8N", ["b7a8n"]),
        ("Ke1 ke8 pb2 Rc1", "b2. c1q", ["b2c1q"]),
        ("Ke1 ke8 Pe2", "e2. e2P", []),  # straightened
        ("Ke1 ke8 Pe2 Pd2", "e2. d2. d2P e2P", []),
        ("Ke1 ke8 Pe2", "e2. e3P e3. e2P", []),  # hovered
        ("Ke1 ke8 Pe2", "e2. e5P", []),  # no move
    ],
)
def test_a_move_is_told_by_how_the_board_looks_after_it(
    pieces: str, changes: str, expected: list[str]
) -> None:
    assert told(Table(placed(pieces)).play(changes)) == expected


def test_en_passant_is_for_the_pawn_that_has_just_gone_two() -> None:
    table = Table()
    table.play("e2. e4P")
    table.play("a7. a6p")
    table.play("e4. e5P")
    table.play("d7. d5p")
    event = table.play("e5. d6P d5.")[-1]
    assert (event.kind, event.detail["uci"], event.detail["captured"]) == ("move", "e5d6", "p")
    late = Table(placed("Ke1 ke8 Pe5 pd5"))
    assert told(late.play("e5. d6P d5.")) == []


def test_a_move_bears_the_time_of_its_last_change_and_says_all() -> None:
    table = Table()
    assert table.play("g1. f3N") == [
        Event(
            "move",
            600 * NS_PER_MS,
            detail={
                "uci": "g1f3",
                "piece": "N",
                "side": "white",
                "captured": None,
                "ply": 1,
                "placement": "rnbqkbnr/pppppppp/8/8/8/5N2/PPPPPPPP/RNBQKB1R",
            },
        )
    ]


def test_a_reply_makes_the_move_before_it_certain() -> None:
    table = Table()
    assert told(table.play("e2. e4P e7. e5p g1. f3N", 0.1, 0.0)) == ["e2e4", "e7e5"]
    assert told(table.play("", then_s=0.5)) == ["g1f3"]


def test_a_piece_held_over_the_board_does_not_hold_up_the_move_before() -> None:
    table = Table()
    assert told(table.play("e2. e4P e7.", 0.2, 1.5)) == []
    assert told(table.play("", then_s=0.5)) == ["e2e4"]
    assert told(table.play("", then_s=30)) == []
    assert told(table.play("e5p")) == ["e7e5"]


def test_the_side_that_is_not_to_move_does_not() -> None:
    table = Table()
    assert told(table.play("e7. e5p", then_s=9)) == []
    assert told(table.play("e5. e7p e2. e4P")) == ["e2e4"]


def test_a_move_taken_back_is_told_and_so_is_another_in_its_place() -> None:
    table = Table()
    assert told(table.play("e2. e4P")) == ["e2e4"]
    assert told(table.play("e4. e2P")) == ["move_taken_back"]
    assert told(table.play("d2. d4P")) == ["d2d4"]
    assert told(table.play("d4. d3P")) == ["move_taken_back", "d2d3"]
    assert table.events[-1].detail["ply"] == 1


def test_a_board_that_no_move_explains_is_believed_after_a_while() -> None:
    table = Table()
    assert told(table.play("e2. e5P", then_s=9.9)) == []
    assert told(table.play("", then_s=0.1)) == ["position_unexplained"]
    assert told(table.play("e7. e6p")) == ["e7e6"]  # whoever is to move
    assert table.events[-1].detail["ply"] is None
    assert told(table.play("e6. e4p")) == []  # it is White's turn now


def test_a_set_put_up_again_is_a_new_game() -> None:
    table = Table()
    table.play("e2. e4P")
    table.play("d7. d5p")
    assert told(table.play("e4. d5. e2P d7p")) == ["game_started"]
    assert told(table.play("d2. d4P")) == ["d2d4"]
    assert table.events[-1].detail["ply"] == 1


def test_it_wakes_for_a_move_and_not_for_nothing() -> None:
    table = Table()
    assert table.game.due_ns() is None
    table.play("e2.", then_s=0)
    assert table.game.due_ns() is None
    table.play("e4P", then_s=0)
    assert table.game.due_ns() == table.now_ns + 500 * NS_PER_MS
    table.play("e7.", then_s=0)
    assert table.game.due_ns() == table.now_ns + 1700 * NS_PER_MS
    table.play("d7. c7.", then_s=3)
    table.play("", then_s=7)
    due_ns = table.game.due_ns()
    assert due_ns is None or due_ns > table.now_ns


@given(data=st.data())
def test_any_play_of_hands_ends_and_keeps_the_order(data: st.DataObject) -> None:
    squares = st.builds(
        "{}{}{}".format, st.sampled_from("abcdefgh"), st.integers(1, 8), st.sampled_from(".PNkq")
    )
    table = Table()
    for change in data.draw(st.lists(squares, max_size=15)):
        table.play(change, data.draw(st.sampled_from([0.05, 0.4, 11.0])), 0)
    table.play("", then_s=20)
    assert all(event.mono_ns <= table.now_ns for event in table.events)
    due_ns = table.game.due_ns()
    assert due_ns is None or due_ns > table.now_ns


def packets(*parts: bytes) -> list[Packet]:
    return [Packet("serial", part, (index + 1) * NS_PER_S) for index, part in enumerate(parts)]


def test_times_are_a_stream_and_what_happens_to_the_clock_is_told() -> None:
    clock = dgt_clock("0:10:00", "1:00:01", 0x11)
    result = feed(DgtBoardDecoder(), packets(clock, clock, dgt_message(0x0D, bytes(6) + b"\x20")))
    assert result.chunks[:2] == [
        Chunk.of(CLOCK_TIME, index, [(index + 1) * NS_PER_S], [[3601, 600]]) for index in range(2)
    ]
    assert str(result.chunks[2].values.tolist()) == "[[nan, nan]]"
    assert result.events == [
        Event(
            "clock",
            NS_PER_S,
            detail={
                "connected": True,
                "running": True,
                "turn": "white",
                "lever_up": "white",
                "white_flag": False,
                "black_flag": False,
                "battery_low": False,
                "white_s": 3601,
                "black_s": 600,
            },
        ),
        Event("clock", 3 * NS_PER_S, detail={"connected": False}),
    ]


def test_white_may_sit_at_the_right_of_the_clock() -> None:
    result = feed(make_decoder("dgt_board?white_clock=right"), packets(dgt_clock("0:10:00", "1:00:01", 0x11)))
    assert result.chunks[0].values.tolist() == [[600, 3601]]
    assert (result.events[0].detail["turn"], result.events[0].detail["lever_up"]) == ("black", "black")


def test_a_board_turned_round_is_noticed_at_the_start() -> None:
    decoder = DgtBoardDecoder()
    result = feed(decoder, packets(dgt_dump(START[::-1]), dgt_field("d7", "."), dgt_field("d5", "P")))
    assert [event.detail.get("square") for event in result.events] == [None, "e2", "e4"]
    assert [event.detail["uci"] for event in decoder.wake(4 * NS_PER_S).events] == ["e2e4"]
    fixed = feed(make_decoder("dgt_board?orientation=normal"), packets(dgt_dump(START[::-1])))
    assert fixed.events[0].kind == "position_found"


def test_a_change_that_was_lost_shows_in_the_next_dump() -> None:
    result = feed(DgtBoardDecoder(), packets(dgt_dump(START), dgt_dump(START.replace("P", ".", 1))))
    assert result.faults == ["the board is not as its changes told: one was lost on the line"]


def test_a_connection_forgets_what_was_cut_off_and_the_game_goes_on() -> None:
    moved = "".join({52: ".", 36: "P"}.get(square, piece) for square, piece in enumerate(START))
    result = feed(
        DgtBoardDecoder(),
        packets(dgt_dump(START), dgt_field("a2", ".")[:4], dgt_dump(moved), *dgt_changes("e7. e5p d2.")),
        [2],
    )
    assert [kind for kind in told(result.events) if kind != "square_changed"] == [
        "game_started",
        "e2e4",
        "e7e5",
    ]
    assert result.faults == []


def test_it_asks_at_the_start_and_then_now_and_then() -> None:
    decoder = DgtBoardDecoder()
    assert isinstance(decoder, TimedDecoder)
    assert [command.data for command in decoder.start()] == [b"@", b"M", b"E", b"B", b"A", b"K"]
    assert decoder.due_ns() == 0
    assert decoder.wake(NS_PER_S).commands == ()
    assert decoder.due_ns() == 6 * NS_PER_S
    assert len(decoder.wake(6 * NS_PER_S).commands) == 6  # nothing was heard yet
    decoder.feed(Packet("serial", dgt_message(0x13, b"\x01\x02"), 7 * NS_PER_S))
    sent = [decoder.wake((11 + 5 * n) * NS_PER_S).commands for n in range(11)]
    assert {tuple(packet.data for packet in commands) for commands in sent[:10]} == {(b"A",)}
    assert [packet.data for packet in sent[10]] == [b"B", b"A", b"K"]


@given(sizes=st.lists(st.integers(1, 80), min_size=1, max_size=40))
def test_how_it_is_cut_changes_nothing(sizes: list[int]) -> None:
    data = b"".join(part for _, _, part in dgt_game())

    def all_of(cuts: list[int]) -> Told:
        parts, at = [], 0
        for size in cuts:
            parts.append(Packet("serial", data[at : at + size], 5))
            at += size
        return feed(DgtBoardDecoder(), [*parts, Packet("serial", data[at:], 5)])

    # Packets, and not bytes, decide what has settled; at one time, none of it has.
    assert all_of(sizes) == all_of([])


@given(junk=st.binary(max_size=60))
def test_behind_any_junk_a_change_is_found(junk: bytes) -> None:
    good = dgt_dump(START) + b"".join(dgt_changes("e2. e4P"))
    result = feed(DgtBoardDecoder(), packets(dgt_dump(START), junk + good))
    assert "e4" in [event.detail.get("square") for event in result.events]


@pytest.mark.parametrize("text", ["white_clock=top", "orientation=90"])
def test_an_option_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(DriverError):
        make_decoder(f"dgt_board?{text}")
