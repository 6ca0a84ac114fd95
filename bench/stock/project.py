"""Writes a Rasa project as `rasa init` and the documentation set one up, with our topics, wording and data.

Pipeline and policies are read from the default that Rasa 3.6 itself ships (`default_config.yml`): what a project gets
that chooses none. Topics are rules with a response each ("Handling FAQs"), the check-in is a form whose answers a
custom action validates and stores ("Forms", "Action Server"), trackers go to PostgreSQL ("Tracker Stores"), patients
write to the REST channel.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timezone
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from bot.clinic.checking import TextLoader
from bot.clinic.paths import ROOT
from bot.clinic.settings import load_clinic
from bot.guidance.library import TOPICS, Library
from bot.guidance.phases import Phase, Placement
from bot.guidance.phrases import Phrases
from bot.language.training_data import load_training

PROJECT = ROOT / ".cache" / "bench" / "stock"
TALK = (
    "greet",
    "goodbye",
    "thank",
    "bot_challenge",
    "help",
    "mood_good",
    "mood_bad",
    "affirm",
    "deny",
    "human",
    "stop",
)
FORM = "check_in_form"
FORM_INTENT = "checkin"
FIRST_QUESTION = "From 0 (very low) to 10 (very good): how is your mood?"
ITEMS = ("mood", "side_effects", "sleep", "safety", "word")
ACTION_PORT, PORT = 18_471, 18_470
NOW = datetime(2026, 3, 3, 17, 0, tzinfo=timezone.utc)
"""For the wording of times in the answers; any moment would do."""


def write(folder: Path = PROJECT) -> str:
    """Write the project and give the hash of all that training sees."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    documents = {
        "config.yml": config(epochs=None),
        "domain.yml": _domain(),
        "data/rules.yml": _rules(),
        "data/stories.yml": _stories(),
        "endpoints.yml": _endpoints(),
        "credentials.yml": {"rest": None},
    }
    digest = hashlib.sha256()
    for name, content in documents.items():
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)
        (folder / name).write_text(text, encoding="utf-8")
        if name not in ("endpoints.yml", "credentials.yml"):
            digest.update(text.encode())
    nlu = _nlu()
    (folder / "data" / "nlu.yml").write_text(nlu, encoding="utf-8")
    digest.update(nlu.encode())
    return digest.hexdigest()


def config(epochs: int | None) -> dict[str, Any]:
    """Rasa's own default configuration; epochs: in place of its 100, or None."""
    shipped = (
        files("rasa.engine.recipes.config_files").joinpath("default_config.yml").read_text(encoding="utf-8")
    )
    found: dict[str, Any] = yaml.safe_load(shipped)
    found["assistant_id"] = "stock"
    for part in (*found["pipeline"], *found["policies"]):
        if epochs is not None and "epochs" in part:
            part["epochs"] = epochs
    return found


def _nlu() -> str:
    """Every labelled message, also those that answer a question: stock Rasa does not know the question."""
    by_intent: dict[str, dict[str, None]] = {}
    for example in load_training():
        # Square brackets mark entities in Rasa's format; a message is one line there.
        line = re.sub(r"[\[\]\s]+", " ", example.text).strip()
        if line:
            by_intent.setdefault(example.intent, {})[line] = None
    lines = ['version: "3.1"', "nlu:"]
    for intent, texts in by_intent.items():
        lines += [f"- intent: {intent}", "  examples: |"]
        lines += [f"    - {text}" for text in texts]
    return "\n".join(lines) + "\n"


def _domain() -> dict[str, Any]:
    ours = yaml.load((ROOT / "domain.yml").read_text(encoding="utf-8"), Loader=TextLoader)
    clinic, phrases, library = load_clinic(), Phrases.load(), Library.load()
    responses = {}
    for topic in TOPICS:
        text = library.answer(topic, Placement(Phase.UNKNOWN), "web", clinic, NOW).text
        responses[f"utter_ask_{topic}"] = [{"text": text}]
    for name in TALK:
        responses[f"utter_{name}"] = [{"text": phrases.say(name, "web", clinic)}]
    responses["utter_out_of_scope"] = [{"text": f"I cannot answer that. Please call {clinic.phone}."}]
    responses["utter_safety"] = [{"text": f"Please call {clinic.crisis_line} now."}]
    responses["utter_default"] = responses["utter_out_of_scope"]
    questions = {
        "mood": FIRST_QUESTION,
        "side_effects": "How strong are side effects? 1 none, 2 mild, 3 bad",
        "sleep": "How did you sleep? 1 well, 2 so-so, 3 badly",
        "safety": "Any thoughts of being better off dead, or of hurting yourself? 1 no, 2 yes, 3 rather not say",
        "word": "Anything else for the team?",
    }
    responses |= {f"utter_ask_{item}": [{"text": text}] for item, text in questions.items()}
    responses["utter_check_in_done"] = [{"text": "Thank you. The care team can see your answers."}]
    conditions = [{"active_loop": FORM, "requested_slot": item} for item in ITEMS]
    slots = {
        item: {
            "type": "text",
            "influence_conversation": False,
            "mappings": [{"type": "from_text", "conditions": [condition]}],
        }
        for item, condition in zip(ITEMS, conditions)
    }
    return {
        "version": "3.1",
        "intents": list(ours["intents"]),
        "slots": slots,
        "forms": {FORM: {"required_slots": list(ITEMS)}},
        "actions": [f"validate_{FORM}", "action_store_check_in"],
        "responses": responses,
        "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
    }


def _rules() -> dict[str, Any]:
    answered = [f"ask_{topic}" for topic in TOPICS] + [*TALK, "out_of_scope", "safety"]
    rules: list[dict[str, Any]] = [
        {"rule": name, "steps": [{"intent": name}, {"action": f"utter_{name}"}]} for name in answered
    ]
    rules.append(
        {
            "rule": "start a check-in",
            "steps": [{"intent": FORM_INTENT}, {"action": FORM}, {"active_loop": FORM}],
        }
    )
    rules.append(
        {
            "rule": "the check-in is complete",
            "condition": [{"active_loop": FORM}],
            "steps": [
                {"action": FORM},
                {"active_loop": None},
                {"slot_was_set": [{"requested_slot": None}]},
                {"action": "action_store_check_in"},
                {"action": "utter_check_in_done"},
            ],
        }
    )
    rules.append({"rule": "unsure", "steps": [{"intent": "nlu_fallback"}, {"action": "utter_default"}]})
    return {"version": "3.1", "rules": rules}


def _stories() -> dict[str, Any]:
    """Whole conversations for the policies that learn from them, as the documentation asks for."""

    def turn(intent: str) -> list[dict[str, Any]]:
        return [{"intent": intent}, {"action": f"utter_{intent}"}]

    stories = [
        {
            "story": f"about {topic}",
            "steps": [*turn("greet"), *turn(f"ask_{topic}"), *turn(f"ask_{next_topic}"), *turn("thank")],
        }
        for topic, next_topic in zip(TOPICS, (*TOPICS[1:], TOPICS[0]))
    ]
    return {"version": "3.1", "stories": stories}


def _endpoints() -> dict[str, Any]:
    return {
        "action_endpoint": {"url": f"http://127.0.0.1:{ACTION_PORT}/webhook"},
        "tracker_store": {
            "type": "SQL",
            "dialect": "postgresql",
            "db": "${STOCK_DB}",
            "username": "${STOCK_USER}",
            "query": {"host": "${STOCK_SOCKET}"},
        },
    }
