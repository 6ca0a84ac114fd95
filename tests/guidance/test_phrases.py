"""Everything else that is said: complete, short, easy to read, never asking for a word that carriers take."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.clinic.settings import Clinic
from bot.guidance.errors import UnknownPhrase, WrongFields
from bot.guidance.gsm7 import is_gsm7, segments, septets
from bot.guidance.phrases import PLAIN, Phrases
from tests.guidance.reading_grade import grade

KEYS = [
    "first_contact",
    "greet",
    "goodbye",
    "thank",
    "affirm",
    "deny",
    "bot_challenge",
    "help",
    "mood_good",
    "mood_bad",
    "human",
    "stop",
    "started_again",
    "not_covered",
    "question_passed_on",
    "question_not_passed_on",
    "ask_back",
    "ask_when",
    "two_answers",
    "turn_failed",
    "unsigned",
    "empty_message",
    "too_long",
    "emoji_only",
    "media",
    "crisis_reminder",
    "check_in_start",
    "check_in_mood",
    "check_in_side_effects",
    "check_in_sleep",
    "check_in_safety",
    "check_in_word",
    "check_in_lead_on",
    "check_in_late",
    "check_in_noted",
    "check_in_same",
    "check_in_corrected",
    "check_in_corrected_sober",
    "check_in_not_clear",
    "check_in_again_mood",
    "check_in_again_side_effects",
    "check_in_again_sleep",
    "check_in_again_safety",
    "check_in_again_phq",
    "check_in_again_word",
    "check_in_done",
    "check_in_side_effects_a_lot",
    "check_in_paused",
    "check_in_start_sober",
    "check_in_left_open",
    "crisis",
    "crisis_es",
    "emergency",
    "emergency_es",
    "overdose",
    "overdose_es",
    "emergency_and_crisis",
    "emergency_and_crisis_es",
    "being_harmed",
    "being_harmed_es",
    "being_harmed_emergency",
    "being_harmed_emergency_es",
    "urgent",
    "unassessed",
    "not_said",
]
SAFETY = ("crisis", "emergency", "overdose", "emergency_and_crisis")
NEUTRAL = ("being_harmed", "being_harmed_emergency")
SPANISH = tuple(f"{key}_es" for key in (*SAFETY, *NEUTRAL))
SHIFTS = ("on_shift", "off_shift", "not_told")
CARRIER_WORDS = r"\b(STOP|END|QUIT|CANCEL|UNSUBSCRIBE|STOPALL|REVOKE|OPTOUT|YES|HELP|INFO)\b"


def every_text(phrases: Phrases, key: str, channel: str, clinic: Clinic) -> dict[str, str]:
    """Variant to what is said, with made-up fields."""
    phrase = phrases.phrase(key)
    fields = dict.fromkeys(phrase.fields, "driving")
    return {variant: phrases.say(key, channel, clinic, variant, **fields) for variant in phrase.texts}


@pytest.mark.parametrize("key", KEYS)
def test_every_phrase_fits_and_reads_easily(key: str, phrases: Phrases, clinic: Clinic) -> None:
    for text in every_text(phrases, key, "web", clinic).values():
        assert 0 < len(text) <= 600 and "{" not in text
        assert key in SPANISH or key == "two_answers" or grade(text) <= 8, (grade(text), text)
    for text in every_text(phrases, key, "sms", clinic).values():
        assert is_gsm7(text) and 0 < septets(text) <= 306 and "{" not in text
        assert key in SPANISH or key == "two_answers" or grade(text) <= 8, (grade(text), text)


def test_phrases_of_every_file_are_gsm7_and_short(phrases: Phrases, clinic: Clinic) -> None:
    for key in phrases.phrases:
        for text in every_text(phrases, key, "sms", clinic).values():
            assert segments(text) <= 2, key


@pytest.mark.parametrize("key", [*SAFETY, *SPANISH, *NEUTRAL, "not_said"])
def test_safety_texts_fit_one_segment(key: str, phrases: Phrases, clinic: Clinic) -> None:
    for text in every_text(phrases, key, "sms", clinic).values():
        assert segments(text) == 1, (septets(text), text)


@pytest.mark.parametrize(
    "key", [*SAFETY, *SPANISH, *NEUTRAL, "urgent", "unassessed", "mood_bad", "check_in_done"]
)
def test_safety_texts_wait_for_a_clinicians_signature(key: str, phrases: Phrases) -> None:
    assert phrases.phrase(key).review == "needed"


@pytest.mark.parametrize(
    "key",
    [
        "crisis",
        "crisis_es",
        "overdose",
        "overdose_es",
        "emergency_and_crisis",
        "emergency_and_crisis_es",
        "not_said",
    ],
)
@pytest.mark.parametrize("channel", ["web", "sms"])
@pytest.mark.parametrize("variant", SHIFTS)
def test_a_crisis_text_names_988_911_and_the_clinic(
    key: str, channel: str, variant: str, phrases: Phrases, clinic: Clinic
) -> None:
    text = phrases.say(key, channel, clinic, variant)
    assert "988" in text and "911" in text
    assert clinic.phone in text or clinic.after_hours_phone in text


@pytest.mark.parametrize(
    "key",
    [
        "emergency",
        "overdose",
        "emergency_and_crisis",
        "emergency_es",
        "overdose_es",
        "emergency_and_crisis_es",
    ],
)
@pytest.mark.parametrize("channel", ["web", "sms"])
@pytest.mark.parametrize("variant", SHIFTS)
def test_an_emergency_text_leads_with_911(
    key: str, channel: str, variant: str, phrases: Phrases, clinic: Clinic
) -> None:
    text = phrases.say(key, channel, clinic, variant)
    assert text.index("911") < 65
    assert "911" not in text[: text.index("911")]
    assert ("988" not in text) or text.index("911") < text.index("988")
    assert re.search(r"[Uu]nlock|sin seguro", text)


@pytest.mark.parametrize(
    "key",
    [
        "emergency",
        "overdose",
        "emergency_es",
        "overdose_es",
        "emergency_and_crisis",
        "emergency_and_crisis_es",
        "being_harmed_emergency",
        "being_harmed_emergency_es",
        "follow_up_call_now",
        "follow_up_call_now_es",
    ],
)
@pytest.mark.parametrize("channel", ["web", "sms"])
def test_whoever_is_told_to_call_911_is_told_not_to_drive(
    key: str, channel: str, phrases: Phrases, clinic: Clinic
) -> None:
    for text in every_text(phrases, key, channel, clinic).values():
        assert "No maneje" in text if key.endswith("_es") else "Do not drive" in text
        assert channel == "web" or segments(text) == 1, (septets(text), text)


@pytest.mark.parametrize(
    ("key", "channel", "words"),
    [
        ("emergency", "web", "someone else"),
        ("emergency", "sms", "whoever is ill"),
        ("emergency_es", "web", "otra persona"),
        ("emergency_es", "sms", "quien esté mal"),
        ("overdose", "web", "someone else"),
        ("overdose", "sms", "was taken"),
        ("overdose_es", "web", "otra persona"),
        ("overdose_es", "sms", "ha tomado"),
        ("emergency_and_crisis", "web", "someone else"),
        ("emergency_and_crisis", "sms", "whoever is ill"),
        ("emergency_and_crisis_es", "web", "otra persona"),
        ("emergency_and_crisis_es", "sms", "con alguien"),
    ],
)
def test_an_emergency_text_fits_who_writes_for_somebody_else(
    key: str, channel: str, words: str, phrases: Phrases, clinic: Clinic
) -> None:
    """ "He won't wake up": nothing in the text takes the reader for the one who is ill."""
    for text in every_text(phrases, key, channel, clinic).values():
        assert words in text
        assert not re.search(r"you feel|you took|se sienta|\btomó\b", text), text


@pytest.mark.parametrize("key", [*SAFETY, "urgent", "human", "first_contact"])
@pytest.mark.parametrize("channel", ["web", "sms"])
def test_without_word_of_a_shift_nobody_is_promised(
    key: str, channel: str, phrases: Phrases, clinic: Clinic
) -> None:
    unsaid = phrases.say(key, channel, clinic)
    assert unsaid == phrases.say(key, channel, clinic, "off_shift")
    assert unsaid != phrases.say(key, channel, clinic, "on_shift")
    assert clinic.after_hours_phone in unsaid


@pytest.mark.parametrize("channel", ["web", "sms"])
@pytest.mark.parametrize("key", [*SAFETY, *(f"{key}_es" for key in SAFETY)])
def test_it_is_said_whether_somebody_is_on_shift(
    key: str, channel: str, phrases: Phrases, clinic: Clinic
) -> None:
    """In words, not by the number alone. One text has no room for it (docs/safety.md)."""
    absent = r"[Nn]o hay nadie de turno" if key.endswith("_es") else r"[Nn]obody is on shift"
    there = (
        r"alguien de turno|[Ee]quipo de turno|avisando a nuestro equipo"
        if key.endswith("_es")
        else r"on shift|being told|am telling|is told"
    )
    off, on = (phrases.say(key, channel, clinic, variant) for variant in ("off_shift", "on_shift"))
    if (key, channel) == ("overdose_es", "sms"):
        assert "turno" not in off + on and "equipo" not in off + on, "it promises nobody"
        return
    assert re.search(absent, off), off
    assert not re.search(absent, on) and re.search(there, on), on


@pytest.mark.parametrize("key", [*SAFETY, *NEUTRAL])
@pytest.mark.parametrize("channel", ["web", "sms"])
def test_who_could_tell_nobody_says_so(key: str, channel: str, phrases: Phrases, clinic: Clinic) -> None:
    text = phrases.say(key, channel, clinic, "not_told")
    assert not re.search(r"(being|is) told|get an alert|am (telling|alerting)|has it|will read", text)
    assert clinic.after_hours_phone in text


@pytest.mark.parametrize("key", [*NEUTRAL, *(f"{key}_es" for key in NEUTRAL)])
@pytest.mark.parametrize("channel", ["web", "sms"])
def test_the_text_for_a_shared_phone_tells_nothing(
    key: str, channel: str, phrases: Phrases, clinic: Clinic
) -> None:
    for text in every_text(phrases, key, channel, clinic).values():
        assert not re.search(
            r"hurt|harm|safe|abuse|violen|partner|danger|crisis|988|door|puerta|peligro|daño|ketamin",
            text,
            re.I,
        )


@pytest.mark.parametrize("key", ["being_harmed_emergency", "being_harmed_emergency_es"])
@pytest.mark.parametrize("channel", ["web", "sms"])
def test_whoever_is_harmed_and_ill_is_sent_to_the_ambulance_first(
    key: str, channel: str, phrases: Phrases, clinic: Clinic
) -> None:
    for text in every_text(phrases, key, channel, clinic).values():
        assert text.index("911") < 65
        assert clinic.after_hours_phone in text


@pytest.mark.parametrize("key", ["emergency_and_crisis", "emergency_and_crisis_es"])
@pytest.mark.parametrize("channel", ["web", "sms"])
def test_nobody_is_asked_what_they_took_who_took_nothing(
    key: str, channel: str, phrases: Phrases, clinic: Clinic
) -> None:
    for text in every_text(phrases, key, channel, clinic).values():
        assert not re.search(r"taken|took|tomado", text), text


@pytest.mark.parametrize("key", KEYS)
def test_no_phrase_asks_for_a_word_that_carriers_take(key: str, phrases: Phrases, clinic: Clinic) -> None:
    for text in every_text(phrases, key, "sms", clinic).values():
        asked = re.findall(r"(?:[Rr]eply|[Tt]ext|[Aa]nswer|[Ss]end)(?: with)? \"?(\w+)", text)
        assert not [word for word in asked if re.fullmatch(CARRIER_WORDS, word, re.I) and word != "STOP"], (
            text
        )
        # STOP is named where the law wants it: how to end texts.
        assert ("STOP" in text) is (key in ("first_contact", "started_again")), text


@pytest.mark.parametrize(
    "key, payloads",
    [
        ("ask_back", ["1", "2", "3"]),
        ("ask_when", ["1", "2", "3", "4"]),
        ("not_covered", ["1", "2"]),
        ("check_in_side_effects", ["1", "2", "3"]),
        ("check_in_mood", [str(number) for number in range(11)]),
        ("check_in_word", ["skip"]),
        ("crisis", []),
    ],
)
def test_a_button_sends_what_sms_asks_for(
    key: str, payloads: list[str], phrases: Phrases, clinic: Clinic
) -> None:
    buttons = phrases.buttons(key, first="Driving", second="Exercise and sport")
    assert [one.payload for one in buttons] == payloads
    assert all(0 < len(one.title) <= 24 for one in buttons)
    text = next(iter(every_text(phrases, key, "sms", clinic).values()))
    if key != "check_in_mood":
        assert all(re.search(rf"\b{payload}\b", text) for payload in payloads)


def test_asking_back_names_both_topics(phrases: Phrases, clinic: Clinic) -> None:
    text = phrases.say("ask_back", "sms", clinic, first="driving", second="drinking alcohol")
    assert "1 driving, 2 drinking alcohol, or 3 something else" in text
    titles = [one.title for one in phrases.buttons("ask_back", first="driving", second="Drinking alcohol")]
    assert titles == ["Driving", "Drinking alcohol", "Something else"]


def test_a_value_in_braces_is_text(phrases: Phrases, clinic: Clinic) -> None:
    text = phrases.say("ask_back", "web", clinic, first="{phone}", second="{first}")
    assert "{phone}" in text and "{first}" in text and clinic.phone not in text


def test_a_low_mood_is_never_cheered_at_and_gets_both_numbers(phrases: Phrases, clinic: Clinic) -> None:
    for channel in ("web", "sms"):
        low = phrases.say("check_in_done", channel, clinic, "low")
        assert not re.search(r"great|good to hear|glad|!", low, re.I)
        assert "988" in low and clinic.phone in low
        assert (
            len({phrases.say("check_in_done", channel, clinic, band) for band in ("low", "middle", "high")})
            == 3
        )


def test_two_answers_stand_apart(phrases: Phrases, clinic: Clinic) -> None:
    assert phrases.say("two_answers", "web", clinic, first="One.", second="Two.") == "One.\n\nTwo."


@pytest.mark.parametrize("channel", ["web", "sms"])
def test_the_reminder_in_a_crisis_names_the_ways_to_help(
    channel: str, phrases: Phrases, clinic: Clinic
) -> None:
    text = phrases.say("crisis_reminder", channel, clinic)
    assert all(number in text for number in (clinic.crisis_line, clinic.ambulance, clinic.after_hours_phone))


@pytest.mark.parametrize("channel", ["web", "sms"])
def test_a_phrase_may_name_the_rules_of_the_clinic(channel: str, guidance_copy: Path, clinic: Clinic) -> None:
    text = "  web: No driving {driving_rule}.\n  sms: No driving {driving_rule}.\n"
    file = guidance_copy / "phrases" / "more.yml"
    file.write_text(f"ride:\n  version: 1\n  review: needed\n{text}", encoding="utf-8")
    assert "once you have slept" in Phrases.load(guidance_copy).say("ride", channel, clinic)


def test_first_contact_says_what_it_is_and_who_reads(phrases: Phrases, clinic: Clinic) -> None:
    for channel in ("web", "sms"):
        for text in every_text(phrases, "first_contact", channel, clinic).values():
            assert "utomated" in text and clinic.name in text and "care team can read" in text


def test_wrong_keys_variants_and_fields_are_refused(phrases: Phrases, clinic: Clinic) -> None:
    with pytest.raises(UnknownPhrase, match="Did you mean 'crisis'"):
        phrases.say("crises", "web", clinic)
    with pytest.raises(UnknownPhrase, match="variant of the phrase 'crisis'"):
        phrases.say("crisis", "web", clinic, "onshift")
    with pytest.raises(WrongFields, match="first, second"):
        phrases.say("ask_back", "web", clinic, first="driving")
    with pytest.raises(WrongFields, match="none"):
        phrases.say("greet", "web", clinic, name="A")
    with pytest.raises(WrongFields, match="second"):
        phrases.buttons("ask_back", first="Driving")
    assert phrases.phrase("greet").default == PLAIN
