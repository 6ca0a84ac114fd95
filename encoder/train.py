"""Fine-tune the sentence encoder on the project's own data: one body, two heads (intent, safety level).

    python -m encoder.train --base <folder of all-MiniLM-L6-v2> --out .cache/encoder/run

Needs encoder/requirements.txt (PyTorch), which running the product does not. The question just asked is the first
sentence of a pair, the message the second; without a question the message stands alone. `bot.language.encoder` joins
them in the same way.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from tokenizers import Encoding, Tokenizer
from torch import nn
from torch.nn import functional
from transformers import AutoModel

from bot.language.asked import as_asked
from bot.language.labels import DANGERS, INTENTS, LEVELS
from bot.language.training_data import Example, load_training, load_validation
from encoder.company import Company
from encoder.noise import damage

MAX_TOKENS = 160
AVERAGE_EVERY = 5
NOBODYS = -100
DANGER_SHARE = 1.0
"""Weight of the loss on whose danger a crisis is, beside those on intents and levels; one line in five is a crisis."""


class Reader(nn.Module):
    """The body, mean pooling and the three heads."""

    def __init__(self, base: str, dropout: float = 0.1) -> None:
        super().__init__()
        self.body = AutoModel.from_pretrained(base)
        width = self.body.config.hidden_size
        self.dropout = nn.Dropout(dropout)
        self.intent = nn.Linear(width, len(INTENTS))
        self.safety = nn.Linear(width, len(LEVELS))
        self.danger = nn.Linear(width, len(DANGERS))

    def embed(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        hidden = self.body(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weight).sum(1) / weight.sum(1)

    def forward(
        self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        pooled = self.dropout(self.embed(ids, mask, types))
        return self.intent(pooled), self.safety(pooled), self.danger(pooled)


def encode(tokenizer: Tokenizer, rows: list[tuple[str, str | None]]) -> list[Encoding]:
    """Texts with their question to token ids, as `bot.language.encoder` does it."""
    return [
        tokenizer.encode(as_asked(context), text) if context else tokenizer.encode(text)
        for text, context in rows
    ]


def tensors(encodings: list[Encoding]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pad one batch to its longest member: ids, mask, types."""
    width = max(len(item.ids) for item in encodings)
    arrays = np.zeros((3, len(encodings), width), dtype=np.int64)
    for row, item in enumerate(encodings):
        size = len(item.ids)
        arrays[0, row, :size], arrays[1, row, :size], arrays[2, row, :size] = item.ids, 1, item.type_ids
    ids, mask, types = (torch.from_numpy(array) for array in arrays)
    return ids, mask, types


def epoch_batches(lengths: list[int], size: int, dice: random.Random) -> list[list[int]]:
    """Shuffled batches of messages of similar length (less padding, twice as fast on a processor)."""
    order = sorted(range(len(lengths)), key=lambda i: lengths[i] + dice.uniform(-3, 3))
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    dice.shuffle(batches)
    return batches


def class_weights(names: list[str], labels: tuple[str, ...], power: float) -> torch.Tensor:
    """Weights that lift rare labels: frequency to the power of -power, mean weight of an example 1."""
    counts = Counter(names)
    raw = np.array([max(counts[label], 1) ** -power for label in labels])
    mean = sum(raw[labels.index(name)] for name in names) / len(names)
    return torch.tensor(raw / mean, dtype=torch.float32)


def epoch_rows(
    examples: list[Example], company: Company, dice: random.Random, contexts: list[str], noise: float
) -> list[tuple[str, str | None]]:
    """This epoch's texts: some put beside another one, some damaged, some questions and grave messages given a question
    that was just asked."""
    rows = []
    for example in examples:
        text, context = company.beside(example, dice), example.context
        speaks_for_itself = example.intent.startswith("ask_") or (example.safety != "none" and len(text) > 25)
        if context is None and speaks_for_itself and dice.random() < 0.05:
            context = dice.choice(contexts)
        if dice.random() < noise:
            text = damage(text, dice)
        rows.append((text, context))
    return rows


def fingerprint_of(examples: list[Example]) -> str:
    """Names the training lines: the same lines in the same order have the same, in whichever commit they stand."""
    rows = [[one.text, one.context, one.intent, one.safety, one.danger] for one in examples]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


@torch.no_grad()
def fold_in(average: dict[str, torch.Tensor], model: Reader, keep: float) -> None:
    """Move the running average of the weights a step towards the model's weights of now."""
    for name, value in model.state_dict().items():
        if value.dtype.is_floating_point:
            average[name].lerp_(value, 1 - keep)


