//! The threads of our own engine: each has one runtime, on which it runs its share of every
//! load that goose does not own. Nothing on the hot path is shared between threads.

use std::thread;

use tokio::runtime::Builder;
use tokio::task::JoinSet;

use super::{Arrival, EngineError, OpenWorker, Timer, TransactionLoad};
use crate::client::Transport;
use crate::engine::Caller;

/// One thread's share of one load.
#[derive(Debug)]
pub enum Worker<A, C> {
    /// Of an open load.
    Open(OpenWorker<A, C>),
    /// Of an org.
    Org(TransactionLoad<C>),
}

impl<A, C, T> Worker<A, C>
where
    A: Iterator<Item = Arrival>,
    C: FnMut() -> Caller<T>,
    T: Transport + 'static,
{
    /// Runs it on the current runtime.
    async fn run(self, timer: Timer) -> Result<(), EngineError> {
        match self {
            Self::Open(worker) => worker.run(timer).await,
            Self::Org(worker) => worker.run(timer).await,
        }
    }

    fn stop(&self) -> &super::Stop {
        match self {
            Self::Open(worker) => &worker.stop,
            Self::Org(worker) => &worker.stop,
        }
    }
}

/// Runs one thread for each group of workers until the last callout of each has ended.
///
/// A group holds one worker of each load, which share the thread and its runtime.
pub fn run_threads<A, C, T>(groups: Vec<Vec<Worker<A, C>>>) -> Result<(), EngineError>
where
    A: Iterator<Item = Arrival> + Send + 'static,
    C: FnMut() -> Caller<T> + Send + 'static,
    T: Transport + 'static,
{
    let first = groups.iter().flatten().next();
    let stop = first.map(|first| first.stop().clone());
    let mut threads = Vec::new();
    for (number, group) in groups.into_iter().enumerate() {
        let spawned = thread::Builder::new()
            .name(format!("io-{number}"))
            .spawn(move || run_group(group));
        match spawned {
            Ok(thread) => threads.push(thread),
            Err(cause) => {
                if let Some(stop) = stop {
                    stop.raise();
                }
                for thread in threads {
                    drop(thread.join());
                }
                return Err(EngineError::system("thread")(cause));
            }
        }
    }
    let mut result = Ok(());
    for thread in threads {
        match thread.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => result = Err(error),
            Err(_) => result = Err(EngineError::Panicked),
        }
    }
    result
}

/// Runs workers side by side on a runtime of this thread.
fn run_group<A, C, T>(group: Vec<Worker<A, C>>) -> Result<(), EngineError>
where
    A: Iterator<Item = Arrival> + Send + 'static,
    C: FnMut() -> Caller<T> + Send + 'static,
    T: Transport + 'static,
{
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(EngineError::system("runtime"))?;
    runtime.block_on(async {
        // Each is a task of its own: what a runtime runs first is woken by a system call.
        let mut workers = JoinSet::new();
        for worker in group {
            let timer = Timer::kernel().map_err(EngineError::system("timer"))?;
            workers.spawn(worker.run(timer));
        }
        let mut result = Ok(());
        while let Some(ended) = workers.join_next().await {
            result = result.and(ended.unwrap_or(Err(EngineError::Panicked)));
        }
        result
    })
}
