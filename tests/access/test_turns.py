"""What happens at once: who is changed by one while another one comes in, or changes, too."""

import asyncio

import pytest

from edged.access.caller import Caller
from edged.access.gate import Gate
from edged.access.role import Role
from edged.clock import ManualClock
from edged.errors import RefusedError

PASSWORD = "correct horse"  # noqa: S105  no secret of anybody: an account that lives as long as a test
ANOTHER = "battery staple"
HERE = "10.0.0.7"


@pytest.fixture
async def claimed(gate: Gate) -> Gate:
    await gate.claim(gate.claim_code(), "ada", PASSWORD, HERE)
    return gate


async def test_two_admins_who_demote_each_other_are_not_both_demoted(claimed: Gate) -> None:
    await claimed.add_account("bob", Role.ADMIN, PASSWORD, by="ada")
    done = await asyncio.gather(
        claimed.change_account("ada", role=Role.VIEWER, by="bob"),
        claimed.change_account("bob", role=Role.VIEWER, by="ada"),
        return_exceptions=True,
    )
    assert [str(each) for each in done if each] == ["This is the last admin: make another one first."]
    assert [row.role for row in claimed.accounts.rows].count(Role.ADMIN) == 1


async def test_two_admins_who_remove_each_other_are_not_both_removed(claimed: Gate) -> None:
    await claimed.add_account("bob", Role.ADMIN, PASSWORD, by="ada")
    await asyncio.gather(
        claimed.remove_account("ada", by="bob"),
        claimed.remove_account("bob", by="ada"),
        return_exceptions=True,
    )
    assert len(claimed.accounts.rows) == 1


async def own_password(gate: Gate) -> Caller:
    """Let tess log in, who changes her password now."""
    await gate.add_account("tess", Role.ADMIN, PASSWORD, by="ada")
    caller = await gate.by_session(await gate.log_in("tess", PASSWORD, HERE), HERE)
    assert caller is not None
    return caller


async def test_who_changes_his_password_while_he_is_demoted_stays_demoted(claimed: Gate) -> None:
    tess = await own_password(claimed)
    await asyncio.gather(
        claimed.change_own_password(tess, PASSWORD, ANOTHER),
        claimed.change_account("tess", role=Role.VIEWER, by="ada"),
    )
    assert claimed.accounts.role("tess") is Role.VIEWER
    assert claimed.sessions.of("tess") == []


async def test_who_changes_his_password_while_he_is_removed_stays_removed(claimed: Gate) -> None:
    tess = await own_password(claimed)
    await asyncio.gather(
        claimed.change_own_password(tess, PASSWORD, ANOTHER), claimed.remove_account("tess", by="ada")
    )
    assert "tess" not in claimed.accounts
    await claimed.accounts.load()
    assert "tess" not in claimed.accounts


async def test_who_logs_in_while_his_password_is_changed_is_not_in(claimed: Gate) -> None:
    await claimed.add_account("tess", Role.VIEWER, PASSWORD, by="ada")
    await asyncio.gather(
        claimed.log_in("tess", PASSWORD, HERE), claimed.change_account("tess", password=ANOTHER, by="ada")
    )
    assert claimed.sessions.of("tess") == []


async def test_a_name_is_given_once(claimed: Gate) -> None:
    done = await asyncio.gather(
        claimed.add_account("tess", Role.VIEWER, PASSWORD, by="ada"),
        claimed.add_account("tess", Role.ADMIN, ANOTHER, by="ada"),
        return_exceptions=True,
    )
    assert [str(each) for each in done if each] == ["This name is taken."]
    assert claimed.accounts.role("tess") is Role.VIEWER


async def test_a_new_password_that_is_too_easily_guessed_is_said_of_the_new_one(claimed: Gate) -> None:
    tess = await own_password(claimed)
    with pytest.raises(RefusedError, match="at least 10") as refused:
        await claimed.change_own_password(tess, PASSWORD, "short")
    assert refused.value.field == "new"


async def test_who_was_let_in_is_told_when_he_would_not_be_any_more(gate: Gate, clock: ManualClock) -> None:
    def waiting(caller: Caller | None) -> asyncio.Task[None]:
        assert caller is not None
        return asyncio.create_task(gate.gone(caller))

    at_the_board = waiting(Caller.at_the_board("127.0.0.1"))
    over_the_socket = waiting(Caller.over_the_socket())
    await asyncio.sleep(0)
    assert not at_the_board.done()
    secret = await gate.claim(gate.claim_code(), "ada", PASSWORD, HERE)
    await asyncio.wait_for(at_the_board, 1)

    session = waiting(await gate.by_session(secret, HERE))
    _, brief = await gate.tokens.make("brief", Role.VIEWER, "ada", 1)
    row, revoked = await gate.tokens.make("revoked", Role.VIEWER, "ada", 30)
    await gate.add_account("tess", Role.VIEWER, PASSWORD, by="ada")
    _, hers = await gate.tokens.make("hers", Role.VIEWER, "tess", 30)
    tokens = [waiting(await gate.by_token(each, HERE)) for each in (brief, revoked, hers)]
    await asyncio.sleep(0)
    await gate.tokens.revoke(row.id)
    await asyncio.wait_for(tokens[1], 1)
    await gate.remove_account("tess", by="ada")
    await asyncio.wait_for(tokens[2], 1)
    assert not tokens[0].done()
    for _ in range(25):
        await clock.advance(3600)
    await asyncio.wait_for(tokens[0], 1)
    await asyncio.wait_for(session, 1)
    assert not over_the_socket.done()
    over_the_socket.cancel()