@torch.no_grad()
def validate(model: Reader, tokenizer: Tokenizer) -> dict[str, float]:
    """Share of validation questions whose topic is the likeliest, and AUC of worrying against harmless."""
    model.eval()
    found: dict[str, float] = {}
    for name in ("questions", "safety"):
        examples = load_validation(name)
        encodings = encode(tokenizer, [(example.text, example.context) for example in examples])
        outputs = [model(*tensors(encodings[i : i + 64])) for i in range(0, len(encodings), 64)]
        intents = torch.cat([intent for intent, _, _ in outputs]).argmax(1).tolist()
        worry = 1 - torch.cat([torch.softmax(safety, 1) for _, safety, _ in outputs])[:, 0].numpy()
        if name == "questions":
            asked = [(e, INTENTS[i]) for e, i in zip(examples, intents) if e.intent.startswith("ask_")]
            beyond = [i for e, i in zip(examples, intents) if e.intent == "out_of_scope"]
            found["topic"] = sum(e.intent == i for e, i in asked) / len(asked)
            found["out_of_scope_answered"] = sum(INTENTS[i].startswith("ask_") for i in beyond) / len(beyond)
            found["false_alarms_on_questions"] = float((worry > 0.5).mean())
        else:
            grave = np.array([example.safety != "none" for example in examples])
            above = (worry[grave][:, None] > worry[~grave][None, :]).mean()
            found["auc"] = float(above)
    model.train()
    return found


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--base", required=True, help="folder with the base model and its tokenizer.json")
    ask.add_argument("--out", required=True, type=Path)
    ask.add_argument("--start", type=Path, help="a run to go on from, when lines were added since")
    ask.add_argument("--epochs", type=int, default=5)
    ask.add_argument("--batch", type=int, default=48)
    ask.add_argument("--rate", type=float, default=1.4e-4)
    ask.add_argument("--noise", type=float, default=0.25)
    ask.add_argument("--dropout", type=float, default=0.1, help="between pooling and heads")
    ask.add_argument(
        "--share", type=float, default=1.0, help="share of the training lines, for the learning curve"
    )
    ask.add_argument("--seed", type=int, default=20261122)
    options = ask.parse_args()

    torch.manual_seed(options.seed)
    dice = random.Random(options.seed)
    tokenizer = Tokenizer.from_file(str(Path(options.base) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    examples = load_training()
    if options.share < 1:
        examples = dice.sample(examples, int(len(examples) * options.share))
    company = Company(examples)
    contexts = sorted({example.context for example in examples if example.context})
    intents = torch.tensor([INTENTS.index(example.intent) for example in examples])
    levels = torch.tensor([LEVELS.index(example.safety) for example in examples])
    intent_loss = nn.CrossEntropyLoss(
        weight=class_weights([example.intent for example in examples], INTENTS, 0.25), label_smoothing=0.05
    )
    level_weights = class_weights([example.safety for example in examples], LEVELS, 0.25)

    # Only a crisis is somebody's danger; the other lines say nothing of it.
    dangers = torch.tensor([DANGERS.index(e.danger) if e.danger else NOBODYS for e in examples])
    danger_weights = class_weights([e.danger for e in examples if e.danger], DANGERS, 0.5)

    model = Reader(options.base, options.dropout)
    if options.start:
        model.load_state_dict(torch.load(options.start / "averaged.pt", weights_only=True))
    model.train()
    body = [p for name, p in model.named_parameters() if name.startswith("body.")]
    heads = [p for name, p in model.named_parameters() if not name.startswith("body.")]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": options.rate}, {"params": heads, "lr": 2e-3}], weight_decay=0.01, fused=True
    )
    steps = options.epochs * math.ceil(len(examples) / options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=[options.rate, 2e-3], total_steps=steps + 1, pct_start=0.1
    )
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    started, step = time.time(), 0
    print(f"{len(examples)} examples, {steps} steps", flush=True)
    for epoch in range(options.epochs):
        encodings = encode(tokenizer, epoch_rows(examples, company, dice, contexts, options.noise))
        total = 0.0
        for batch in epoch_batches([len(item.ids) for item in encodings], options.batch, dice):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                guesses = model(*tensors([encodings[i] for i in batch]))
            guess_intent, guess_level, guess_danger = (guess.float() for guess in guesses)
            loss = intent_loss(guess_intent, intents[batch]) + functional.cross_entropy(
                guess_level, levels[batch], weight=level_weights, label_smoothing=0.02
            )
            whose = functional.cross_entropy(
                guess_danger, dangers[batch], weight=danger_weights, ignore_index=NOBODYS, reduction="sum"
            )
            loss = loss + DANGER_SHARE * whose / len(batch)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            total += float(loss.detach())
            if step % AVERAGE_EVERY == 0:
                fold_in(average, model, min(0.99, step / (step + 20 * AVERAGE_EVERY)))
            if step % 100 == 0:
                print(f"step {step} of {steps}, {time.time() - started:.0f} s", flush=True)
        figures = {key: round(value, 4) for key, value in validate(model, tokenizer).items()}
        print(f"epoch {epoch + 1}: loss {total / (step / (epoch + 1)):.3f}, {figures}", flush=True)

    model.load_state_dict(average)
    figures = {key: round(value, 4) for key, value in validate(model, tokenizer).items()}
    minutes = (time.time() - started) / 60
    print(f"averaged: {figures}, {minutes:.1f} minutes", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save(average, options.out / "averaged.pt")
    tokenizer.save(str(options.out / "tokenizer.json"))
    settings = {
        key: str(value) for key, value in vars(options).items() if key not in ("base", "out", "start")
    }
    record = {
        "examples": len(examples),
        "data": fingerprint_of(examples),
        "minutes": round(minutes, 1),
        "went_on_from_another_run": options.start is not None,
        "figures": figures,
        "settings": settings,
    }
    (options.out / "run.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
