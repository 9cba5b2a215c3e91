import pytest

from edged.access.password import check_password, hashed, is_password, nobodys
from edged.errors import RefusedError


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "at least 10"),
        ("correct h", "at least 10"),
        ("x" * 257, "at most 256"),
        ("password123", "first that are tried"),
        ("Qwertyuiop", "first that are tried"),
        ("abababababab", "first that are tried"),
        ("magnus1234", "your name"),
        ("1magnus234", "your name"),
    ],
)
def test_what_is_guessed_first_is_not_taken(password: str, why: str) -> None:
    with pytest.raises(RefusedError, match=why) as refused:
        check_password(password, "magnus")
    assert refused.value.field == "password"


@pytest.mark.parametrize("password", ["correct horse", "blitz! am brett 7", "пешка бьёт ферзя", "x7Kq-2mW9z"])
def test_others_are(password: str) -> None:
    check_password(password, "magnus")


def test_what_is_kept_tells_nothing_and_is_never_the_same() -> None:
    one, other = hashed("correct horse"), hashed("correct horse")
    assert one != other
    assert one.startswith("$argon2id$v=19$")
    assert "correct" not in one
    assert is_password("correct horse", one)
    assert not is_password("correct horsf", one)
    assert not is_password("", nobodys())


@pytest.mark.parametrize("kept", ["", "correct horse", "$argon2id$v=19$m=16,t=1,p=2$c29tZXNhbHQ$"])
def test_what_is_damaged_lets_nobody_in(kept: str) -> None:
    assert not is_password("correct horse", kept)
