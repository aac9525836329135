"""Households live through everything, with random people: the procedure holds, whatever is done and by whom."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from life_events import LIFE, Act, anybody, green_channel
from life_of_a_household import Life
from life_steps import AGAIN, EDGES, NEXT, Edge, Node, least, way_to
from life_world import ACTS, World

from contracts.vocabulary import RiskType
from registry.episodes.steps import STEPS, legal_next
from servicekit.db import Database

TURNS = settings(
    max_examples=3,
    stateful_step_count=90,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_the_table_of_steps_is_the_procedure() -> None:
    """F-A02: among its states nothing may follow but what it says, and all of that may; a county may add a state."""
    named = {state for edge in EDGES for state in edge}
    pairs = {(str(state), str(to)) for state in STEPS for to in legal_next(state)}
    assert {pair for pair in pairs if named.issuperset(pair)} == EDGES
    assert not any(legal_next(to) for state in STEPS for to in legal_next(state) if str(to) not in named)


class Households(RuleBasedStateMachine):
    """One household a run; each turn goes on where the least was tried yet, or does whatever comes."""

    world: ClassVar[World]
    examples: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        Households.examples += 1
        self.risk = RiskType.DISASTER if Households.examples % 2 else RiskType.ILLNESS
        self.life = self.world.run(Life.begin(self.world, self.risk))
        self.turns = 0

    # One rule without a precondition: what the data mean may depend on what was reached before, what is drawn may not.
    @rule(pick=st.integers(0, 9), seed=st.integers(0, 2**16))
    def turn(self, pick: int, seed: int) -> None:
        self.turns += 1
        self._try(self._turn(pick, Random(f"{seed}-{self.turns}")))

    def _try(self, what: Coroutine[Any, Any, None]) -> None:
        """Do something; the first failure is kept as it was, because a second run would find another county."""
        try:
            self.world.run(what)
        except Exception as error:
            self.world.failures.append(error)
            raise

    async def _turn(self, pick: int, luck: Random) -> None:
        if pick < 6 and await self._is_to_be_expedited():
            await self._act(green_channel, luck)
        elif pick < 6:
            edge, there = way_to(await self._node(), await self._wanted())[0]
            if there[0] == "EXIT_PROPOSED":
                self.life.proposed = there[2]
            await self.life.take(edge, luck)
        elif pick < 8:
            rarest = min(LIFE, key=lambda act: self.world.acts[act.__name__])
            await self._act(rarest if pick == 6 else luck.choice(LIFE), luck)
        elif pick == 8:
            await self._act(green_channel, luck)
        else:
            await self._act(anybody, luck)

    async def _act(self, act: Act, luck: Random) -> None:
        """Do what is no step that was thought of; whatever was known of the case is read anew."""
        self.life.known = None
        self.world.acts[act.__name__] += 1
        await act(self.life, luck)
        self.life.known = None

    async def _is_to_be_expedited(self) -> bool:
        """Whether help could come first, and not all that follows from it has been seen."""
        episode = await self.life.episode()
        seen = all(self.world.acts[act] for act in ("green_refused", "green_settled", "green_ended"))
        is_open = episode["green_channel"] is not None and episode["green_channel"]["phase"] != "refused"
        is_sudden = self.risk is RiskType.DISASTER and episode["state"] in ("VISITED", "COMPARED", "REVIEWED")
        visited = "VISITED" in {step["state"] for step in episode["history"]}
        return is_sudden and visited and not (seen or is_open)

    async def _wanted(self) -> set[Edge]:
        """What is to be tried next: what was tried least; where help came first, the rest of the procedure."""
        channel = (await self.life.episode())["green_channel"]
        if channel is not None and channel["phase"] == "open":
            if not self.world.acts["green_settled"]:
                return {("ANNOUNCED", "MONITORED")}
            if not self.world.acts["green_ended"]:
                return {edge for edge in EDGES if edge[1] == "REJECTED"}
        return least(self.world.taken)

    async def _node(self) -> Node:
        """Where the case stands; of a proposal to exit, which two ways it has."""
        episode = await self.life.episode()
        if episode["state"] != "EXIT_PROPOSED":
            return (str(episode["state"]),)
        last = episode["history"][-1]
        return ("EXIT_PROPOSED", str(last["previous_state"]), str(last["record"]["exit"]["to"]))

    @invariant()
    def all_that_must_hold(self) -> None:
        self._try(self.life.check())

    def teardown(self) -> None:
        self.world.acts["turns"] += self.turns


@pytest.mark.timeout(900)
async def test_whatever_happens_to_a_household_no_step_is_illegal_and_nothing_is_lost_or_left_open(
    client: Any, headers: Any, registry_database: Database, move_clock: Any
) -> None:
    """F-A02, F-A05, F-A10, F-A14, F-G05: steps, returns, appeals, episodes, look-backs, relapse, mergers."""
    world = World(client, headers, registry_database, move_clock, asyncio.get_running_loop())
    move_clock(0)
    await world.settle_people()
    Households.world = world
    try:
        await asyncio.to_thread(run_state_machine_as_test, Households, settings=TURNS)
    finally:
        for failure in world.failures[:1]:
            raise failure
    table = EDGES | AGAIN
    print(f"{world.acts['turns']} turns, {sum(world.taken.values())} steps, {len(world.taken)}/{len(table)} edges")
    for state in NEXT:
        print(" ", state, {to: world.taken[state, to] for of, to in sorted(table) if of == state})
    print(" ", dict(world.acts))
    assert not {edge for edge in table if not world.taken[edge]}, "never taken"
    assert not {act for act in ACTS if not world.acts[act]}, "never happened"
