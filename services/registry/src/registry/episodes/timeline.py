"""What a household's file tells of the steps of its episodes."""

from __future__ import annotations

from contracts.hard_flaws import HARD_FLAWS
from contracts.parameters import Words
from contracts.vocabulary import Department, EpisodeState
from registry.episodes.debts import ChannelDecision
from servicekit.differences import state_differs
from servicekit.entries import OF_DEPARTMENT, Source, own

_ANSWERS = {
    "CLEAR": Words(zh="无异常", en="nothing found"),
    "HIT_EXPLAINED": Words(zh="有异常，已说明", en="found and explained"),
    "HIT_CONFIRMED": Words(zh="有异常，属实", en="found and confirmed"),
    "NOT_AVAILABLE": Words(zh="无法查询", en="not available"),
}


def _question(code: str) -> Words:
    return Words(zh=HARD_FLAWS[code].zh, en=HARD_FLAWS[code].en)


_ASKED = "r.said ->> 'department'"
_CHANNELS = f"green_channel g JOIN episode e ON e.id = g.episode_id WHERE e.household_id = {own()}"
_LINK = "'/v1/episodes/' || g.episode_id"

TIMELINE = (
    Source(
        kinds=("episode_step",),
        rows=f"episode_step s JOIN episode e ON e.id = s.episode_id WHERE e.household_id = {own()}",
        key=("s.episode_id", "s.sequence"),
        at="s.recorded_at",
        household="e.household_id",
        occurred_on="s.occurred_on",
        by="s.client_id",
        persons="s.actors",
        link="'/v1/episodes/' || s.episode_id",
        facts={"state": "s.state", "episode_id": "s.episode_id"},
        words={"state": EpisodeState},
        before="to_json(s.previous_state)",
        after="to_json(s.state)",
        compare=state_differs("监测环节", "step"),
        scopes=("episodes:read",),
    ),
    Source(
        kinds=("hard_flaw_answered",),
        rows=(
            "episode e JOIN episode_step s ON s.episode_id = e.id"
            " CROSS JOIN jsonb_array_elements(s.record -> 'results') r (said)"
            " CROSS JOIN jsonb_array_elements(r.said -> 'answers') a (said)"
            f" WHERE e.household_id = {own()} AND {OF_DEPARTMENT.format(column=_ASKED)}"
        ),
        key=("s.episode_id", "s.sequence", _ASKED, "a.said ->> 'question'"),
        at="s.recorded_at",
        household="e.household_id",
        occurred_on="CAST(r.said ->> 'compared_on' AS date)",
        by="s.client_id",
        link="'/v1/episodes/' || s.episode_id",
        facts={
            "department": _ASKED, "question": "a.said ->> 'question'",
            "answer": "a.said ->> 'answer'",
        },
        words={"department": Department, "question": _question, "answer": _ANSWERS.__getitem__},
        scopes=("episodes:read",),
    ),
    Source(
        kinds=("green_channel_asked",),
        rows=_CHANNELS,
        key=("g.id",),
        at="g.asked_at",
        household="e.household_id",
        by="g.asked_by",
        why="g.reason",
        link=_LINK,
        facts={"episode_id": "g.episode_id"},
        scopes=("episodes:read",),
    ),
    Source(
        kinds=("green_channel_decided",),
        rows=f"{_CHANNELS} AND g.decided_at IS NOT NULL",
        key=("g.id",),
        at="g.decided_at",
        household="e.household_id",
        by="g.decided_by",
        why="g.opinion",
        link=_LINK,
        facts={"decision": "g.decision", "episode_id": "g.episode_id"},
        words={"decision": ChannelDecision},
        scopes=("episodes:read",),
    ),
)  # fmt: skip
