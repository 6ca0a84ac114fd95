"""What can go wrong before a message is read. Reading itself never raises."""

from __future__ import annotations


class LanguageError(Exception):
    """Base of this room's errors: `code` for the logs, `status` for an HTTP answer."""

    code = "AC400"
    status = 500


class ModelMissing(LanguageError):
    """A file of the model is not there."""

    code = "AC401"
    status = 503

    def __init__(self, path: object) -> None:
        super().__init__(
            f"The reader's model file {path} is missing. Run `make setup` or `.venv/bin/aftercare train`."
        )


class ModelOutdated(LanguageError):
    """The heads were trained for another encoder or other labels."""

    code = "AC402"
    status = 503

    def __init__(self, path: object, why: str) -> None:
        super().__init__(
            f"The reader's model file {path} does not fit: {why}. Run `make setup` or `.venv/bin/aftercare train`."
        )


class EncoderDamaged(LanguageError):
    """A committed file of the encoder is not the one that its description names."""

    code = "AC403"
    status = 503

    def __init__(self, path: object, expected: str, found: str) -> None:
        super().__init__(
            f"The encoder's file {path} has sha256 {found[:12]}..., but encoder.json says {expected[:12]}.... "
            "The file is damaged or half replaced: restore the folder with `git checkout -- encoder/model`."
        )


class TrainingDataError(LanguageError):
    """A training file cannot be read or has an unknown label."""

    code = "AC404"
