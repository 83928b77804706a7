from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import bench_acks
import bench_core
import bench_frame
import bench_load
import bench_verbs
from bench_frame import SMOKE, Figure


def assert_sane(figures: list[Figure]) -> None:
    assert figures
    for one in figures:
        assert one.name
        assert one.unit
        assert one.ours > 0
        assert one.floor is None or one.floor > 0
        assert (one.held is None) == (not one.promise)


def test_the_command_prints_the_figures_of_what_was_asked_for():
    ran = subprocess.run(
        [sys.executable, str(Path(__file__).parent), "--only", "journal", "--json"],
        env=os.environ | {SMOKE: "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    figures = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {one["name"] for one in figures} == {"verify", "verify a million"}
    assert all(one["ours"] > 0 for one in figures)


def test_pages_sweeps_the_api_calls_to_meta_replicas_and_what_a_request_costs_are_measured():
    ran = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).parent),
            "--only",
            "pages,sweeps,api,meta,units,replicas",
            "--json",
        ],
        env=os.environ | {SMOKE: "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert {json.loads(line)["subject"] for line in ran.stdout.splitlines()} == {
        "pages",
        "sweeps",
        "api",
        "meta",
        "units",
        "replicas",
    }


def test_verbs_are_measured_against_the_same_rows_written_by_hand():
    for what in bench_verbs.VERBS:
        assert_sane(bench_verbs.on_sqlite(what, callers=4, number=8, rounds=1))


def test_verbs_on_each_kind_of_request_are_measured_beside_access():
    for what in bench_verbs.VERBS:
        assert_sane(bench_verbs.by_kind(what, number=8, rounds=1))


async def test_acks_are_measured_beside_the_door_and_bare_bolt_and_counted_in_the_record():
    figures = await bench_acks.side_by_side(number=8, rounds=1, paced=2)
    assert_sane(figures)
    assert {one.floor_is for one in figures} == {bench_acks.DOOR, bench_acks.BARE_BOLT}


async def test_of_all_who_press_at_the_same_moment_one_decides_and_the_others_are_told():
    assert_sane([await bench_load.all_on_one_request(8)])


def test_compiled_statements_are_measured_beside_sqlalchemys_own_execution_of_the_same_verbs():
    assert_sane(bench_core.measure_on_sqlite(callers=4, number=8, rounds=1))


def test_every_subject_says_what_it_measures():
    for module in bench_frame.subjects().values():
        assert (module.__doc__ or "").strip().splitlines()[0].endswith(".")
