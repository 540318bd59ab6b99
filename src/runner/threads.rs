//! The threads of a run: the workers of each I/O thread, and their callers.

use std::sync::Arc;

use super::describe::schedule;
use super::job::Setting;
use super::load_state::LoadState;
use super::preflight::Reached;
use crate::client::{HttpTransport, Keep, LateAnswers, PreparedRequest, SharedPool};
use crate::clock::Clock;
use crate::engine::{
    self, ANSWER_BYTES_MAX, Arrival, CREATED_BYTES_MAX, Caller, EngineError, OpenWorker,
    RetryPolicy, TokenExchange, TransactionLoad, Worker, conversions, delayed_past_end, releases,
};
use crate::plan::{
    HttpVersion, Lifetime, LoadModel, Plan, Preset, Release, SalesforceLoad, Sharing,
};
use crate::sample::{MetricNames, Traces};
use crate::token::TokenProvider;
use crate::units::{Nanos, count};

/// How long callouts in flight may take after the stop is raised.
const GRACE: Nanos = Nanos::from_secs(2);

/// What the threads of a run share.
pub(super) struct Threads<'j> {
    pub(super) plan: &'j Plan,
    pub(super) setting: &'j Setting,
    pub(super) reached: Reached,
    pub(super) clock: Clock,
    pub(super) loads: Vec<LoadState>,
    pub(super) io_workers: usize,
    /// The names of the metrics of `Server-Timing`, as callouts meet them.
    pub(super) server_metrics: MetricNames,
    /// The traces of the callouts, where they carry any.
    pub(super) traces: Option<Traces>,
}

