//! A run of several machines: what a coordinator and its agents tell each other, over NATS.
//!
//! The coordinator is the `run` that a user typed. Agents take a place in the run, prepare, say that they are
//! ready, begin at the same instant, and send each second of their recording. Who decides what is pure: events
//! go into [`Coordinator`] and [`Watchdog`], actions come out. `bus` carries both to and from a broker.

mod bus;
mod clock_offset;
mod coordinator;
mod frame_queue;
mod message;
mod refusal;
mod subjects;
mod watchdog;

pub use bus::{
    AgentBus, AgentEvent, Asker, Broker, BusError, CoordinatorBus, HeldSearch, RunFrames,
    SearchBeat, Told,
};
pub use clock_offset::{ClockOffset, Ping};
pub use coordinator::{Action, AgentLoss, Coordinator, Ending, Event};
pub use frame_queue::FrameQueue;
pub use message::{AgentEnd, AgentInfo, Arm, ListedAgent, Ready, RunSpec, SCHEMA, TrialSpec};
pub use refusal::RunRefused;
pub use watchdog::Watchdog;
