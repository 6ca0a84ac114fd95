"""The model that a run trains: the body of the base, and one linear layer for each thing it learns."""

from __future__ import annotations

import torch
from torch import nn
from transformers import AutoModel

from bot.language.labels import DANGERS, INTENTS, LEVELS


def mean_of_tokens(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean of a layer over the real tokens of each message."""
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weight).sum(1) / weight.sum(1)


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
        return mean_of_tokens(hidden, mask)

    def forward(
        self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Scores of intents, levels and dangers; a list, since a reader with branches gives several."""
        pooled = self.dropout(self.embed(ids, mask, types))
        return [(self.intent(pooled), self.safety(pooled), self.danger(pooled))]