impl Threads<'_> {
    /// Runs virtual users on goose's threads and everything else on leadbench's own, at the same time.
    pub(super) fn drive(&self) -> Result<(), EngineError> {
        let workers = self.workers_by_thread();
        if self.plan.users() == 0 {
            return engine::run_threads(workers);
        }
        std::thread::scope(|scope| {
            let closed = scope.spawn(|| self.drive_closed());
            let driven = engine::run_threads(workers);
            driven.and(closed.join().unwrap_or(Err(EngineError::Panicked)))
        })
    }

    /// The workers of each I/O thread: one for each load without virtual users.
    fn workers_by_thread(
        &self,
    ) -> Vec<
        Vec<
            Worker<
                impl Iterator<Item = Arrival> + Send + use<>,
                impl FnMut() -> Caller<HttpTransport> + Send + use<>,
            >,
        >,
    > {
        let plan = self.plan;
        if plan.open_loads().next().is_none() && plan.orgs().next().is_none() {
            return Vec::new();
        }
        for (number, _, org) in plan.orgs() {
            // Counted once, by the first shard that makes transactions of the org.
            if org.workers == 0 || org.shard.is_some_and(|shard| shard.place() > 0) {
                continue;
            }
            let late = delayed_past_end(org, plan.lead.seed, count(number));
            self.loads[number].org.leave_over(late * org.callouts);
        }
        let group = |worker| {
            let shared = self.shared_pool();
            let shared = shared.as_ref();
            let open = plan.open_loads().map(|(number, _, load)| {
                Worker::Open(OpenWorker {
                    arrivals: schedule(plan, number, load).shard(worker, self.io_workers),
                    caller: self.caller_maker(number, worker, shared),
                    provider: self.provider(number, worker),
                    recorder: Arc::clone(&self.loads[number].recorders[worker]),
                    clock: self.clock,
                    max_in_flight: share(load.max_in_flight, worker, self.io_workers).max(1),
                    overflow: load.overflow,
                    tick: load.tick,
                    grace: GRACE,
                    stop: self.setting.stop.clone(),
                })
            });
            let orgs = plan.orgs().filter_map(|(number, load, org)| {
                let threads = self.io_workers.min(org.workers);
                let workers = share(org.workers, worker, self.io_workers);
                let releases = releases(org, plan.lead.seed, count(number), load.start);
                let rolled_back =
                    rolled_back(org, load.start).skip(if worker == 0 { 0 } else { usize::MAX });
                (workers > 0).then(|| {
                    Worker::Org(TransactionLoad {
                        load: Arc::new(org.clone()),
                        start: load.start,
                        releases: Box::new(releases.skip(worker).step_by(threads)),
                        rolled_back: Box::new(rolled_back),
                        caller: self.caller_maker(number, worker, shared),
                        recorder: Arc::clone(&self.loads[number].recorders[worker]),
                        tally: Arc::clone(&self.loads[number].org),
                        clock: self.clock,
                        workers,
                        grace: GRACE,
                        stop: self.setting.stop.clone(),
                    })
                })
            });
            open.chain(orgs).collect()
        };
        (0..self.io_workers).map(group).collect()
    }

    #[cfg(feature = "goose")]
    fn drive_closed(&self) -> Result<(), EngineError> {
        let plan = self.plan;
        let loads = plan
            .closed_loads()
            .map(|(number, load, users)| engine::ClosedLoad {
                load: users.clone(),
                number: count(number),
                start: load.start,
                callers: self.closed_callers(number, users.users()),
            });
        engine::run_closed(engine::ClosedRun {
            loads: loads.collect(),
            clock: self.clock,
            seed: plan.lead.seed,
            io_workers: self.io_workers,
            callout_limit: plan.target.timeout,
            grace: GRACE,
            stop: self.setting.stop.clone(),
        })
    }

    #[cfg(not(feature = "goose"))]
    #[expect(clippy::unused_self, reason = "the other build needs it")]
    fn drive_closed(&self) -> Result<(), EngineError> {
        Err(EngineError::Goose(
            "this build lacks the feature \"goose\", which virtual users need".to_owned(),
        ))
    }

    /// Connections for all callers of one runtime, if they share any.
    fn shared_pool(&self) -> Option<SharedPool> {
        let connections = &self.plan.target.connections;
        let is_http2 = connections.http == HttpVersion::Http2;
        (connections.pool == Sharing::Shared).then(|| SharedPool::new(is_http2))
    }

    fn provider(&self, load: usize, worker: usize) -> TokenProvider {
        let providers = &self.loads[load].providers;
        providers
            .get(worker)
            .map_or(TokenProvider::None, TokenProvider::share)
    }

    /// Makes the callers of one worker, on the worker's own thread.
    fn caller_maker(
        &self,
        load: usize,
        worker: usize,
        shared: Option<&SharedPool>,
    ) -> impl FnMut() -> Caller<HttpTransport> + Send + use<> {
        let plan = self.plan;
        let auth = plan.auth_of(load);
        let skew = auth.map(|auth| auth.clock_skew).unwrap_or_default();
        let clock = self.clock.skewed(skew);
        let transport = self.transport_maker(load, clock, shared);
        let exchange = self.exchange_maker(load, clock);
        let state = &self.loads[load];
        let provider = self.provider(load, worker);
        let leads = Arc::new(state.leads.clone());
        let recorder = Arc::clone(&state.recorders[worker]);
        let refresh_on = auth.map(|auth| auth.refresh_on.as_slice());
        let retry = RetryPolicy {
            refresh_on: refresh_on.unwrap_or_default().into(),
            resend_dropped: plan.target.request.resend_dropped,
        };
        let observers = state.observers.clone();
        let negatives = state.negatives.clone();
        let traces = self.traces;
        let failpoint = self.setting.failpoint.clone();
        move || {
            failpoint.reach("worker");
            Caller {
                negatives: negatives.clone(),
                last_bearer: None,
                observers: observers.clone(),
                traces,
                transport: transport(),
                exchange: exchange(),
                provider: provider.share(),
                leads: Arc::clone(&leads),
                recorder: Arc::clone(&recorder),
                clock,
                retry: retry.clone(),
            }
        }
    }

    /// Makes the transports to the target.
    fn transport_maker(
        &self,
        load: usize,
        clock: Clock,
        shared: Option<&SharedPool>,
    ) -> impl Fn() -> HttpTransport + Send + use<> {
        let (plan, reached, state) = (self.plan, &self.reached, &self.loads[load]);
        let shared = shared.cloned();
        let keep = keep(plan, load);
        let created = state.observers.created.as_ref();
        let kept_bytes = created.map_or(0, |_| CREATED_BYTES_MAX);
        let endpoint = reached.endpoint.clone();
        let request = PreparedRequest::new(reached.template.clone());
        let expectation = reached.expectation.clone();
        let limit = plan.target.timeout;
        let late = state.late.clone();
        let wholes: Arc<[String]> = plan.target.server_timing.as_slice().into();
        let server_metrics = self.server_metrics.clone();
        move || {
            let (endpoint, request) = (endpoint.clone(), request.clone());
            let own = HttpTransport::new(endpoint, request, limit, clock, late.clone())
                .keeping(keep)
                .keeping_bodies(kept_bytes)
                .reading_timing(&wholes, &server_metrics)
                .expecting(expectation.as_ref());
            match &shared {
                Some(pool) => own.sharing(pool),
                None => own,
            }
        }
    }

    /// Makes the transports to the token endpoint, if the load exchanges tokens.
    fn exchange_maker(
        &self,
        load: usize,
        clock: Clock,
    ) -> impl Fn() -> Option<TokenExchange<HttpTransport>> + Send + use<> {
        let access = self.loads[load].access.clone();
        let token_endpoint = self.reached.token_endpoints.get(load).cloned().flatten();
        let token_endpoint =
            token_endpoint.map(|(endpoint, template)| (endpoint, PreparedRequest::new(template)));
        let limit = self.plan.target.timeout;
        let late = LateAnswers::default();
        move || {
            let (tokens, (endpoint, request)) = (access.clone()?, token_endpoint.clone()?);
            // These requests are rare and come from different threads, so no connection is kept.
            let transport = HttpTransport::new(endpoint, request, limit, clock, late.clone())
                .keeping(Keep::ForCallout)
                .keeping_bodies(ANSWER_BYTES_MAX);
            Some(TokenExchange {
                tokens,
                transport,
                last: (0, 0),
            })
        }
    }
}

