"""State machines over the database: Hypothesis makes up sequences of acts, each sequence in a world of its own."""

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


class World(RuleBasedStateMachine):
    """Whatever a sequence did is taken back after it."""

    def __init__(self):
        super().__init__()
        self.sandbox = transaction.atomic()
        self.sandbox.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.sandbox.__exit__(None, None, None)


def run(world: type[World], *, examples: int, steps: int) -> None:
    """The same sequences each time, so that a failure can be met again."""
    limits = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(world, settings=limits)
