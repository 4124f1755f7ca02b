"""The page on which the figures of all processes stand: each sample once, with its process, families whole."""

from prometheus_client.parser import text_string_to_metric_families

from rapport.figures import figures_route, join_figures
from services.kit.http import Routes
from services.kit.http.health import health_routes
from services.kit.port import DirectPort, SocketPort
from services.kit.telemetry import Metrics
from tests.kit.asgi import ask

ODD = 'a "brace" { and } a\\back'


def service(name: str) -> Metrics:
    metrics = Metrics(name)
    metrics.counter("things", "Things seen", labels=("kind",)).labels(ODD).inc(3)
    metrics.gauge("waiting", "How many wait").set(2)
    metrics.observe_request(route="/v1/things", method="GET", status=200, seconds=0.004)
    return metrics


def test_what_each_process_told_is_there_once_under_its_name() -> None:
    pages = {name: service(name).render().decode() for name in ("one", "two")}

    joined = list(text_string_to_metric_families(join_figures(pages)))

    assert len({family.name for family in joined}) == len(joined), "a family stands in two places"
    found = {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in joined for sample in family.samples}
    expected = {
        (sample.name, tuple(sorted((*sample.labels.items(), ("process", name))))): sample.value
        for name, page in pages.items()
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    up = {("rapport_process_up", (("process", name),)): 1.0 for name in pages}
    assert found == expected | up


def test_a_process_that_does_not_answer_is_told_as_down() -> None:
    joined = join_figures({"one": service("one").render().decode(), "two": None})

    assert 'rapport_process_up{process="one"} 1\n' in joined
    assert 'rapport_process_up{process="two"} 0\n' in joined


async def test_the_public_port_tells_of_all_and_an_own_socket_of_one() -> None:
    other = Routes(health_routes(checks={}, metrics=service("other")))
    gone = SocketPort("http://127.0.0.1:1", patience_seconds=0)
    try:
        route = figures_route(service("one"), name="one", others={"other": DirectPort(other), "gone": gone})
        app = Routes({("GET", "/metrics"): route})
        public = (await ask(app, "GET", "/metrics", server=("127.0.0.1", 8080))).body.decode()
        own = (await ask(app, "GET", "/metrics", server=("/run/one.sock", None))).body.decode()
    finally:
        await gone.close()

    assert 'rapport_waiting{process="one"} 2.0' in public
    assert 'rapport_waiting{process="other"} 2.0' in public
    assert 'rapport_process_up{process="gone"} 0' in public
    assert "rapport_waiting 2.0" in own
    assert "process_up" not in own