/// How long the callers of a load keep their connections.
fn keep(plan: &Plan, load: usize) -> Keep {
    // Each `@future` call is a job of its own, perhaps on another server of the org.
    let is_scattered = matches!(
        &plan.loads[load].model,
        LoadModel::Salesforce(org) if org.preset == Preset::FuturePerLead
    );
    match plan.target.connections.lifetime {
        Lifetime::KeepAlive if is_scattered => Keep::ForTransaction,
        Lifetime::KeepAlive => Keep::Alive,
        Lifetime::PerTransaction => Keep::ForTransaction,
        Lifetime::PerCallout => Keep::ForCallout,
    }
}

#[cfg(feature = "goose")]
impl Threads<'_> {
    /// One caller for each virtual user, spread over the recorders.
    fn closed_callers(&self, load: usize, users: usize) -> Vec<Caller<HttpTransport>> {
        let shared = self.shared_pool();
        let mut makers: Vec<_> = (0..self.io_workers)
            .map(|worker| self.caller_maker(load, worker, shared.as_ref()))
            .collect();
        let workers = makers.len();
        (0..users).map(|user| makers[user % workers]()).collect()
    }
}

/// When an org's leads are converted and rolled back at once.
fn rolled_back(org: &SalesforceLoad, start: Nanos) -> impl Iterator<Item = Nanos> + Send + use<> {
    let every = match org.release {
        Release::Conversions { every, .. } if org.is_rolled_back() => Some(every),
        _ => None,
    };
    let over = org.over;
    every
        .into_iter()
        .flat_map(move |every| conversions(every, over))
        .map(move |due| start + due)
}

/// One worker's share of a number; the first workers take the remainder.
fn share(whole: usize, number: usize, workers: usize) -> usize {
    whole / workers + usize::from(number < whole % workers)
}
