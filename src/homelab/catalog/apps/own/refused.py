"""What the settings of an application of your own cannot mean: each is a sentence at its option."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from homelab.catalog.apps.own.app import App, alone, each, replicas
from homelab.catalog.apps.own.settings import OF_CHARTS, OF_IMAGES, Environment, Settings
from homelab.catalog.offers import egress
from homelab.catalog.plan import Plan
from homelab.spec.names import unresolved
from homelab.spec.source import Problem


def refused(name: str, plan: Plan, settings: Settings) -> Iterator[Problem]:
    """Every wish without an effect, and every name that refers to nothing."""
    option = f"apps.{name}"
    yield from egress.refused(plan, settings, f"{option}.egress")
    yield from _without_effect(settings, option)
    yield from _ports(settings, option)
    yield from _login(settings, option)
    yield from _folders(settings, option)
    yield from _variables(settings, option)
    for app in each(name, settings):
        yield from _copies(plan, app, option)


def _without_effect(settings: Settings, option: str) -> Iterator[Problem]:
    """Options of images said of a chart, and the reverse."""
    charted = settings.chart is not None
    hint, what = ("say it in `values`", "a chart") if charted else ("take it out", "an image")
    for key in OF_IMAGES if charted else OF_CHARTS:
        if key in settings.model_fields_set:
            yield Problem(f"{option}.{key}", f"has no effect on {what}", hint)
    for name, environment in settings.environments.items():
        for key in ("image", "variables", "replicas") if charted else ("version", "values"):
            if key in environment.model_fields_set:
                mend = "give it a `version`" if key == "image" else hint
                yield Problem(f"{option}.environments.{name}.{key}", f"has no effect on {what}", mend)
    yield from _of_chart(settings, option) if charted else _of_image(settings, option)


def _of_chart(settings: Settings, option: str) -> Iterator[Problem]:
    """What a chart does itself: variables of databases, places of volumes."""
    for key in ("postgres", "redis"):
        database = getattr(settings.databases, key)
        if database and database.variables:
            message = "has no effect on a chart, which is given the Secret in its values"
            yield Problem(f"{option}.databases.{key}.variables", message, "say it in `values`")
    for name, volume in settings.volumes.items():
        if volume.path:
            message = "has no effect on a chart, which mounts the claim itself"
            yield Problem(f"{option}.volumes.{name}.path", message, "say it in `values`")


def _of_image(settings: Settings, option: str) -> Iterator[Problem]:
    """The Service of an image, which nobody else names."""
    for key in ("service", "service_port"):
        if settings.route and key in settings.route.model_fields_set:
            message = "has no effect on an image: its Service is ours"
            yield Problem(f"{option}.route.{key}", message, "take it out")


def _ports(settings: Settings, option: str) -> Iterator[Problem]:
    """Ports that are named and not there, or not named where there are several."""
    known = settings.ports
    for number, count in Counter(known.values()).items():
        if count > 1:
            twice = [name for name, port in known.items() if port == number][1]
            yield Problem(f"{option}.ports.{twice}", f"{number} stands here twice", "take one out")
    if settings.metrics and settings.metrics.port not in known:
        yield unresolved(f"{option}.metrics.port", settings.metrics.port, known, "one of its ports")
    if settings.route is None:
        return
    if settings.route.port and settings.route.port not in known:
        yield unresolved(f"{option}.route.port", settings.route.port, known, "one of its ports")
    elif not known:
        hint = "say on which it listens: `ports: {http: 8080}`"
        yield Problem(f"{option}.route", "leads to no port: it has no `ports`", hint, at_key=True)
    elif settings.route.port is None and len(known) > 1:
        hint = f"one of {', '.join(known)}: `port: {next(iter(known))}`"
        yield Problem(f"{option}.route", "does not say to which of its ports it leads", hint, at_key=True)


def _login(settings: Settings, option: str) -> Iterator[Problem]:
    """Logins that nobody asks for yet, and a hostname of which nobody says whether there is one."""
    if settings.login == "sso":
        message = "is sso, which asks for an identity provider, and no component provides one yet"
        yield Problem(f"{option}.login", message, "`own` where the application has a login itself, else `none`")
    elif settings.login and settings.route is None:
        yield Problem(f"{option}.login", "has no effect without a route", "take it out")
    elif settings.route and settings.login is None:
        message = "has a route, and does not say whether it asks for a login"
        yield Problem(option, message, "`login: own` where it does, `login: none` where anybody may", at_key=True)


def _folders(settings: Settings, option: str) -> Iterator[Problem]:
    """Volumes of an image without a place, and two things at one."""
    if settings.chart:
        return
    places: dict[str, str] = {}
    for name, volume in settings.volumes.items():
        own = f"{option}.volumes.{name}"
        if volume.path is None:
            yield Problem(own, "does not say where the image finds it", "give it a `path`", at_key=True)
        elif first := places.get(volume.path):
            yield Problem(f"{own}.path", f"{volume.path} is also that of", "give one of them another", also=first)
        else:
            places[volume.path] = f"{own}.path"
    for index, path in enumerate(settings.scratch):
        if first := places.get(path):
            yield Problem(f"{option}.scratch.{index}", f"{path} is also that of", "take it out", also=first)
        places.setdefault(path, f"{option}.scratch.{index}")


def _variables(settings: Settings, option: str) -> Iterator[Problem]:
    """A variable that is set twice: Kubernetes takes the last, and says nothing."""
    places = {name: f"{option}.variables.{name}" for name in settings.variables}
    further = [(f"{option}.secrets", settings.secrets)]
    for key in ("postgres", "redis"):
        database = getattr(settings.databases, key)
        further.append((f"{option}.databases.{key}.variables", database.variables if database else {}))
    for place, names in further:
        for name in names:
            if first := places.get(name):
                yield Problem(f"{place}.{name}", f"{name} is set by", "take one out", also=first, at_key=True)
            places.setdefault(name, f"{place}.{name}")


def _copies(plan: Plan, app: App, option: str) -> Iterator[Problem]:
    """More pods than may run at a time."""
    asked = _asked(app.settings, app.wanted, option, app)
    if asked and (reason := alone(app)) and replicas(plan, app) > 1:
        hint = "one, or `shared: true` for volumes that several pods may write"
        yield Problem(asked, f"is {replicas(plan, app)}, but {reason}", "one" if app.settings.alone else hint)


def _asked(settings: Settings, wanted: Environment, option: str, app: App) -> str:
    """The option that says how many pods there are; empty where none does."""
    if wanted.replicas:
        return f"{option}.environments.{app.environment}.replicas"
    return f"{option}.replicas" if settings.replicas and app.environment == "production" else ""
