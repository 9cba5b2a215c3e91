"""The gate over a real file: the claim, sessions, tokens, accounts, and what a restart leaves."""

import asyncio
import logging
import re
import sqlite3
import stat
from pathlib import Path

import pytest

from edged.access.audit import Note
from edged.access.caller import Caller
from edged.access.claim import LIFE_S
from edged.access.gate import Gate, Locked, ThrottledError
from edged.access.opening import access_path, opened_gate
from edged.access.role import Permission, Role
from edged.access.secret import digest
from edged.clock import ManualClock
from edged.errors import RefusedError
from edged.ops.instruments import AccessStats
from edged.store.access_db import AuditQuery

PASSWORD = "correct horse"  # noqa: S105  no secret of anybody: an account that lives as long as a test
HERE = "10.0.0.7"


async def claimed(gate: Gate) -> str:
    return await gate.claim(gate.claim_code(), "ada", PASSWORD, HERE)


def wrong(code: str) -> str:
    return ("B" if code[0] == "A" else "A") + code[1:]


async def test_a_claim_makes_the_first_admin_and_there_is_no_second(gate: Gate) -> None:
    code = gate.claim_code()
    assert re.fullmatch(r"[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}", code)
    secret = await gate.claim(code.lower().replace("-", " "), "ada", PASSWORD, HERE)
    assert gate.is_claimed
    assert gate.claim_code() == ""
    caller = await gate.by_session(secret, HERE)
    assert caller == Caller("ada", Role.ADMIN, "session", HERE, digest(secret))
    with pytest.raises(RefusedError, match="claimed already"):
        await gate.claim(code, "eve", PASSWORD, HERE)


async def test_two_claims_at_once_make_one_admin(gate: Gate) -> None:
    code = gate.claim_code()
    done = await asyncio.gather(
        gate.claim(code, "ada", PASSWORD, HERE),
        gate.claim(code, "eve", PASSWORD, HERE),
        return_exceptions=True,
    )
    assert sum(isinstance(each, RefusedError) for each in done) == 1
    assert len(gate.accounts.rows) == 1


async def test_a_wrong_code_is_refused_and_after_five_there_is_another(
    gate: Gate, clock: ManualClock
) -> None:
    code = gate.claim_code()
    for n in range(5):
        assert gate.claim_code() == code
        with pytest.raises(RefusedError, match="not the code"):
            await gate.claim(wrong(code), "eve", PASSWORD, f"10.0.0.{n}")
    assert gate.claim_code() != code
    assert not gate.is_claimed
    old = gate.claim_code()
    await clock.advance(LIFE_S + 1)
    assert gate.claim_code() != old, "yesterday's code is worth nothing"


async def test_a_weak_password_wastes_no_code(gate: Gate) -> None:
    code = gate.claim_code()
    with pytest.raises(RefusedError, match="at least 10") as refused:
        await gate.claim(code, "ada", "short", HERE)
    assert refused.value.field == "password"
    assert not gate.is_claimed
    await gate.claim(code, "ada", PASSWORD, HERE)


@pytest.mark.parametrize(
    "name", ["", "Ada", "ada lovelace", "-ada", "a" * 33, "local", "page", "anybody", "ada\n"]
)
async def test_what_is_no_name(gate: Gate, name: str) -> None:
    with pytest.raises(RefusedError) as refused:
        await gate.claim(gate.claim_code(), name, PASSWORD, HERE)
    assert refused.value.field == "name"


async def test_log_in_and_who_guesses_waits(gate: Gate, clock: ManualClock) -> None:
    await claimed(gate)
    assert await gate.by_session(await gate.log_in("ada", PASSWORD, HERE), HERE)
    for name in ("ada", "nobody", "ada", "ada", "nobody"):
        with pytest.raises(RefusedError, match="Name or password are wrong"):
            await gate.log_in(name, "wrong horse!", HERE)
    with pytest.raises(ThrottledError, match=r"Wait 1 s"):
        await gate.log_in("ada", PASSWORD, HERE)
    await clock.advance(1)
    await gate.log_in("ada", PASSWORD, HERE)
    assert gate.stats.log_ins == {"done": 3, "refused": 5, "throttled": 1}


async def test_guesses_at_once_are_not_free(gate: Gate) -> None:
    await claimed(gate)
    done = await asyncio.gather(
        *(gate.log_in("ada", f"wrong horse {n}", HERE) for n in range(20)), return_exceptions=True
    )
    assert sum(isinstance(each, ThrottledError) for each in done) == 15


