"""Keeps leads in SQLite."""

import sqlite3
import uuid

from .lead import Lead


class Store:
    def __init__(self, path: str):
        # Only the event loop uses this connection, in whatever thread it runs.
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.db.execute(
            "CREATE TABLE IF NOT EXISTS leads"
            " (lead_id TEXT PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL)"
        )

    def add(self, lead: Lead) -> tuple[str, bool]:
        """The id of the record of this lead, and whether it is new. An org may send a lead twice."""
        new = self.db.execute(
            "INSERT INTO leads VALUES (?, ?, ?) ON CONFLICT (lead_id) DO NOTHING",
            (lead.Id, str(uuid.uuid4()), lead.model_dump_json()),
        ).rowcount
        row = self.db.execute("SELECT id FROM leads WHERE lead_id = ?", (lead.Id,)).fetchone()
        return row[0], new == 1

    def close(self) -> None:
        self.db.close()
