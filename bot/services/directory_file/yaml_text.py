"""YAML as plain text: lists, mappings and strings, with the line on which each part stands.

Scalars are taken as they are written: `id: 00123` stays what it is, `name: No` is a name and
`2026-12-25` no date before a field asks for one. Anchors, aliases and tags are refused: a directory
needs none, and they are how a small file becomes a large one or runs code.
"""

from __future__ import annotations

from typing import Any

import yaml

from bot.services.directory_file.problems import BadDirectory, Path, Problem, Progress, shown

MOST_BYTES = 20_000_000
MOST_VALUES = 1_000_000
DEEPEST = 12


def read_yaml(content: bytes | str, *, progress: Progress | None = None) -> tuple[Any, dict[Path, int]]:
    """Return what a YAML text says, and the line (from 1) of every path in it.

    `progress` is told the lines read, of all. Raise BadDirectory at the first thing that cannot be read.
    """
    return _Reader(_decode(content), progress).read()


def write_yaml(data: Any) -> str:
    """Return lists, mappings and plain values as YAML; what is short stays on one line."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(
        data, Dumper=dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=1000
    )
    return str(text)


def _decode(content: bytes | str) -> str:
    if len(content) > MOST_BYTES:
        raise BadDirectory(
            [Problem(None, "", f"the file is larger than {MOST_BYTES // 1_000_000} MB: split it by business")]
        )
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadDirectory([Problem(line, "", "the file is not UTF-8 text")]) from error


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.line + 1


class _Reader:
    """Build lists and mappings of plain text from YAML's events, without recursion, noting lines."""

    def __init__(self, text: str, progress: Progress | None) -> None:
        self._text = text
        self._progress = progress
        self._lines: dict[Path, int] = {}
        self._root: Any = None
        self._stack: list[tuple[Any, Path]] = []
        self._key: list[str | None] = []
        self._values = 0

    def read(self) -> tuple[Any, dict[Path, int]]:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        total = self._text.count("\n") + 1
        documents = 0
        try:
            for event in yaml.parse(self._text, Loader=loader):
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        raise self._bad(event, "a directory is one document: take out the ---")
                self._take(event)
                if self._progress and self._values % 1000 == 0:
                    self._progress(_line(event), total)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = mark.line + 1 if mark else None
            raise BadDirectory([Problem(line, "", f"not YAML: {error.problem}")]) from error
        except yaml.YAMLError as error:
            raise BadDirectory([Problem(None, "", f"not YAML: {str(error).splitlines()[0]}")]) from error
        if self._progress:
            self._progress(total, total)
        return self._root, self._lines

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._bad(event, "anchors (&) and aliases (*) are not read here: write it out")
        if isinstance(event, yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if event.tag:
                raise self._bad(event, f"tags are not read here: take out {shown(event.tag)}")
            self._values += 1
            if self._values > MOST_VALUES:
                raise self._bad(event, f"more than {MOST_VALUES:,} values: split the file by business")
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open({}, event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._stack.pop()
            self._key.pop()

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        container = self._stack[-1][0] if self._stack else None
        if isinstance(container, dict) and self._key[-1] is None:
            key = event.value
            path = (*self._stack[-1][1], key)
            if key in container:
                raise self._bad(event, f"{shown(key)} stands twice here")
            self._lines[path] = _line(event)
            self._key[-1] = key
            return
        plain = event.style in {None, ""}
        self._put(None if plain and event.value in {"", "~", "null", "Null", "NULL"} else event.value, event)

    def _open(self, container: Any, event: yaml.Event) -> None:
        if len(self._stack) >= DEEPEST:
            raise self._bad(event, "nested deeper than a directory goes")
        path = self._put(container, event)
        self._stack.append((container, path))
        self._key.append(None)

    def _put(self, value: Any, event: yaml.Event) -> Path:
        if not self._stack:
            self._root = value
            return ()
        container, path = self._stack[-1]
        if isinstance(container, list):
            path = (*path, len(container))
            self._lines[path] = _line(event)
            container.append(value)
            return path
        key = self._key[-1]
        if key is None:
            raise self._bad(event, "a key is plain text")
        self._key[-1] = None
        container[key] = value
        return (*path, key)

    @staticmethod
    def _bad(event: yaml.Event, text: str) -> BadDirectory:
        return BadDirectory([Problem(_line(event), "", text)])
