"""The event stream: resumed without gap or double, bounded, freed."""

from __future__ import annotations

import random
import threading
import time

import httpx
import pytest


def test_a_stream_brings_what_was_and_what_comes(visit):
    ada = visit()
    ada.send("One")
    stream = ada.follow()
    assert [next(stream)["data"]["text"] for _ in range(2)] == ["One", "Echo: One"]
    ada.send("Two")
    assert [next(stream)["data"]["text"] for _ in range(2)] == ["Two", "Echo: Two"]


def test_the_id_of_an_event_is_its_seq_and_resumes_after_it(visit):
    ada = visit()
    ada.send("One")
    ada.send("Two")
    stream = ada.follow()
    events = [next(stream) for _ in range(4)]
    assert [int(event["id"]) for event in events] == [event["data"]["seq"] for event in events]
    resumed = ada.follow(after=events[1]["id"])
    assert [next(resumed)["id"] for _ in range(2)] == [event["id"] for event in events[2:]]
    by_query = httpx.get(f"{ada.http.base_url}/web/messages", params={"after": events[2]["id"]}, headers=ada.headers)
    assert [str(line["seq"]) for line in by_query.json()["messages"]] == [events[3]["id"]]


@pytest.mark.parametrize("after", ["999999999", "-1", "abc", "9" * 5000, "1e3"])
def test_an_odd_position_loses_nothing_that_is_yet_to_come(visit, after):
    ada = visit()
    ada.send("Before")
    ada.wait_for(2)
    with Reader(ada.follow(after=after)) as reader:
        time.sleep(0.2)
        ada.send("After")
        reader.wait_for("Echo: After")
    assert reader.texts[-2:] == ["After", "Echo: After"]


def test_a_stream_answers_with_the_headers_that_proxies_need(visit):
    with visit().stream() as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "no-cache" in answer.headers["cache-control"]
        assert answer.headers["x-accel-buffering"] == "no"
        assert next(answer.iter_lines()).startswith("retry: ")


def test_a_silent_stream_pings_within_15_s(visit):
    started = time.monotonic()
    with visit().stream(timeout_s=20) as answer:
        assert any(line.startswith(": ping") for line in answer.iter_lines())
    assert time.monotonic() - started < 15


def test_typing_shows_and_hides(bot, visit):
    bot.pause_s = 0.3
    ada = visit()
    stream = ada.follow()
    ada.send("Hello")
    seen = [next(stream) for _ in range(4)]
    shown = [event["data"].get("on", event["data"].get("text")) for event in seen]
    assert shown in (["Hello", True, False, "Echo: Hello"], ["Hello", True, "Echo: Hello", False])


def test_a_reader_that_breaks_off_at_random_sees_each_line_once(bot, visit):
    ada = visit()
    dice = random.Random(7)
    seen: list[int] = []
    count = 40

    def write():
        for number in range(count):
            ada.send(f"{number}")
            time.sleep(dice.random() * 0.02)

    writer = threading.Thread(target=write)
    writer.start()
    deadline = time.monotonic() + 30
    while len(seen) < 2 * count and time.monotonic() < deadline:
        wanted = dice.randrange(1, 12)
        for event in ada.follow(after=seen[-1] if seen else None):
            seen.append(event["data"]["seq"])
            wanted -= 1
            if wanted == 0 or len(seen) == 2 * count:
                break
    writer.join()
    log = [line["seq"] for line in _all_lines(ada)]
    assert seen == log
    assert len(log) == 2 * count


def test_two_tabs_see_the_same_lines(visit):
    ada = visit()
    with Reader(ada.follow(tab="tab-one-1")) as one, Reader(ada.follow(tab="tab-two-2")) as two:
        time.sleep(0.2)
        ada.send("Hello")
        one.wait_for("Echo: Hello")
        two.wait_for("Echo: Hello")
    assert one.texts == two.texts == ["Hello", "Echo: Hello"]


def test_a_visitor_may_have_six_streams_and_a_closed_one_makes_room(bot, visit):
    ada = visit()
    opened = [ada.stream() for _ in range(6)]
    for stream in opened:
        assert stream.__enter__().status_code == 200
    with ada.stream() as refused:
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
    with visit().stream() as other:
        assert other.status_code == 200
    for stream in opened:
        stream.__exit__(None, None, None)
    _wait_until(lambda: len(bot.adapter._streams) == 0)
    with ada.stream() as again:
        assert again.status_code == 200
    assert bot.observed["rate_limited_total"] == 1


def test_a_tab_that_comes_back_takes_its_own_place(bot, visit):
    ada = visit()
    opened = [ada.stream(tab="same-tab-1") for _ in range(8)]
    for stream in opened:
        assert stream.__enter__().status_code == 200
    _wait_until(lambda: len(bot.adapter._streams) == 1)
    for stream in opened:
        stream.__exit__(None, None, None)


def test_the_server_bears_so_many_streams_in_all(make_bot):
    from botcore_web import WebSettings

    bot = make_bot(WebSettings(max_streams=3))
    with httpx.Client(base_url=bot.url) as client:
        tokens = [client.post("/web/sessions", json={}).json()["token"] for _ in range(4)]
        opened = [client.stream("GET", "/web/events", headers={"Authorization": f"Bearer {t}"}) for t in tokens]
        assert [stream.__enter__().status_code for stream in opened] == [200, 200, 200, 429]
        for stream in opened:
            stream.__exit__(None, None, None)


def test_streams_end_when_the_bot_stops_and_go_on_after_it_is_back(bot, visit):
    ada = visit()
    ada.send("One")
    seen = [event["data"] for event in _take(ada.follow(), 2)]
    with Reader(ada.follow(after=seen[-1]["seq"])) as reader:
        time.sleep(0.2)
        bot.restart()
    assert reader.texts == []
    ada.send("Two")
    assert [event["data"]["text"] for event in _take(ada.follow(after=seen[-1]["seq"]), 2)] == ["Two", "Echo: Two"]


class Reader:
    """Reads a stream in a thread; leaving the block waits for its end or for the last text that was waited for."""

    def __init__(self, stream):
        self.texts = []
        self._stream = stream
        self._last = None
        self._thread = threading.Thread(target=self._read, daemon=True)

    def _read(self):
        for event in self._stream:
            if event["event"] == "message":
                self.texts.append(event["data"]["text"])
            if self._last in self.texts:
                return

    def wait_for(self, text):
        self._last = text

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._thread.join(10)
        assert not self._thread.is_alive(), "the stream neither ended nor brought what was waited for"


def _take(stream, count):
    return [next(stream) for _ in range(count)]


def _all_lines(visitor):
    lines, page = [], {"more": True}
    while page["more"]:
        page = visitor.history(after=lines[-1]["seq"] if lines else 0)
        lines += page["messages"]
    return lines


def _wait_until(holds, timeout_s=10):
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.02)
