//! The laws of a search, on simulated targets.

mod answers;

mod laws;

mod queues;

mod steps;
