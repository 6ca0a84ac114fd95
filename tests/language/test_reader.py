"""The reader reads: plain messages rightly, odd ones without a fall, the same one the same way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Event, current_thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.language.encoder import Encoder
from bot.language.labels import INTENTS, LEVELS
from bot.language.reader import MOST_WINDOWS, WINDOW, Reader, windows
from bot.language.understanding import Understanding, understand

ODD = [
    "", " ", "\n", "\x00", "\x00\x00can i drive\x00", "👍", "😭😭😭", "🫠" * 300, "a" * 100_000, "can i drive " * 9_000,
    "\ud800", "\u202e\u200b\u200d", "/greet", "/restart", "[x](y)", "{}", "<script>", "0", "-1", "ｃａｎ ｉ ｄｒｉｖｅ",
    "ё" * 500, "¿puedo conducir?", "\u0301" * 50, "???", "." * 5_000, "a b c d e f g h i j k l m n o p",
]  # fmt: skip


def test_probabilities_are_probabilities(reader: Reader) -> None:
    reading = reader.read("can i drive tonight")
    assert {name for name, _ in reading.intents} == set(INTENTS) and set(reading.safety) == set(LEVELS)
    assert sum(chance for _, chance in reading.intents) == pytest.approx(1, abs=1e-4)
    assert sum(reading.safety.values()) == pytest.approx(1, abs=1e-4)
    chances = [chance for _, chance in reading.intents]
    assert chances == sorted(chances, reverse=True)
    assert reading.probability("ask_driving") == chances[0] and reading.probability("nonsense") == 0


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("can I drive home after my infusion", "ask_driving"),
        ("when can i have a glass of wine after", "ask_alcohol"),
        ("how many sessions will i need", "ask_number_of_sessions"),
        ("please stop texting me", "stop"),
        ("hello", "greet"),
        ("thank you so much", "thank"),
        ("how much does it cost", "out_of_scope"),
    ],
)
def test_plain_messages(reader: Reader, text: str, intent: str) -> None:
    assert reader.read(text).intents[0][0] == intent


@pytest.mark.parametrize(
    "text", ["i want to kill myself", "chest pain and i cant breathe", "he took all the pills"]
)
def test_plain_danger_is_worrying(reader: Reader, text: str) -> None:
    assert reader.read(text).worry > 0.5


@pytest.mark.parametrize(
    "text", ["can i drive tonight", "dying for a burger lol", "what time is it", "thanks"]
)
def test_plain_talk_is_not(reader: Reader, text: str) -> None:
    assert reader.read(text).worry < 0.5


def test_the_question_just_asked_counts(reader: Reader) -> None:
    asked = "Any thoughts of suicide or self-harm since we last spoke? yes / no"
    assert reader.read("yes", asked).worry > 0.5 > reader.read("yes").worry


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_texts(reader: Reader, text: str) -> None:
    for context in (None, text, "How are you?"):
        assert reader.read(text, context).intents
        assert isinstance(understand(text, context, reader), Understanding)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.characters(), max_size=80))
def test_any_text(reader: Reader, text: str) -> None:
    got = understand(text, None, reader)
    assert not (got.answers and got.ask_back)


def test_company_changes_nothing(reader: Reader) -> None:
    """A message reads the same alone and among others; int8 in batches would not keep that."""
    rows: list[tuple[str, str | None]] = [
        ("can i drive", None),
        ("a long message about nothing at all " * 5, None),
    ]
    alone = Reader(reader.encoder, reader.heads).read("can i drive")
    among = Reader(reader.encoder, reader.heads).read_many(rows)[0]
    assert among.safety == pytest.approx(alone.safety, abs=1e-5)
    assert dict(among.intents) == pytest.approx(dict(alone.intents), abs=1e-5)


def test_order_is_kept_and_nothing_is_remembered_wrongly(reader: Reader) -> None:
    rows: list[tuple[str, str | None]] = [
        ("hello", None),
        ("i feel sick", None),
        ("hello", None),
        ("2", "mood 0-10"),
    ]
    first, second = reader.read_many(rows), reader.read_many(list(reversed(rows)))
    assert first == list(reversed(second)) and first[0] == first[2] != first[1]
    assert reader.read("2") != reader.read("2", "mood 0-10")


STORY = (
    "On Saturday we took the train to the coast with my cousin and her two boys. The weather was better than they had "
    "said. We had fish for lunch, and the boys found a crab and wanted to take it home. My cousin said that it had a "
    "family to go back to. In the afternoon it rained for an hour, so we looked at the museum with the old boats. I "
    "bought a postcard for my neighbor, who waters my tomatoes. We were home at nine and everybody slept in the car. "
)


def test_the_end_of_a_long_message_is_read(reader: Reader) -> None:
    story = STORY * 3
    assert reader.read(story).worry < 0.5 < reader.read(story + "Tonight I am going to kill myself.").worry


def test_the_chance_of_an_intent(reader: Reader) -> None:
    """That of the message; of a long one, that of its piece that has most of it, where the mean would hide it."""
    short = "I want to kill myself"
    assert reader.chance_of("safety", [(short, None)]) == pytest.approx(
        reader.read(short).probability("safety"), abs=1e-5
    )
    long = STORY * 3 + short
    chance = reader.chance_of("safety", [("hello", None), (long, None)])
    assert chance > 1.5 * reader.read(long).probability("safety")
    assert reader.chance_of("safety", []) == 0.0


def test_windows_hold_every_word_of_an_accepted_message() -> None:
    text = " ".join(f"word{number}" for number in range(620))[:5000]
    pieces = windows(text)
    assert " ".join(pieces).split() == text.split()
    assert all(len(piece) <= WINDOW for piece in pieces) and len(pieces) <= MOST_WINDOWS
    assert len(windows("a" * 100_000)) == MOST_WINDOWS and windows("") == [""]


def test_loading_brings_no_heavy_library() -> None:
    """The web process imports this room: no Rasa, no TensorFlow, no scikit-learn, no pandas, no scipy."""
    heavy = ("rasa", "tensorflow", "sklearn", "pandas", "scipy", "torch")
    code = (
        "import sys, bot.language.reader, bot.language.understanding; "
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    out = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


class _Counting(Encoder):
    """The real encoder, which counts how often it is asked."""

    asked = 0

    def encode(self, rows):
        self.asked += len(rows)
        return super().encode(rows)


@pytest.mark.parametrize(
    ("text", "question"), [("can i drive tonight", None), ("2", "How is your mood today?")]
)
def test_what_one_reader_made_of_a_message_another_one_need_not_make(reader: Reader, text, question) -> None:
    first, second = Reader(reader.encoder, reader.heads), Reader(_Counting(), reader.heads)
    assert first.recall(text, question) is None  # nothing was read yet
    read = first.read(text, question)
    handed = first.recall(text, question)
    assert handed is not None and second.remember(text, question, handed)
    assert second.read(text, question) == read
    assert second.encoder.asked == 0


def test_what_was_made_of_something_else_is_not_taken_over(reader: Reader) -> None:
    reader.read("can i drive tonight")
    handed = reader.recall("can i drive tonight")
    assert handed is not None
    other = Reader(_Counting(), reader.heads)
    assert not other.remember("can i drive today", None, handed)
    assert not other.remember("can i drive tonight", "How is your mood today?", handed)
    assert not other.remember("can i drive tonight", "", handed[:-4])
    assert not other.remember("can i drive tonight", None, b"")
    other.encoder.checksum = "of another encoder"
    assert not other.remember("can i drive tonight", None, handed)
    assert other.read("can i drive today") == reader.read("can i drive today")
    assert other.encoder.asked == 1


def test_a_long_message_is_not_handed_over(reader: Reader) -> None:
    long = "can i drive tonight? " * 40
    assert len(long) > WINDOW
    reader.read(long)
    assert reader.recall(long) is None


def test_what_was_begun_beside_is_not_encoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(Encoder.shared(), Reader.load().heads)
    encoded: list[str] = []
    encode = Encoder.encode

    def counted(self: Encoder, rows: list[tuple[str, str | None]]) -> Any:
        encoded.extend(text for text, _ in rows)
        return encode(self, rows)

    monkeypatch.setattr(Encoder, "encode", counted)
    for _ in range(20):
        reader.begin("can i have soup tonight")
    begun = reader.read("can i have soup tonight")
    assert reader.read("can i have soup tonight") == begun
    assert encoded == ["can i have soup tonight"]
    assert begun == Reader.load().read("can i have soup tonight")


def test_without_a_thread_to_begin_in_it_is_encoded_when_it_is_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def none_left(*_: Any) -> None:
        raise RuntimeError("can't start new thread")

    reader = Reader(Encoder.shared(), Reader.load().heads)
    monkeypatch.setattr(reader._beside, "submit", none_left)
    reader.begin("may i take the bus home")
    assert reader.read("may i take the bus home") == Reader.load().read("may i take the bus home")
    assert "may i take" not in caplog.text


def test_what_failed_beside_fails_where_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Encoder, rows: Any) -> Any:
        raise ValueError("broken")

    reader = Reader(Encoder.shared(), Reader.load().heads)
    with monkeypatch.context() as patched:
        patched.setattr(Encoder, "encode", broken)
        reader.begin("is it ok to nap")
        with pytest.raises(ValueError, match="broken"):
            reader.read("is it ok to nap")
    assert reader.read("is it ok to nap") == Reader.load().read("is it ok to nap")


def test_who_asks_for_what_hangs_beside_does_not_hang_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that stands still in native code holds up nobody, not even those who write the very same words."""
    released, here = Event(), []
    encode = Encoder.encode

    def stuck_beside(self: Encoder, rows: list[tuple[str, str | None]]) -> Any:
        if current_thread().name.startswith("encoder"):
            released.wait(10)
        else:
            here.extend(text for text, _ in rows)
        return encode(self, rows)

    expected = [Reader.load().read(text) for text in THREE]
    monkeypatch.setattr(Encoder, "encode", stuck_beside)
    monkeypatch.setattr("bot.language.reader.PATIENCE", 0.05, raising=False)
    reader = Reader(Encoder.shared(), Reader.load().heads)
    try:
        for text in THREE:
            reader.begin(text)
        assert [reader.read(text) for text in THREE] == expected
        assert here == THREE
    finally:
        released.set()


THREE = ["may i swim today", "may i sing today", "may i ski today"]
