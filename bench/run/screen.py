"""What the user sees while a run goes on: a live table, or plain lines without a terminal."""

import contextlib
import math
import sys
import time
from collections import defaultdict
from types import TracebackType
from typing import Protocol, Self

import msgspec
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from bench.run.estimate import Done, Estimate
from lab import display
from lab.condition import Condition
from lab.files.plan import Block, Plan
from lab.files.sample import Sample


class Watcher(Protocol):
    """Told of everything that happens in a run, as it happens."""

    def note(self, text: str) -> None: ...
    def expect(self, rounds: int) -> None: ...
    def plan_anew(self, plan: Plan) -> None: ...
    def begin_block(self, block: Block) -> None: ...
    def begin_sample(self, block: Block, step: str) -> None: ...
    def take_sample(self, sample: Sample) -> None: ...
    def take_back(self, samples: int) -> None: ...
    def fail_block(self, block: Block, message: str, skipped: int) -> None: ...


class Watch:
    """What both forms have in common: which samples are in, and how long the rest takes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._begun: list[Block] = []
        self._started_s = time.monotonic()
        self._rounds = plan.rounds
        self._estimate = Estimate(plan.blocks)

    def expect(self, rounds: int) -> None:
        """The run will probably end after so many rounds."""
        if rounds != self._rounds:
            self._rounds = rounds
            self._estimate.expect([block for block in self.plan.blocks if block.round <= rounds])

    def begin_block(self, block: Block) -> None:
        self._begun.append(block)

    def plan_anew(self, plan: Plan) -> None:
        """The blocks of `plan` are what is left after those that are begun."""
        self.plan = msgspec.structs.replace(plan, blocks=(*self._begun, *plan.blocks))
        self._rounds = plan.rounds
        self._estimate.expect(self.plan.blocks)

    @property
    def samples(self) -> int:
        """How many there will probably be."""
        return self._estimate.samples

    def where(self, block_round: int) -> str:
        return f"round {block_round}/{self._rounds}"

    def count(self, sample: Sample) -> None:
        self._estimate.add(Done(sample.target, sample.at, sample.wall_s))

    def skip(self, samples: int) -> None:
        self._estimate.skip(samples)

    def take_back(self, samples: int) -> None:
        self._estimate.take_back(samples)

    @property
    def finished(self) -> int:
        return self._estimate.finished

    def left(self) -> str:
        left_s = self._estimate.left_s(time.monotonic() - self._started_s)
        return f"about {display.duration(left_s)} left" if left_s is not None else ""


class Plain:
    """A line per event, for logs and pipes."""

    def __init__(self, plan: Plan) -> None:
        self._watch = Watch(plan)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def note(self, text: str) -> None:
        print(text, flush=True)

    def expect(self, rounds: int) -> None:
        self._watch.expect(rounds)

    def plan_anew(self, plan: Plan) -> None:
        self._watch.plan_anew(plan)

    def begin_block(self, block: Block) -> None:
        self._watch.begin_block(block)
        self.note(f"{self._watch.where(block.round)}  {block.target}: starting")

    def begin_sample(self, block: Block, step: str) -> None:
        pass

    def take_sample(self, sample: Sample) -> None:
        self._watch.count(sample)
        self.note(
            f"{self._watch.where(sample.round)}  {sample.target}  {sample.at}: "
            f"{display.rps(sample.rps)} RPS, mean {display.seconds(sample.latency_mean_s)} s, "
            f"P95 {display.seconds(sample.latency_p95_s)} s, "
            f"{display.plural(sample.failed, 'error')}; {self._watch.left()}"
        )

    def take_back(self, samples: int) -> None:
        self._watch.take_back(samples)

    def fail_block(self, block: Block, message: str, skipped: int) -> None:
        self._watch.skip(skipped)
        self.note(f"{self._watch.where(block.round)}  FAILED: {message}")


class _Cell:
    """Geometric means of what was added: sums, for they are shown twice a second."""

    def __init__(self) -> None:
        self._logs = [0.0, 0.0, 0.0]
        self._samples = 0

    def add(self, rps: float, mean_s: float, p95_s: float) -> None:
        values = (rps, mean_s, p95_s)
        self._logs = [log + math.log(value) for log, value in zip(self._logs, values, strict=True)]
        self._samples += 1

    @property
    def means(self) -> tuple[float, float, float]:
        rps, mean_s, p95_s = (math.exp(log / self._samples) for log in self._logs)
        return rps, mean_s, p95_s


class Lively:
    """A bar, the time left, and the table filling in, redrawn in place."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self._watch = Watch(plan)
        self._console = console
        self._figures: dict[tuple[str, Condition], _Cell] = defaultdict(_Cell)
        self._errors: dict[str, int] = defaultdict(int)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
        )
        self._task = self._bar.add_task("starting", total=self._watch.samples, left="")
        # Twice a second: redrawing takes CPU from what is being measured.
        self._live = Live(
            console=console, refresh_per_second=2, get_renderable=self._render, transient=True
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):  # the terminal may be gone
            self._live.stop()

    def note(self, text: str) -> None:
        self._console.print(Text(text))

    def expect(self, rounds: int) -> None:
        self._watch.expect(rounds)
        self._bar.update(self._task, total=self._watch.samples)

    def plan_anew(self, plan: Plan) -> None:
        self._watch.plan_anew(plan)
        self._bar.update(self._task, total=self._watch.samples)

    def begin_block(self, block: Block) -> None:
        self._watch.begin_block(block)
        self.begin_sample(block, "starting")

    def begin_sample(self, block: Block, step: str) -> None:
        where = f"{self._watch.where(block.round)}  {block.target}  {step}"
        self._advance(where)

    def take_sample(self, sample: Sample) -> None:
        self._watch.count(sample)
        figures = (sample.rps, sample.latency_mean_s, sample.latency_p95_s)
        if figures[0] and figures[1] and figures[2]:
            self._figures[sample.target, sample.at].add(figures[0], figures[1], figures[2])
        self._errors[sample.target] += sample.failed
        self._advance()

    def take_back(self, samples: int) -> None:
        self._watch.take_back(samples)

    def fail_block(self, block: Block, message: str, skipped: int) -> None:
        self._watch.skip(skipped)
        self._errors[block.target] += 1
        self._console.print(Text(f"FAILED: {message}", style="red"))
        self._advance()

    def _advance(self, where: str | None = None) -> None:
        self._bar.update(self._task, completed=self._watch.finished, left=self._watch.left())
        if where:
            self._bar.update(self._task, description=where)

    def _render(self) -> Group:
        table = Table(caption="RPS, mean and P95 latency in seconds; geometric mean of the rounds")
        table.add_column("target", no_wrap=True)
        for condition in self._watch.plan.conditions:
            table.add_column(str(condition), justify="right", no_wrap=True)
        table.add_column("errors", justify="right")
        for target in self._watch.plan.targets:
            errors = self._errors[target]
            table.add_row(
                target,
                *(self._cell(target, each) for each in self._watch.plan.conditions),
                Text(str(errors), style="red" if errors else ""),
            )
        return Group(table, self._bar)

    def _cell(self, target: str, at: Condition) -> str:
        cell = self._figures.get((target, at))
        if not cell:
            return "·"
        rps, mean_s, p95_s = cell.means
        return f"{display.rps(rps)}  {display.seconds(mean_s)} {display.seconds(p95_s)}"


def watch(plan: Plan) -> Plain | Lively:
    """The form that suits where the output goes."""
    console = Console()
    redraws = console.is_terminal and not console.is_dumb_terminal and sys.stdout.isatty()
    return Lively(plan, console) if redraws else Plain(plan)
