"""A person takes the conversation over, or a number becomes another's, while a text of ours waits."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.care import ownership, phones
from bot.care.conversations import SAFETY_REPLY, Reply, conversation_for_number, lock, say
from bot.care.database import transaction
from bot.care.models import Alert, Channel, Item, Message, StaffMember
from bot.care.people import Details, enrol
from bot.care.queue import queue
from bot.channels.sms.delivery import Outcome
from tests.channels.sms.double import Trouble
from tests.channels.sms.sending import Post, queued
from tests.channels.sms.support import TUESDAY_NOON

TOLD = dict.fromkeys(Channel, "Nora writes with you now.")


@dataclass
class Scene(Post):
    """A number, a carrier, and a nurse."""

    nurse: int

    def queued(self, text: str = "Not before tomorrow.", kind: str = "message") -> int:
        """A text of the assistant's that waits; the message that it answers counts as answered."""
        message_id = super().queued(text, kind)
        with transaction(self.engine) as session:
            session.get(Message, message_id).reply_to.state = "answered"
        return message_id

    def take_over(self) -> None:
        """The nurse takes the conversation over."""
        conversation = self.record.conversation(self.number)
        with transaction(self.engine) as session:
            ownership.take_over(
                session,
                int(conversation.id),
                self.nurse,
                TUESDAY_NOON,
                expected_owner_id=None,
                announcement=TOLD,
            )

    def message(self, message_id: int) -> Message:
        """As it is on record."""
        return next(one for one in self.record.messages(self.number) if one.id == message_id)


@pytest.fixture
def scene(post: Post) -> Scene:
    with transaction(post.engine) as session:
        nurse = StaffMember(email=f"{post.number}@c.example", name="Nora", role="nurse", password_hash="x")
        session.add(nurse)
        session.flush()
        return Scene(**vars(post), nurse=int(nurse.id))


def test_the_assistants_text_is_kept_back_and_the_question_waits_for_the_nurse(scene: Scene) -> None:
    message_id = scene.queued()
    scene.take_over()
    assert scene.deliver(message_id) == Outcome("withheld")
    assert scene.double.bodies == []
    kept = scene.message(message_id)
    assert (kept.state, kept.carrier_id) == ("withheld", None)
    asked = next(one for one in scene.record.from_patient(scene.number))
    assert asked.state == "held"
    with transaction(scene.engine) as session:
        waiting = [one.sort for one in queue(session, TUESDAY_NOON).waiting if one.who == scene.number]
    assert waiting == ["held"]
    # And it stays so, whatever job comes again.
    assert scene.deliver(message_id) == Outcome("nothing")


def test_what_the_nurse_writes_and_the_news_that_she_does_go_out(scene: Scene) -> None:
    message_id = scene.queued()
    scene.take_over()
    with transaction(scene.engine) as session:
        conversation_id = int(conversation_for_number(session, scene.number).id)
        written = ownership.write(
            session, conversation_id, scene.nurse, "Hi, Nora here.", TUESDAY_NOON, once="1", seen=0
        )
        hers = int(written.id)
    scene.deliver(message_id)
    told = next(one for one in scene.record.messages(scene.number) if one.kind == ownership.HANDOVER)
    assert [scene.deliver(int(told.id)).kind, scene.deliver(hers).kind] == ["sent", "sent"]
    assert scene.double.bodies == ["Nora writes with you now.", "Hi, Nora here."]


def test_a_safety_text_goes_out_all_the_same(scene: Scene) -> None:
    message_id = scene.queued("Call 988.", SAFETY_REPLY)
    scene.take_over()
    assert scene.deliver(message_id) == Outcome("sent")


def test_a_text_that_the_carrier_has_already_is_not_called_kept_back(scene: Scene) -> None:
    message_id = scene.queued()
    scene.double.trouble = [Trouble(hangs_up=True, takes=True)]
    assert scene.deliver(message_id).kind == "retry"
    scene.take_over()
    assert scene.deliver(message_id) == Outcome("sent")
    assert scene.double.bodies == ["Not before tomorrow."]


