"""n8n: one main with editor and timers, webhooks and workers beside it, a database and a queue behind all of them.

Sources: n8n docs (hosting/scaling/queue-mode, hosting/configuration/environment-variables).
"""

from __future__ import annotations

from collections.abc import Iterable

from homelab.kube.facts import Calls, Fact, Relies, Role, Singleton
from homelab.software.seen import Around
from homelab.software.software import ImageTruth

IMAGE = "n8nio/n8n"
WHY = {
    "main": "the editor, the API and every timer run there",
    "webhook": "calls from outside arrive there",
    "mcp-webhook": "MCP sessions live there",
    "worker": "executions wait in the queue until one is back",
}
PATIENCE = "QUEUE_BULL_REDIS_TIMEOUT_THRESHOLD"
CALLS = (
    ("DB_POSTGRESDB_HOST", "DB_POSTGRESDB_PORT", 5432, "workflows, credentials and executions are there", ""),
    ("QUEUE_BULL_REDIS_HOST", "QUEUE_BULL_REDIS_PORT", 6379, "the queue of executions is there", PATIENCE),
)
"""Variables of host and port, the port without one, why, and the variable that says how long it is waited for: n8n 2.35 ends
its process (`redis-client.service`) when Redis is away longer than 10,000 ms, and only waits for its database."""


def _role(around: Around) -> str:
    """What a pod of n8n is, by the command that it runs."""
    for word, what in (("worker", "worker"), ("webhook", "webhook")):
        if word in around.words:
            return "mcp-webhook" if around.workload.name.endswith("mcp-webhook") else what
    return "main"


def _patience(around: Around, knob: str) -> float | None:
    """Seconds that n8n waits before it ends itself; None where it waits for ever."""
    said = around.value(knob) if knob else ""
    return (int(said) / 1000 if said.isdigit() else 10.0) if knob else None


def _facts(around: Around) -> Iterable[Fact]:
    what = _role(around)
    yield Role(around.subject, "run", WHY[what])
    for host, port, default, why, knob in CALLS:
        if where := around.value(host):
            number = around.value(port)
            at = int(number) if number.isdigit() else default
            yield Calls(around.subject, where, at, "run", why, _patience(around, knob), knob)
    if what != "worker":
        for worker in around.running(IMAGE, "worker"):
            yield Relies(around.subject, worker.subject, "run", "what is queued is done by workers")
    if what == "main" and around.value("N8N_MULTI_MAIN_SETUP_ENABLED") != "true":
        why = "more than one main needs an Enterprise licence: two would run timers twice"
        yield Singleton(around.subject, why, "n8n docs")
    if what == "mcp-webhook":
        yield Singleton(around.subject, "an MCP session lives in one process", "n8n docs")


PROGRAMS: tuple[ImageTruth, ...] = (ImageTruth(IMAGE, _facts),)
"""What is true of its programs, however they were installed."""
