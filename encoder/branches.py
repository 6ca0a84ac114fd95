"""Two readers in the room of one and a half: what two runs agree on below, and each one's own layers above.

Two runs err on different messages, and what they say together errs less. Their word vectors and lower layers are nearly
the same, as both start from the base: the mean of them serves both, and is trained on together with the layers above.
"""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import nn

from encoder.reader import Reader, mean_of_tokens

SHARED = 2
"""Lower layers that both use, of six."""
LONGEST = 160
"""Tokens of a message at most; the base has places for 512."""


class Branched(nn.Module):
    """Word vectors and the lower layers once, the upper layers and the heads of each reader."""

    def __init__(self, readers: list[Reader], kept: list[int]) -> None:
        """readers: runs whose weights are taken over; kept: word pieces that stay, see `encoder.vocabulary`."""
        super().__init__()
        self.trunk = deepcopy(readers[0].body)
        self.trunk.encoder.layer = self.trunk.encoder.layer[:SHARED]
        self.trunk.pooler = None
        with torch.no_grad():
            others = [dict(reader.body.named_parameters()) for reader in readers]
            for name, value in self.trunk.named_parameters():
                value.copy_(torch.stack([other[name] for other in others]).mean(0))
        vectors = self.trunk.embeddings
        vectors.word_embeddings = nn.Embedding.from_pretrained(
            vectors.word_embeddings.weight[kept].detach().clone(), freeze=False, padding_idx=0
        )
        vectors.position_embeddings = nn.Embedding.from_pretrained(
            vectors.position_embeddings.weight[:LONGEST].detach().clone(), freeze=False
        )
        vectors.position_ids = vectors.position_ids[:, :LONGEST].clone()
        vectors.token_type_ids = vectors.token_type_ids[:, :LONGEST].clone()
        self.branches = nn.ModuleList(deepcopy(reader.body.encoder.layer[SHARED:]) for reader in readers)
        for module in self.branches.modules():
            if hasattr(module, "config"):
                module.config = self.trunk.config
        self.heads = nn.ModuleList(
            nn.ModuleList([reader.intent, reader.safety, reader.danger]) for reader in readers
        )
        self.dropout = readers[0].dropout
        self.width = len(readers) * self.trunk.config.hidden_size

    def each(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> list[torch.Tensor]:
        """The message as each branch sees it: the mean of its last layer over real tokens."""
        hidden = self.trunk(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        wide, _ = self.trunk._create_attention_masks(
            attention_mask=mask, encoder_attention_mask=None, embedding_output=hidden,
            encoder_hidden_states=None, past_key_values=None,
        )  # fmt: skip
        found = []
        for place, branch in enumerate(self.branches):
            # Twice the opposite is the same: onnxruntime's optimizer puts together only what a single layer reads.
            seen = -(-hidden) if place else hidden
            for layer in branch:
                seen = layer(seen, wide)
            found.append(mean_of_tokens(seen, mask))
        return found

    def embed(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        return torch.cat(self.each(ids, mask, types), dim=1)

    def forward(
        self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Scores of intents, levels and dangers by each branch."""
        return [
            (intent(pooled), safety(pooled), danger(pooled))
            for (intent, safety, danger), pooled in zip(
                self.heads, (self.dropout(one) for one in self.each(ids, mask, types))
            )
        ]