def test_a_text_that_the_carrier_refused_at_first_is_kept_back(scene: Scene) -> None:
    message_id = scene.queued()
    scene.double.trouble = [Trouble(status=503)]
    assert scene.deliver(message_id).kind == "retry"
    scene.take_over()
    assert scene.deliver(message_id) == Outcome("withheld")


def test_after_handing_back_what_was_kept_back_stays_so(scene: Scene) -> None:
    message_id = scene.queued()
    scene.take_over()
    scene.deliver(message_id)
    with transaction(scene.engine) as session:
        conversation_id = int(conversation_for_number(session, scene.number).id)
        ownership.hand_back(
            session, conversation_id, scene.nurse, TUESDAY_NOON, answer_held=False, announcement=TOLD
        )
    assert scene.deliver(message_id) == Outcome("nothing")
    assert "Not before tomorrow." not in scene.double.bodies


def test_a_patients_text_never_goes_to_a_phone_that_is_shared_by_now(scene: Scene) -> None:
    message_id, _ = shared_while_waiting(scene, "message")
    assert scene.deliver(message_id) == Outcome("failed")
    assert scene.double.requests == 0
    with transaction(scene.engine) as session:
        (item,) = session.query(Item).filter_by(message_id=message_id)
        assert "not this patient's alone" in item.reason


def test_a_safety_text_reaches_the_phone_that_wrote_whoever_holds_it(scene: Scene) -> None:
    message_id, _ = shared_while_waiting(scene, SAFETY_REPLY)
    assert scene.deliver(message_id) == Outcome("sent")


def test_public_guidance_reaches_a_shared_phone(scene: Scene) -> None:
    _, shared = shared_while_waiting(scene, "message")
    assert scene.deliver(queued(scene.engine, scene.number)) == Outcome("sent")
    assert scene.record.conversation(scene.number).id == shared


def test_a_safety_reply_that_fails_on_a_shared_phone_is_an_alert(scene: Scene) -> None:
    shared_while_waiting(scene, "message")
    message_id = queued(scene.engine, scene.number, "Call 988.", SAFETY_REPLY)
    scene.double.trouble = [Trouble(status=400, code=30006)]
    assert scene.deliver(message_id) == Outcome("failed")
    (alert,) = scene.record.of(Alert, scene.number, Alert.id)
    assert alert.state == "open" and any("Phone the patient" in one for one in alert.reasons)


def shared_while_waiting(scene: Scene, kind: str) -> tuple[int, int]:
    """A text to a patient waits when staff learn that another uses the phone: its row, and the phone's conversation."""
    with transaction(scene.engine) as session:
        enrol(session, Details("Ana", phone=scene.number), TUESDAY_NOON)
        ben = enrol(session, Details("Ben"), TUESDAY_NOON)
        ben_id = int(ben.id)
    message_id = queued(scene.engine, scene.number, "Your infusion was on Monday.", kind)
    with transaction(scene.engine) as session:
        phone = phones.attach(session, ben_id, scene.number, TUESDAY_NOON, shared=True)
        return message_id, int(phone.conversation_id)


def test_a_text_without_a_number_of_its_own_goes_to_the_one_that_is_there_by_then(scene: Scene) -> None:
    with transaction(scene.engine) as session:
        patient = enrol(session, Details("Cleo"), TUESDAY_NOON)
        conversation = lock(session, int(patient.conversation.id))
        message = say(session, conversation, Reply("Hello."), channel=Channel.SMS, now=TUESDAY_NOON)
        assert message.phone_number_id is None
        message_id = int(message.id)
        phones.attach(session, int(patient.id), scene.number, TUESDAY_NOON)
    assert scene.deliver(message_id) == Outcome("sent")
    assert scene.double.messages[-1]["to"] == scene.number