async def test_a_session_ends_when_it_is_idle_and_by_logging_out(gate: Gate, clock: ManualClock) -> None:
    secret = await claimed(gate)
    for _ in range(3):
        await clock.advance(gate.sessions.idle_s - 1)
        assert await gate.by_session(secret, HERE)
    over = asyncio.create_task(gate.sessions.over(digest(secret)))
    await clock.advance(gate.sessions.idle_s)
    await asyncio.wait_for(over, 1)
    assert await gate.by_session(secret, HERE) is None

    first, second, other = [await gate.log_in("ada", PASSWORD, HERE) for _ in range(3)]
    over = asyncio.create_task(gate.sessions.over(digest(second)))
    await asyncio.sleep(0)
    await gate.sessions.end(digest(first))
    assert await gate.by_session(first, HERE) is None
    assert await gate.end_sessions("ada", but=digest(other)) == 1
    await asyncio.wait_for(over, 1)
    assert gate.sessions.of("ada") == [digest(other)]
    assert gate.stats.sessions == 1


async def test_a_restart_logs_nobody_out_and_who_was_logged_out_stays_so(
    tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "access.db"
    gate = await Gate.open(path, clock, AccessStats())
    kept, ended = await claimed(gate), await gate.log_in("ada", PASSWORD, HERE)
    await gate.sessions.end(digest(ended))
    token, secret = await gate.tokens.make("grafana", Role.VIEWER, "ada", 30)
    await gate.close()
    gate = await Gate.open(path, ManualClock(utc_ns=clock.utc_ns()), AccessStats())
    assert await gate.by_session(kept, HERE)
    assert await gate.by_session(ended, HERE) is None
    assert await gate.by_token(secret, HERE)
    assert [row.name for row in gate.tokens.rows] == [token.name]
    await gate.close()


async def test_what_is_kept_holds_no_secret(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "access.db"
    gate = await Gate.open(path, clock, AccessStats())
    code = gate.claim_code()
    session = await claimed(gate)
    _, token = await gate.tokens.make("grafana", Role.VIEWER, "ada", 30)
    await gate.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.read_bytes()
    for secret in (PASSWORD, session, token, token.removeprefix("edged_"), code):
        assert secret.encode() not in kept


async def test_a_token_does_what_its_scope_allows_and_no_more_than_its_owner_may(
    gate: Gate, clock: ManualClock
) -> None:
    await claimed(gate)
    await gate.add_account("tess", Role.TECHNICIAN, PASSWORD, by="ada")
    row, secret = await gate.tokens.make("deploy", Role.TECHNICIAN, "tess", 1)
    caller = await gate.by_token(secret, HERE)
    assert caller == Caller("tess/deploy", Role.TECHNICIAN, "token", HERE, token=row.id)
    await gate.change_account("tess", role=Role.VIEWER, by="ada")
    caller = await gate.by_token(secret, HERE)
    assert caller is not None
    assert not caller.may(Permission.CONFIGURE)
    await clock.advance(86_399)
    assert await gate.by_token(secret, HERE)
    await clock.advance(1)
    assert await gate.by_token(secret, HERE) is None, "it has expired"
    assert await gate.by_token("edged_" + "x" * 43, HERE) is None
    _, another = await gate.tokens.make("more", Role.VIEWER, "tess", 1)
    await gate.tokens.revoke(gate.tokens.rows[-1].id)
    assert await gate.by_token(another, HERE) is None
    with pytest.raises(LookupError):
        await gate.tokens.revoke(row.id + 7)


async def test_where_the_clock_is_wrong_no_token_is_taken(tmp_path: Path, clock: ManualClock) -> None:
    gate = await Gate.open(tmp_path / "access.db", clock, AccessStats())
    await claimed(gate)
    _, secret = await gate.tokens.make("deploy", Role.VIEWER, "ada", 1)
    await gate.close()
    gate = await Gate.open(tmp_path / "access.db", ManualClock(utc_ns=0), AccessStats())
    assert await gate.by_token(secret, HERE) is None
    await gate.close()


async def test_an_account_takes_its_sessions_and_tokens_along_and_the_last_admin_stays(gate: Gate) -> None:
    await claimed(gate)
    await gate.add_account("tess", Role.TECHNICIAN, PASSWORD, by="ada")
    session = await gate.log_in("tess", PASSWORD, HERE)
    _, token = await gate.tokens.make("deploy", Role.VIEWER, "tess", 1)
    for change in (
        gate.remove_account("ada", by="tess"),
        gate.change_account("ada", role=Role.VIEWER, by="tess"),
    ):
        with pytest.raises(RefusedError, match="last admin"):
            await change
    with pytest.raises(RefusedError, match="taken"):
        await gate.add_account("tess", Role.VIEWER, PASSWORD, by="ada")
    await gate.remove_account("tess", by="ada")
    assert await gate.by_session(session, HERE) is None
    assert await gate.by_token(token, HERE) is None
    with pytest.raises(LookupError, match="no account tess"):
        await gate.remove_account("tess", by="ada")


async def test_another_password_ends_the_other_sessions(gate: Gate) -> None:
    mine = await claimed(gate)
    other = await gate.log_in("ada", PASSWORD, HERE)
    caller = await gate.by_session(mine, HERE)
    assert caller is not None
    with pytest.raises(RefusedError, match="not your password") as refused:
        await gate.change_own_password(caller, "wrong horse", "battery staple")
    assert refused.value.field == "old"
    await gate.change_own_password(caller, PASSWORD, "battery staple")
    assert await gate.by_session(mine, HERE)
    assert await gate.by_session(other, HERE) is None
    await gate.log_in("ada", "battery staple", HERE)
    with pytest.raises(RefusedError):
        await gate.log_in("ada", PASSWORD, HERE)


async def test_the_audit_log_is_only_ever_added_to(tmp_path: Path, gate: Gate) -> None:
    caller = Caller("ada", Role.ADMIN, "session", HERE)
    for n in range(3):
        await gate.audit.note(
            caller, f"PUT /{n}", "done 200", Note(target="t", before="b", after="x" * 20_000)
        )
    rows = await gate.audit.entries(AuditQuery(limit=2))
    assert [row.what for row in rows] == ["PUT /2", "PUT /1"]
    assert len(rows[0].after) < 17_000
    assert rows[0].after.endswith("[... 3616 more]")
    assert [row.what for row in await gate.audit.entries(AuditQuery(before=rows[-1].id))] == ["PUT /0"]
    assert [row.what for row in await gate.audit.entries(AuditQuery(what="/1", who="ada"))] == ["PUT /1"]
    assert await gate.audit.entries(AuditQuery(who="eve")) == []
    assert len([line async for lines in gate.audit.lines() for line in lines.splitlines()]) == 3
    with sqlite3.connect(tmp_path / "access.db") as db:
        for statement in ("DELETE FROM audit", "UPDATE audit SET who = 'eve'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                db.execute(statement)
    db.close()


async def test_a_flood_of_refusals_does_not_fill_the_disk(gate: Gate, clock: ManualClock) -> None:
    taken = [gate.audit.takes_refusal(HERE) for _ in range(100)]
    assert sum(taken) == 20
    assert gate.audit.takes_refusal("10.0.0.8")
    await clock.advance(61)
    assert gate.audit.takes_refusal(HERE)


async def test_a_damaged_file_lets_nobody_in(
    tmp_path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "access.db"
    path.write_bytes(b"no database" * 500)
    async with opened_gate(path, clock, AccessStats()) as gate:
        assert isinstance(gate, Locked)
        assert "Nobody can log in" in gate.reason
        assert str(path) in gate.reason
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_an_empty_file_is_no_new_one(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "access.db"
    path.touch()
    async with opened_gate(path, clock, AccessStats()) as gate:
        assert isinstance(gate, Locked)
        assert "it is empty" in gate.reason
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE account (name TEXT)")
    db.close()
    async with opened_gate(path, clock, AccessStats()) as gate:
        assert isinstance(gate, Locked)


async def test_a_file_that_was_begun_when_the_power_failed_is_begun_anew(
    tmp_path: Path, clock: ManualClock
) -> None:
    (tmp_path / ".access.db.new").write_bytes(b"SQLite")
    async with opened_gate(tmp_path / "access.db", clock, AccessStats()) as gate:
        assert isinstance(gate, Gate)
    assert [path.name for path in tmp_path.iterdir()] == ["access.db"]


async def test_a_newer_file_lets_nobody_in(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "access.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    async with opened_gate(path, clock, AccessStats()) as gate:
        assert isinstance(gate, Locked)


async def test_where_there_can_be_no_file_nobody_ever_claimed(tmp_path: Path, clock: ManualClock) -> None:
    async with opened_gate(tmp_path / "missing" / "access.db", clock, AccessStats()) as gate:
        assert gate is None


async def test_the_code_is_in_the_log_as_long_as_it_holds(
    tmp_path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened_gate(tmp_path / "access.db", clock, AccessStats()) as gate:
        assert isinstance(gate, Gate)
        assert f"the code is {gate.claim_code()}" in caplog.text
        await claimed(gate)
    caplog.clear()
    async with opened_gate(tmp_path / "access.db", clock, AccessStats()):
        assert "the code is" not in caplog.text


def test_where_the_file_is(tmp_path: Path) -> None:
    journal = tmp_path / "edged.db"
    assert access_path(journal, {}) == tmp_path / "access.db"
    assert access_path(journal, {"STATE_DIRECTORY": "/var/lib/edged:/more"}) == Path(
        "/var/lib/edged/access.db"
    )


def test_each_role_may_what_the_one_before_may_and_more() -> None:
    assert [len(role.permissions) for role in Role] == [1, 2, 3, 4]
    for lesser, greater in zip(Role, list(Role)[1:], strict=False):
        assert set(lesser.permissions) < set(greater.permissions)
        assert greater.contains(lesser)
        assert not lesser.contains(greater)
    assert not Caller.nobody(HERE).may(Permission.SEE)
