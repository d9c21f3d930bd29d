//! What is counted for Prometheus: [`Figures`]. Those of the run are taken from its door when they are asked for.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::engine::LiveDoor;

/// The type of the text.
pub(super) const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The bounds of the histogram of durations, in seconds.
const BOUNDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
}

/// The figures of a service.
pub(super) struct Figures {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    /// The open connections.
    pub(super) connections: Gauge,
}

impl Figures {
    pub(super) fn new(door: LiveDoor) -> Self {
        let mut registry = Registry::with_prefix("casebook");
        let requests = Family::default();
        let histogram: fn() -> Histogram = || Histogram::new(BOUNDS);
        let durations = Family::new_with_constructor(histogram);
        let connections = Gauge::default();
        registry.register("http_requests", "Requests that were answered", Family::clone(&requests));
        let help = "How long requests took to be answered";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, Family::clone(&durations));
        registry.register("http_connections", "Connections that are open", connections.clone());
        registry.register_collector(Box::new(DoorFigures(door)));
        Self { registry, requests, durations, connections }
    }

    /// Counts a request that was answered.
    pub(super) fn count(&self, route: &'static str, status: u16, took: Duration) {
        self.requests.get_or_create(&RequestLabels { route, status }).inc();
        self.durations.get_or_create(&RouteLabels { route }).observe(took.as_secs_f64());
    }

    /// All figures as text.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// The figures of the run.
struct DoorFigures(LiveDoor);

impl fmt::Debug for DoorFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DoorFigures").finish_non_exhaustive()
    }
}

impl Collector for DoorFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let state = self.0.state();
        let mut gauge = |name: &str, help: &str, value: u64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
        };
        gauge("queue_rows", "Rows that were accepted and are not decided.", state.queue as u64)?;
        gauge("queue_limit_rows", "The most rows that may be accepted and not decided.", state.most as u64)?;
        gauge("calls_in_flight", "Calls of models in flight.", state.in_flight)?;
        gauge("draining", "1 once no more rows are taken.", u64::from(state.is_draining))?;
        gauge(
            "halted",
            "1 while rows are refused for the budget or for the models.",
            u64::from(state.halted.is_some()),
        )?;
        let decided = [
            ("accepted", state.accepted),
            ("rejected", state.rejected),
            ("failed", state.failed),
            ("skipped", state.skipped),
            ("blocked", state.blocked),
        ];
        let mut family =
            encoder.encode_descriptor("rows_decided", "Rows by what came of them.", None, MetricType::Counter)?;
        for (status, count) in decided {
            let labels = [("status", status)];
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
        let mut counter = |name: &str, help: &str, value: u64| {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)
        };
        counter("rows_from_record", "Rows that were answered from the record alone.", state.from_record)?;
        counter("calls", "Calls of models.", state.calls)?;
        counter("commits", "Commits that recorded rows.", state.commits)?;
        let cost = ConstCounter::new(state.cost_usd);
        let help = "What the calls cost in US dollars, as far as it is known.";
        cost.encode(encoder.encode_descriptor("cost_usd", help, None, cost.metric_type())?)
    }
}
