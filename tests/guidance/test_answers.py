"""What a patient reads: every topic in every phase and channel, and what travels with a rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product

import pytest

from bot.clinic.settings import Clinic
from bot.guidance.errors import UnknownTopic
from bot.guidance.fitting import misfits
from bot.guidance.gsm7 import segments, septets
from bot.guidance.library import TOPICS, Library
from bot.guidance.phases import Phase, phase_of
from bot.guidance.phrases import Phrases
from tests.guidance.asking import ASKED, CHANNELS, INFUSION, ask
from tests.guidance.reading_grade import grade

AFTER_HOURS, OPEN_HOURS = "(212) 555-0178", "(212) 555-0142"


@pytest.fixture(params=["next day", "24 hours", "72 hours"])
def any_clinic(request: pytest.FixtureRequest, make_clinic: Callable[..., Clinic]) -> Clinic:
    """Clinics of different rules."""
    if request.param == "next day":
        return make_clinic()
    rule = {"rule": "hours", "hours": int(request.param.split()[0])}
    return make_clinic(driving=rule, alcohol=rule)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_answer_fits_its_channel_and_reads_easily(
    topic: str, library: Library, any_clinic: Clinic
) -> None:
    for phase, channel in product(Phase, CHANNELS):
        text = ask(library, topic, phase, channel, any_clinic)
        assert "{" not in text and "  " not in text and "\n" not in text, text
        assert text[0].isupper() and len(text) > 60, text
        assert grade(text) <= 8, (phase, channel, grade(text), text)
        if channel == "web":
            assert len(text) <= 600, text
        else:
            assert septets(text) <= 306 and segments(text) <= 2, text


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_names_its_sources_and_can_be_called_by_a_button(topic: str, library: Library) -> None:
    entry = library.entry(topic)
    assert entry.sources
    assert len(entry.button) <= 24
    assert entry.title[0].islower()


def test_titles_and_buttons_differ(library: Library) -> None:
    entries = library.topics.values()
    assert len({one.title for one in entries}) == len({one.button for one in entries}) == len(TOPICS) == 35


@pytest.mark.parametrize("topic, phase, channel", list(product(TOPICS, Phase, CHANNELS)))
def test_no_answer_promises_a_benefit(
    topic: str, phase: Phase, channel: str, library: Library, clinic: Clinic
) -> None:
    text = ask(library, topic, phase, channel, clinic)
    assert not re.search(
        r"\b(cure[sd]?|guarantee|will (help|heal|work|feel better)|always works|100 ?%)", text, re.I
    ), text


@pytest.mark.parametrize("phase, channel", list(product(Phase, CHANNELS)))
def test_medications_carry_both_exceptions(
    phase: Phase, channel: str, library: Library, clinic: Clinic
) -> None:
    text = ask(library, "medications", phase, channel, clinic)
    assert "sedatives" in text
    assert "prescription pain medicine" in text
    assert re.search(r"unless your (ketamine )?specialist", text)


@pytest.mark.parametrize("phase, channel", list(product(Phase, CHANNELS)))
def test_prescription_pain_medicine_waits_unless_the_specialist_says_otherwise(
    phase: Phase, channel: str, library: Library, clinic: Clinic
) -> None:
    assert "unless your ketamine specialist" in ask(library, "pain_medication", phase, channel, clinic)


@pytest.mark.parametrize("topic", ["medications", "sedatives", "pain_medication"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_on_the_day_what_has_to_wait_waits_until_the_next_day_by_name(
    topic: str, channel: str, library: Library, clinic: Clinic
) -> None:
    assert "until tomorrow, Sunday" in ask(library, topic, Phase.SAME_DAY, channel, clinic)
    assert "the day after" in ask(library, topic, Phase.UNKNOWN, channel, clinic)


@pytest.mark.parametrize("phase, channel", list(product(Phase, CHANNELS)))
def test_nausea_says_when_to_call_and_whom(
    phase: Phase, channel: str, library: Library, clinic: Clinic
) -> None:
    text = ask(library, "nausea", phase, channel, clinic)
    assert re.search(r"call us", text)
    if phase in (Phase.BEFORE, Phase.SAME_DAY, Phase.UNKNOWN):
        assert "does not pass" in text
    expected = AFTER_HOURS if phase in (Phase.SAME_DAY, Phase.NEXT_DAY) else OPEN_HOURS
    assert expected in text, "the number of this hour"


@pytest.mark.parametrize("topic", ["dizziness", "sedation", "side_effects", "recovery_time", "nausea"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_what_should_be_over_by_now_is_sent_to_the_clinic(
    topic: str, channel: str, library: Library, clinic: Clinic
) -> None:
    text = ask(library, topic, Phase.LATER, channel, clinic)
    assert re.search(r"later than (our guidance|it) describes", text)
    assert OPEN_HOURS in text


@pytest.mark.parametrize("channel", CHANNELS)
def test_before_the_infusion_driving_is_about_the_way_home(
    channel: str, library: Library, clinic: Clinic
) -> None:
    assert "plan a ride home" in ask(library, "driving", Phase.BEFORE, channel, clinic)


@pytest.mark.parametrize(
    "topics", [("driving", "decisions", "alcohol", "medications", "sedatives", "pain_medication")]
)
def test_the_phase_is_asked_for_where_a_wrong_one_would_harm(
    topics: tuple[str, ...], library: Library
) -> None:
    assert {name for name, entry in library.topics.items() if entry.time_matters} == set(topics)


def test_questions_about_before_are_told_apart(library: Library) -> None:
    about_before = {name for name, entry in library.topics.items() if entry.about_before}
    assert about_before == {"preparation", "fasting", "substances_before", "intentions", "during_session"}


@pytest.mark.parametrize("topic", ["preparation", "fasting", "substances_before"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_about_before_without_a_coming_infusion_speaks_of_the_next_one(
    topic: str, channel: str, library: Library, clinic: Clinic
) -> None:
    assert ask(library, topic, Phase.NEXT_DAY, channel, clinic).startswith("For your next infusion")


def test_an_answer_says_what_it_is(library: Library, clinic: Clinic) -> None:
    now = ASKED[Phase.NEXT_DAY]
    answer = library.answer("nausea", phase_of(now, [INFUSION], clinic), "sms", clinic, now)
    entry = library.entry("nausea")
    assert (answer.topic, answer.phase, answer.version) == ("nausea", Phase.NEXT_DAY, entry.version)
    assert (answer.hash, answer.sources) == (library.signed_as("nausea", clinic), entry.sources)
    assert len(answer.hash) == 64


def test_a_signature_covers_the_rules_of_the_clinic_that_the_answer_tells(
    library: Library, make_clinic: Callable[..., Clinic]
) -> None:
    usual = make_clinic()
    by_hours = make_clinic(driving={"rule": "hours", "hours": 24})
    longer = make_clinic(driving={"rule": "hours", "hours": 48})
    mornings = make_clinic(same_day={"until": "07:00", "at_least_hours": 12})
    unused = make_clinic(driving={"rule": "next_day_after_sleep", "hours": 48})

    def signed(topic: str, *clinics: Clinic) -> int:
        return len({library.signed_as(topic, clinic) for clinic in clinics})

    assert signed("driving", usual, by_hours, longer, mornings) == 4
    assert signed("driving", usual, unused) == 1, "hours count under their own rule only"
    assert signed("nausea", usual, by_hours, longer, mornings) == 1, "it tells no rule"
    assert signed("alcohol", usual, by_hours) == 1 and signed("alcohol", usual, mornings) == 2
    assert signed("decisions", usual, mornings) == 2, "it names the next day"
    told = {topic: library.entry(topic).rules for topic in ("driving", "alcohol", "nausea")}
    assert told == {"driving": ("driving", "same_day"), "alcohol": ("alcohol", "same_day"), "nausea": ()}


def test_an_unknown_topic_is_named_with_its_neighbour(library: Library) -> None:
    with pytest.raises(UnknownTopic, match="Did you mean 'driving'"):
        library.entry("drivin")


def test_a_clinic_with_a_long_name_is_told_which_texts_grow_too_long(
    library: Library, phrases: Phrases, make_clinic: Callable[..., Clinic]
) -> None:
    assert misfits(make_clinic(), library, phrases) == []
    found = misfits(make_clinic(name="The Clinic " * 12), library, phrases)
    assert found and all("first_contact" in line or "guidance/phrases" in line for line in found)


def test_text_messages_stay_gsm7_whatever_the_clinic_is_called(
    phrases: Phrases, make_clinic: Callable[..., Clinic]
) -> None:
    clinic = make_clinic(name="Clínica “Añil” – Río")
    assert 'Clinica "Añil" - Rio' in phrases.say("first_contact", "sms", clinic)
    assert "Clínica “Añil” – Río" in phrases.say("first_contact", "web", clinic)
