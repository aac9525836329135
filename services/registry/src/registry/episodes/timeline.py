"""What a household's file tells of the steps of its episodes."""

from __future__ import annotations

from contracts.vocabulary import EpisodeState
from registry.episodes.debts import ChannelDecision
from servicekit.differences import state_differs
from servicekit.entries import Source, own

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
)
