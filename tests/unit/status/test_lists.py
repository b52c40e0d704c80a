"""Lists of other issuers: genuine, fresh, never older than before; and what a server sees."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.status._server import Server, good, hang, raw

from visavis.errors import InvalidArgument, PassRejected
from visavis.passes import IssuerKey, StatusList
from visavis.status import ListSource, Register, Statuses, StatusLists

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=count) for count in (1, 60, 3600, 86400))
TTL, LIFE = 12 * HOUR, 3 * DAY
SIZE = 131_072
NO_ANSWER = raw(b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n")


class Issuer:
    """An issuer that publishes lists in a folder and on a server."""

    def __init__(self, folder: Path) -> None:
        self.key = IssuerKey.generate()
        self.register = Register(None, issuer=self.key.id)
        self.id = self.key.id
        self.file = folder / f"{self.id}.cwt"

    def list(self, at: datetime = NOW, *, ttl: timedelta = TTL, life: timedelta = LIFE) -> bytes:
        return StatusList.sign(
            self.register.bits(), issuer=self.key, issued_at=at, expires_at=at + life, ttl=ttl
        )

    def publish(self, at: datetime = NOW, **how: timedelta) -> None:
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_bytes(self.list(at, **how))


def _answer(statuses: Statuses, issuer: str, place: int, now: datetime = NOW) -> str:
    try:
        statuses.require_valid(issuer, place, now=now)
    except PassRejected as answer:
        return answer.reason
    return "valid"


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path / "share")


@pytest.fixture(params=["folder", "memory"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "home" / "lists" if request.param == "folder" else None


@pytest.fixture
def from_file(issuer: Issuer, cache: Path | None) -> StatusLists:
    source = ListSource(issuer.key.public, str(issuer.file.parent))
    return StatusLists({issuer.id: source}, cache=cache)


@pytest.fixture
def online(issuer: Issuer, server: Server, cache: Path | None) -> StatusLists:
    source = ListSource(issuer.key.public, server.address, server.ca_file)
    return StatusLists({issuer.id: source}, cache=cache, patience=10 * SECOND)


Both = tuple[StatusLists, Callable[[bytes], None]]


@pytest.fixture(params=["file", "server"])
def both(
    request: pytest.FixtureRequest,
    issuer: Issuer,
    server: Server,
    from_file: StatusLists,
    online: StatusLists,
) -> Both:
    """Lists, and a function that publishes bytes where they come from."""

    def put_into_file(token: bytes) -> None:
        issuer.file.parent.mkdir(exist_ok=True)
        issuer.file.write_bytes(token)

    def put_on_server(token: bytes) -> None:
        server.behave = good(token)

    return (from_file, put_into_file) if request.param == "file" else (online, put_on_server)


def test_a_list_says_which_passes_are_in_force(issuer: Issuer, both: Both) -> None:
    lists, publish = both
    kept, lost = issuer.register.take(), issuer.register.take()
    issuer.register.call_back(lost)
    publish(issuer.list())
    assert _answer(lists, issuer.id, kept) == "valid"
    assert _answer(lists, issuer.id, lost) == "revoked"
    for beyond in (SIZE, SIZE + 1, -1):
        assert _answer(lists, issuer.id, beyond) == "revoked"


def test_without_a_list_no_pass_is_in_force(issuer: Issuer, both: Both) -> None:
    lists, publish = both
    assert _answer(lists, issuer.id, 0) == "status_missing"
    publish(b"")
    assert _answer(lists, issuer.id, 0, NOW + MINUTE) == "status_malformed"


def test_an_issuer_without_a_source_is_not_answered_for(from_file: StatusLists) -> None:
    assert _answer(from_file, "0123456789abcdef", 0) == "status_missing"
    assert _answer(StatusLists({}, cache=None), "0123456789abcdef", 0) == "status_missing"


def test_what_others_have_signed_is_no_list_of_this_issuer(
    issuer: Issuer, both: Both, tmp_path: Path
) -> None:
    lists, publish = both
    publish(Issuer(tmp_path).list())
    assert _answer(lists, issuer.id, 0) == "status_malformed"


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        (NOW + MINUTE, "valid"),
        (NOW + MINUTE + SECOND, "status_stale"),
        (NOW + 400 * DAY, "status_stale"),
        (NOW - LIFE + SECOND, "valid"),
        (NOW - LIFE, "status_stale"),
        (NOW - 400 * DAY, "status_stale"),
    ],
)
def test_a_list_that_is_not_for_today_is_not_used(
    issuer: Issuer, both: Both, at: datetime, answer: str
) -> None:
    lists, publish = both
    publish(issuer.list(at))
    assert _answer(lists, issuer.id, 0) == answer
    # Nor does it keep a good one from taking its place.
    publish(issuer.list(NOW - HOUR if at < NOW else NOW + MINUTE))
    assert _answer(lists, issuer.id, 0, NOW + MINUTE) == "valid"


@pytest.mark.parametrize("change", [DAY, SECOND])
def test_an_older_list_never_takes_the_place_of_a_newer_one(
    issuer: Issuer, both: Both, change: timedelta
) -> None:
    lists, publish = both
    lost = issuer.register.take()
    before = issuer.list(NOW - change)
    issuer.register.call_back(lost)
    publish(issuer.list(NOW))
    assert _answer(lists, issuer.id, lost) == "revoked"
    publish(before)
    [problem] = lists.refresh(NOW + HOUR, everything=True).values()
    assert problem is not None
    assert problem.reason == "list_older"
    assert _answer(lists, issuer.id, lost, NOW + HOUR) == "revoked"
    # Not even when there is no other one left.
    assert _answer(lists, issuer.id, lost, NOW + TTL) == "status_stale"
    assert _answer(lists, issuer.id, lost + 1, NOW + TTL + HOUR) == "status_stale"


def test_a_newer_list_of_the_same_second_is_taken(issuer: Issuer, both: Both) -> None:
    lists, publish = both
    lost = issuer.register.take()
    publish(issuer.list())
    assert _answer(lists, issuer.id, lost) == "valid"
    issuer.register.call_back(lost)
    publish(issuer.list())
    lists.refresh(NOW, everything=True)
    assert _answer(lists, issuer.id, lost) == "revoked"


def test_a_source_that_fails_is_no_reason_as_long_as_the_last_list_is_fresh(
    issuer: Issuer, both: Both
) -> None:
    lists, publish = both
    publish(issuer.list())
    assert _answer(lists, issuer.id, 0) == "valid"
    publish(b"nonsense")
    assert _answer(lists, issuer.id, 0, NOW + TTL - SECOND) == "valid"
    assert _answer(lists, issuer.id, 0, NOW + TTL) == "status_stale"


def test_the_end_of_a_list_counts_also_when_it_was_fetched_just_now(
    issuer: Issuer, both: Both
) -> None:
    lists, publish = both
    publish(issuer.list(NOW - LIFE + HOUR))
    assert _answer(lists, issuer.id, 0, NOW + HOUR - SECOND) == "valid"
    assert _answer(lists, issuer.id, 0, NOW + HOUR) == "status_stale"


def test_a_clock_that_was_put_back_makes_a_list_no_fresher(
    issuer: Issuer, online: StatusLists, server: Server
) -> None:
    server.behave = good(issuer.list(NOW - DAY))
    assert _answer(online, issuer.id, 0) == "valid"
    server.behave = NO_ANSWER
    assert _answer(online, issuer.id, 0, NOW - MINUTE) == "valid"
    assert _answer(online, issuer.id, 0, NOW - MINUTE - SECOND) == "status_stale"


def test_a_list_from_the_near_future_waits_when_the_clock_was_put_back(
    issuer: Issuer, online: StatusLists, server: Server
) -> None:
    server.behave = good(issuer.list(NOW + MINUTE))
    assert _answer(online, issuer.id, 0) == "valid"
    server.behave = NO_ANSWER
    assert _answer(online, issuer.id, 0, NOW - SECOND) == "status_stale"


def test_a_plain_file_is_read_every_time(issuer: Issuer, from_file: StatusLists) -> None:
    lost = issuer.register.take()
    issuer.publish()
    assert _answer(from_file, issuer.id, lost) == "valid"
    issuer.register.call_back(lost)
    issuer.publish(NOW + SECOND)
    assert _answer(from_file, issuer.id, lost, NOW + SECOND) == "revoked"
    # Read just now is fetched just now: only its end makes it too old.
    assert _answer(from_file, issuer.id, lost + 1, NOW + LIFE) == "valid"
    assert _answer(from_file, issuer.id, lost + 1, NOW + LIFE + SECOND) == "status_stale"


def test_a_plain_file_leaves_no_trace_of_when_it_was_used(issuer: Issuer, tmp_path: Path) -> None:
    source = ListSource(issuer.key.public, str(issuer.file.parent))
    lists = StatusLists({issuer.id: source}, cache=tmp_path / "lists")
    issuer.publish()
    assert _answer(lists, issuer.id, 0) == "valid"
    [copy] = (tmp_path / "lists").iterdir()
    before = copy.stat()
    assert _answer(lists, issuer.id, 0, NOW + HOUR) == "valid"
    after = copy.stat()
    assert (after.st_mtime_ns, after.st_ctime_ns) == (before.st_mtime_ns, before.st_ctime_ns)


def test_a_list_is_asked_for_once_in_the_time_that_its_issuer_allows(
    issuer: Issuer, online: StatusLists, server: Server
) -> None:
    server.behave = good(issuer.list())
    for after in (0 * HOUR, MINUTE, HOUR, TTL - SECOND):
        assert _answer(online, issuer.id, 0, NOW + after) == "valid"
    assert len(server.requests) == 1
    server.behave = good(issuer.list(NOW + TTL))
    for after in (TTL, TTL + HOUR):
        assert _answer(online, issuer.id, 0, NOW + after) == "valid"
    assert len(server.requests) == 2


def test_what_a_server_sees_does_not_depend_on_the_pass(
    tmp_path: Path, cache: Path | None, server: Server
) -> None:
    """Whichever pass of whichever issuer comes first, the same lists are fetched."""
    people = [Issuer(tmp_path) for _ in range(3)]
    seen: list[list[bytes]] = []
    for asked in ((0, 5), (0, 77), (1, 5), (2, 131_071), (1, SIZE + 9)):
        sources = {
            each.id: ListSource(each.key.public, f"{server.address}/lists", server.ca_file)
            for each in people
        }
        folder = None if cache is None else cache / f"{len(seen)}"
        lists = StatusLists(sources, cache=folder, patience=10 * SECOND)
        server.requests.clear()
        server.behave = NO_ANSWER
        who, place = asked
        _answer(lists, people[who].id, place)
        seen.append(list(server.requests))
    assert [request.split(b" ")[1].decode() for request in seen[0]] == [
        f"/lists/{each.id}.cwt" for each in people
    ]
    assert all(requests == seen[0] for requests in seen)
    assert not any(word in seen[0][0].lower() for word in (b"cookie", b"referer", b"?", b"python"))


def test_a_server_that_fails_is_left_alone_for_half_a_minute(
    issuer: Issuer, online: StatusLists, server: Server
) -> None:
    server.behave = NO_ANSWER
    for after in (0, 1, 15, 29):
        assert _answer(online, issuer.id, 0, NOW + after * SECOND) == "status_missing"
    assert len(server.requests) == 1
    server.behave = good(issuer.list())
    assert _answer(online, issuer.id, 0, NOW + 30 * SECOND) == "valid"
    assert len(server.requests) == 2


def test_a_server_that_has_recovered_is_not_left_alone(
    issuer: Issuer, online: StatusLists, server: Server
) -> None:
    server.behave = NO_ANSWER
    assert _answer(online, issuer.id, 0) == "status_missing"
    server.behave = good(issuer.list(ttl=5 * SECOND))
    assert online.refresh(NOW + SECOND) == {issuer.id: None}
    assert _answer(online, issuer.id, 0, NOW + 10 * SECOND) == "valid"
    assert len(server.requests) == 3


def test_a_slow_server_makes_people_wait_once(issuer: Issuer, server: Server) -> None:
    source = ListSource(issuer.key.public, server.address, server.ca_file)
    lists = StatusLists({issuer.id: source}, cache=None, patience=timedelta(seconds=0.2))
    server.behave = hang()
    assert _answer(lists, issuer.id, 0) == "status_missing"
    assert _answer(lists, issuer.id, 0, NOW + SECOND) == "status_missing"
    assert len(server.requests) <= 1


def test_lists_are_fetched_ahead_of_need(
    issuer: Issuer, online: StatusLists, server: Server
) -> None:
    server.behave = good(issuer.list())
    assert online.refresh(NOW) == {issuer.id: None}
    assert online.refresh(NOW + TTL / 2 - SECOND) == {}
    assert len(server.requests) == 1
    assert online.refresh(NOW + TTL / 2) == {issuer.id: None}
    assert online.refresh(NOW + TTL / 2, everything=True) == {issuer.id: None}
    assert len(server.requests) == 3
    assert _answer(online, issuer.id, 0, NOW + TTL * 3 / 2 - SECOND) == "valid"
    assert len(server.requests) == 3


def test_refreshing_tells_what_went_wrong_with_which_list(
    tmp_path: Path, issuer: Issuer, server: Server
) -> None:
    other = Issuer(tmp_path)
    sources = {
        issuer.id: ListSource(issuer.key.public, str(issuer.file.parent)),
        other.id: ListSource(other.key.public, server.address, server.ca_file),
    }
    lists = StatusLists(sources, cache=tmp_path / "lists", patience=10 * SECOND)
    reasons = []
    for publish in (
        lambda: None,
        lambda: issuer.publish(NOW + HOUR),
        lambda: issuer.publish(NOW - DAY, life=DAY),
        lambda: issuer.file.write_bytes(b"x"),
        issuer.publish,
    ):
        publish()
        outcomes = lists.refresh(NOW)
        reasons.append([None if each is None else each.reason for each in outcomes.values()])
    server.behave = good(other.list())
    assert lists.refresh(NOW) == {issuer.id: None, other.id: None}
    assert reasons == [
        ["file_missing", "list_not_fetched"],
        ["list_early", "list_not_fetched"],
        ["list_expired", "list_not_fetched"],
        ["list_malformed", "list_not_fetched"],
        [None, "list_not_fetched"],
    ]


def test_what_is_held_is_told_without_asking_anybody(
    issuer: Issuer, online: StatusLists, server: Server
) -> None:
    assert [each.state for each in online.held(NOW)] == ["status_missing"]
    assert server.requests == []
    server.behave = good(issuer.list(NOW - HOUR))
    online.refresh(NOW)
    [held] = online.held(NOW + MINUTE)
    assert (held.issuer, held.state) == (issuer.id, "good")
    assert held.location == f"{server.address}/{issuer.id}.cwt"
    assert (held.issued_at, held.fetched_at, held.ends_at) == (NOW - HOUR, NOW, NOW + TTL)
    assert [each.state for each in online.held(NOW + TTL)] == ["status_stale"]
    assert len(server.requests) == 1


def test_a_copy_outlives_the_process_with_the_time_of_fetching(
    issuer: Issuer, server: Server, tmp_path: Path
) -> None:
    source = ListSource(issuer.key.public, server.address, server.ca_file)
    cache = tmp_path / "home" / "lists"
    server.behave = good(issuer.list())
    fetched_at = NOW + timedelta(microseconds=123456)
    for after in (0 * HOUR, TTL - SECOND):
        lists = StatusLists({issuer.id: source}, cache=cache, patience=10 * SECOND)
        assert _answer(lists, issuer.id, 0, fetched_at + after) == "valid"
    assert len(server.requests) == 1
    [copy] = cache.iterdir()
    assert copy.name == f"{issuer.id}.cwt"
    assert copy.stat().st_mtime_ns == int(NOW.timestamp()) * 10**9 + 123456000
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    server.behave = NO_ANSWER
    lists = StatusLists({issuer.id: source}, cache=cache, patience=10 * SECOND)
    assert _answer(lists, issuer.id, 0, fetched_at + TTL) == "status_stale"


def test_a_copy_that_was_tampered_with_is_noticed_at_every_use(
    issuer: Issuer, server: Server, tmp_path: Path
) -> None:
    source = ListSource(issuer.key.public, server.address, server.ca_file)
    cache = tmp_path / "lists"
    lists = StatusLists({issuer.id: source}, cache=cache, patience=10 * SECOND)
    server.behave = good(issuer.list())
    assert _answer(lists, issuer.id, 0) == "valid"
    [copy] = cache.iterdir()
    server.behave = NO_ANSWER
    whole, times = copy.read_bytes(), (copy.stat().st_atime_ns, copy.stat().st_mtime_ns)
    copy.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    os.utime(copy, ns=times)
    assert _answer(lists, issuer.id, 0) == "status_malformed"
    copy.unlink()
    copy.mkdir()
    assert _answer(lists, issuer.id, 0, NOW + MINUTE) == "status_missing"
    copy.rmdir()
    # A copy of our own that is damaged keeps nobody from fetching a good one.
    copy.write_bytes(b"x")
    server.behave = good(whole)
    assert _answer(lists, issuer.id, 0, NOW + 2 * MINUTE) == "valid"


def test_a_list_that_cannot_be_kept_is_not_used(
    issuer: Issuer, server: Server, tmp_path: Path
) -> None:
    source = ListSource(issuer.key.public, server.address, server.ca_file)
    (tmp_path / "lists").write_bytes(b"a file where the folder should be")
    lists = StatusLists({issuer.id: source}, cache=tmp_path / "lists", patience=10 * SECOND)
    server.behave = good(issuer.list())
    assert _answer(lists, issuer.id, 0) == "status_missing"
    [problem] = lists.refresh(NOW + HOUR).values()
    assert problem is not None
    assert problem.reason in {"file_exists", "cannot_write", "folder_missing"}


def test_many_people_at_once_cause_one_request(
    issuer: Issuer, online: StatusLists, server: Server
) -> None:
    server.behave = good(issuer.list())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda place: _answer(online, issuer.id, place), range(24)))
    assert set(answers) == {"valid"}
    assert len(server.requests) == 1


def test_a_source_is_named_by_the_id_of_its_key(issuer: Issuer) -> None:
    with pytest.raises(InvalidArgument) as caught:
        StatusLists({"0123456789abcdef": ListSource(issuer.key.public, "x")}, cache=None)
    assert caught.value.reason == "bad_status_source"


def test_a_time_without_a_zone_is_refused(from_file: StatusLists, issuer: Issuer) -> None:
    naive = NOW.replace(tzinfo=None)
    for use in (
        lambda: from_file.require_valid(issuer.id, 0, now=naive),
        lambda: from_file.refresh(naive),
        lambda: from_file.held(naive),
    ):
        with pytest.raises(InvalidArgument) as caught:
            use()
        assert caught.value.reason == "naive_datetime"


def test_a_register_and_lists_answer_the_same_question(
    issuer: Issuer, from_file: StatusLists
) -> None:
    kept, lost = issuer.register.take(), issuer.register.take()
    issuer.register.call_back(lost)
    issuer.publish()
    for statuses in (issuer.register, from_file):
        assert _answer(statuses, issuer.id, kept) == "valid"
        assert _answer(statuses, issuer.id, lost) == "revoked"


def test_of_two_lists_of_one_second_the_one_that_calls_back_counts(
    issuer: Issuer, from_file: StatusLists
) -> None:
    place = issuer.register.take()
    issuer.publish()
    before = issuer.file.read_bytes()
    assert _answer(from_file, issuer.id, place) == "valid"
    issuer.register.call_back(place)
    issuer.publish()
    assert _answer(from_file, issuer.id, place) == "revoked"
    issuer.file.write_bytes(before)
    assert _answer(from_file, issuer.id, place) == "revoked"
