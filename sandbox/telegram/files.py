"""What the bot has uploaded, so that the chat page can give it back."""

from __future__ import annotations

from pathlib import Path

#: Telegram takes so much from a bot, bytes (its own number for `multipart/form-data`).
LARGEST_UPLOAD = 50 * 1024 * 1024


class Files:
    """Contents by `file_id`: in memory, or in a folder beside the state file."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._kept: dict[str, bytes] = {}

    def put(self, file_id: str, content: bytes) -> None:
        """Keep a file; its id is the sandbox's own and fit for a file's name."""
        if self._folder is None:
            self._kept[file_id] = content
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / file_id).write_bytes(content)

    def get(self, file_id: str) -> bytes | None:
        """Give a file, or None for one that is not there."""
        if self._folder is None:
            return self._kept.get(file_id)
        path = self._folder / file_id
        return path.read_bytes() if path.is_file() else None
