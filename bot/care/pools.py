"""How many connections to PostgreSQL each kind of process takes at most: what its pools are made with, and the sum."""

from __future__ import annotations

WEB, ANSWER, CARE = 16, 2, 8
"""Sizes of the pool of each kind of process (`engine_for`). Under load it lends as many again."""

QUEUE = 4
"""The most that a worker's queue takes to fetch jobs and to say what became of them (bot/work/queue.py)."""

_LISTENING = 1
"""Held open for notifications: web's for news, a worker's for jobs."""

MOST = {
    "web": 2 * WEB + _LISTENING,
    "answer": 2 * ANSWER + QUEUE + _LISTENING,
    "care": 2 * CARE + QUEUE + _LISTENING,
}
"""Of one process, by its kind."""

COMMANDS = 10
"""For commands, a back-up, and whoever looks into the database."""

ONE_SET = sum(MOST.values()) + COMMANDS
"""What one of each and the commands need. Without them messages would wait on disk when many write."""
